// The real LeaderWorkerSet controller, as a process beside a control plane. Controllers and webhooks are upstream's own;
// this program sets them up in an order that suits a rehearsal: the webhooks answer from the start, as the first object is
// judged the moment after its kind is defined, and the controllers begin when their kinds are there. Upstream's program
// (cmd/main.go) ends where the kinds come later than itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	disaggregatedsetv1 "sigs.k8s.io/lws/api/disaggregatedset/v1"
	leaderworkersetv1 "sigs.k8s.io/lws/api/leaderworkerset/v1"
	"sigs.k8s.io/lws/pkg/controllers"
	"sigs.k8s.io/lws/pkg/controllers/disaggregatedset"
	"sigs.k8s.io/lws/pkg/webhooks"
	disaggregatedsetwebhook "sigs.k8s.io/lws/pkg/webhooks/disaggregatedset"
)

// version is that of LeaderWorkerSet; set when linking.
var version = "unknown"

// settings are what upstream reads from its configuration file, as far as a rehearsal has a say in it.
type settings struct {
	port       int
	cert, key  string
	qps, burst int
}

func main() {
	var s settings
	var printVersion bool
	flag.BoolVar(&printVersion, "version", false, "print the version and exit")
	flag.IntVar(&s.port, "webhook-port", 9443, "port of the webhooks on 127.0.0.1")
	flag.StringVar(&s.cert, "tls-cert-file", "", "certificate of the webhooks' server")
	flag.StringVar(&s.key, "tls-private-key-file", "", "its key")
	flag.IntVar(&s.qps, "qps", 500, "requests a second to the API server")
	flag.IntVar(&s.burst, "burst", 500, "requests to the API server at once")
	flag.Parse() // also $KUBECONFIG's flag, which controller-runtime defines
	if printVersion {
		fmt.Println("lws of the rehearsal", version)
		return
	}
	ctrl.SetLogger(zap.New())
	if err := run(ctrl.SetupSignalHandler(), s); err != nil {
		ctrl.Log.Error(err, "lws ended")
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("reading $KUBECONFIG: %w", err)
	}
	config.QPS, config.Burst = float32(s.qps), s.burst
	for _, add := range []func(*runtime.Scheme) error{leaderworkersetv1.AddToScheme, disaggregatedsetv1.AddToScheme} {
		if err := add(scheme.Scheme); err != nil {
			return fmt.Errorf("declaring the kinds: %w", err)
		}
	}
	m, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme.Scheme,
		// Nobody asks these servers in a rehearsal.
		Metrics:                server.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		WebhookServer: webhook.NewServer(webhook.Options{
			Host: "127.0.0.1", Port: s.port, CertName: s.cert, KeyName: s.key, CertDir: "/",
		}),
	})
	if err != nil {
		return fmt.Errorf("setting the manager up: %w", err)
	}
	if err := controllers.SetupIndexes(m.GetFieldIndexer()); err != nil {
		return fmt.Errorf("indexing StatefulSets by their LeaderWorkerSet: %w", err)
	}
	for _, setup := range []func(ctrl.Manager) error{
		webhooks.SetupLeaderWorkerSetWebhook,
		// Gangs are the platform's scheduler's to make: it groups the pods itself.
		webhooks.NewPodWebhook(nil).Setup,
		disaggregatedsetwebhook.SetupDisaggregatedSetWebhook,
	} {
		if err := setup(m); err != nil {
			return fmt.Errorf("setting up a webhook: %w", err)
		}
	}

	leaderWorkerSets, disaggregatedSets := leaderworkersetv1.GroupVersion.String(), disaggregatedsetv1.GroupVersion.String()
	for _, begin := range []manager.RunnableFunc{
		func(ctx context.Context) error {
			if !awaitKind(ctx, config, leaderWorkerSets, "LeaderWorkerSet") {
				return nil
			}
			events := m.GetEventRecorder("leaderworkerset")
			sets := controllers.NewLeaderWorkerSetReconciler(m.GetClient(), m.GetScheme(), events)
			if err := sets.SetupWithManager(m); err != nil {
				return fmt.Errorf("starting the controller of LeaderWorkerSet: %w", err)
			}
			pods := controllers.NewPodReconciler(m.GetClient(), m.GetScheme(), events, nil)
			if err := pods.SetupWithManager(m); err != nil {
				return fmt.Errorf("starting the controller of their pods: %w", err)
			}
			return nil
		},
		func(ctx context.Context) error {
			if !awaitKind(ctx, config, leaderWorkerSets, "LeaderWorkerSet") ||
				!awaitKind(ctx, config, disaggregatedSets, "DisaggregatedSet") {
				return nil
			}
			sets := &disaggregatedset.DisaggregatedSetReconciler{
				Client: m.GetClient(), Scheme: m.GetScheme(), Record: m.GetEventRecorder("disaggregatedset"),
			}
			if err := sets.SetupWithManager(m); err != nil {
				return fmt.Errorf("starting the controller of DisaggregatedSet: %w", err)
			}
			return nil
		},
	} {
		if err := m.Add(begin); err != nil {
			return fmt.Errorf("setting the manager up: %w", err)
		}
	}
	return m.Start(ctx)
}

// awaitKind waits, silently, until the API server serves a kind: it comes with the platform's releases, after the control
// plane is up. False where the program is to end first.
func awaitKind(ctx context.Context, config *rest.Config, groupVersion, kind string) bool {
	asked := discovery.NewDiscoveryClientForConfigOrDie(config)
	for {
		list, err := asked.ServerResourcesForGroupVersion(groupVersion)
		if err == nil && slices.ContainsFunc(list.APIResources, func(r metav1.APIResource) bool { return r.Kind == kind }) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Second):
		}
	}
}
