// The real Karpenter, with simulated machines. The scheduling, disruption and lifecycle of nodes are upstream's own
// controllers; machines come from upstream's KWOK provider, which this program makes answer for the node classes of EKS,
// so that the objects a stack creates for a real cluster work unchanged.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/go-logr/zapr"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeoverlay"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/injection"
	"sigs.k8s.io/karpenter/pkg/operator/logging"
	"sigs.k8s.io/karpenter/pkg/operator/options"
)

// version is that of Karpenter; set when linking.
var version = "unknown"

func main() {
	if slices.Contains(os.Args[1:], "--version") {
		fmt.Println("karpenter of the rehearsal", version)
		return
	}
	ctx := injection.WithOptionsOrDie(context.Background(), options.Injectables...)
	logger := zapr.NewLogger(logging.NewLogger(ctx, "controller"))
	log.SetLogger(logger)
	klog.SetLogger(logger)
	if err := run(log.IntoContext(ctx, logger)); err != nil {
		logger.Error(err, "karpenter ended")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("reading $KUBECONFIG: %w", err)
	}
	if err := awaitDefinitions(ctx, config); err != nil {
		return err
	}
	config.QPS = float32(options.FromContext(ctx).KubeClientQPS)
	config.Burst = options.FromContext(ctx).KubeClientBurst
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme.Scheme,
		Logger: logging.IgnoreDebugEvents(log.FromContext(ctx)),
		// Nobody asks these servers in a rehearsal, and upstream's would listen on every interface of the machine.
		Metrics:                server.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		BaseContext:            func() context.Context { return ctx },
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&coordinationv1.Lease{}: {Field: fields.OneTermEqualSelector("metadata.namespace", "kube-node-lease")},
		}},
	})
	if err != nil {
		return fmt.Errorf("setting the manager up: %w", err)
	}
	if err := indexFields(ctx, manager); err != nil {
		return err
	}

	instanceTypes, err := kwok.ConstructInstanceTypes(ctx)
	if err != nil {
		return fmt.Errorf("reading the instance types: %w", err)
	}
	store := nodeoverlay.NewInstanceTypeStore()
	machines := newProvider(ctx, manager.GetClient(), instanceTypes)
	provider := overlay.Decorate(machines, manager.GetClient(), store)
	cluster := state.NewCluster(clock.RealClock{}, manager.GetClient(), provider)
	recorder := events.NewRecorder(manager.GetEventRecorderFor("karpenter")) //nolint:staticcheck // what upstream takes
	all := append(
		controllers.NewControllers(
			ctx, manager, clock.RealClock{}, manager.GetClient(), recorder, provider, machines, cluster, store,
		),
		&nodeClassController{client: manager.GetClient()},
	)
	for _, controller := range all {
		if err := controller.Register(ctx, manager); err != nil {
			return fmt.Errorf("registering a controller: %w", err)
		}
	}
	return manager.Start(ctx)
}

// awaitDefinitions waits, silently, until the API server serves the kinds that Karpenter cannot start without: they come
// with the platform's releases, after the control plane is up.
func awaitDefinitions(ctx context.Context, config *rest.Config) error {
	asked, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("asking the API server for its kinds: %w", err)
	}
	for !serves(asked, "karpenter.sh/v1", "NodePool", "NodeClaim") || !serves(asked, nodeClassVersion.String(), "EC2NodeClass") {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

func serves(asked discovery.DiscoveryInterface, groupVersion string, kinds ...string) bool {
	list, err := asked.ServerResourcesForGroupVersion(groupVersion)
	if err != nil {
		return false
	}
	for _, resource := range list.APIResources {
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return kind == resource.Kind })
	}
	return len(kinds) == 0
}
