package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/awslabs/operatorpkg/status"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	kwokv1alpha1 "sigs.k8s.io/karpenter/kwok/apis/v1alpha1"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

// provider is upstream's KWOK provider for pools whose nodes are of an EC2NodeClass.
type provider struct {
	*kwok.CloudProvider
	client client.Client
	types  map[string]*cloudprovider.InstanceType
}

func newProvider(ctx context.Context, kubernetes client.Client, types []*cloudprovider.InstanceType) *provider {
	byName := make(map[string]*cloudprovider.InstanceType, len(types))
	for _, it := range types {
		byName[it.Name] = it
	}
	return &provider{
		CloudProvider: kwok.NewCloudProvider(ctx, &machineClient{Client: kubernetes, types: byName}, types),
		client:        kubernetes,
		types:         byName,
	}
}

func (p *provider) Name() string { return "rehearsal" }

func (p *provider) GetSupportedNodeClasses() []status.Object { return []status.Object{&EC2NodeClass{}} }

// Create makes a machine. Its claim promises all that the type has, as on AWS, whatever of it the node reports later.
func (p *provider) Create(ctx context.Context, nodeClaim *karpv1.NodeClaim) (*karpv1.NodeClaim, error) {
	created, err := p.CloudProvider.Create(ctx, nodeClaim)
	if err != nil {
		return nil, err
	}
	if it, ok := p.types[created.Labels[corev1.LabelInstanceTypeStable]]; ok {
		created.Status.Capacity = it.Capacity
		created.Status.Allocatable = it.Allocatable()
	}
	return created, nil
}

// GetInstanceTypes returns every type, of reservations those that the pool's class names, and of them what is left.
func (p *provider) GetInstanceTypes(ctx context.Context, nodePool *karpv1.NodePool) ([]*cloudprovider.InstanceType, error) {
	types, err := p.CloudProvider.GetInstanceTypes(ctx, nodePool)
	if err != nil {
		return nil, err
	}
	nodeClass := &EC2NodeClass{}
	if err := p.client.Get(ctx, client.ObjectKey{Name: nodePool.Spec.Template.Spec.NodeClassRef.Name}, nodeClass); err != nil {
		return nil, fmt.Errorf("node class of node pool %s: %w", nodePool.Name, err)
	}
	used, err := p.reservedNodes(ctx)
	if err != nil {
		return nil, err
	}
	offered := make([]*cloudprovider.InstanceType, 0, len(types))
	for _, it := range types {
		open := &cloudprovider.InstanceType{
			Name: it.Name, Requirements: it.Requirements, Capacity: it.Capacity, Overhead: it.Overhead,
		}
		for _, offering := range it.Offerings {
			if offering.CapacityType() == karpv1.CapacityTypeReserved {
				id := offering.ReservationID()
				if !nodeClass.reserves(id) {
					continue
				}
				left := *offering
				left.ReservationCapacity = max(0, offering.ReservationCapacity-used[id])
				left.Available = left.ReservationCapacity > 0
				offering = &left
			}
			open.Offerings = append(open.Offerings, offering)
		}
		if len(open.Offerings) > 0 {
			offered = append(offered, open)
		}
	}
	return offered, nil
}

// reservedNodes counts the nodes that each reservation holds.
func (p *provider) reservedNodes(ctx context.Context) (map[string]int, error) {
	nodes := &corev1.NodeList{}
	if err := p.client.List(ctx, nodes, client.HasLabels{reservationLabel}); err != nil {
		return nil, fmt.Errorf("counting reserved nodes: %w", err)
	}
	used := map[string]int{}
	for _, node := range nodes.Items {
		used[node.Labels[reservationLabel]]++
	}
	return used, nil
}

// machineClient is what upstream's KWOK provider takes for the API server: it reads the class of a node as one of its
// own, and registers a node as that node's kubelet would.
type machineClient struct {
	client.Client
	types map[string]*cloudprovider.InstanceType
}

func (c *machineClient) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	asked, ok := object.(*kwokv1alpha1.KWOKNodeClass)
	if !ok {
		return c.Client.Get(ctx, key, object, options...)
	}
	nodeClass := &EC2NodeClass{}
	if err := c.Client.Get(ctx, key, nodeClass, options...); err != nil {
		return err
	}
	asked.ObjectMeta = nodeClass.ObjectMeta
	asked.Status.Conditions = nodeClass.Status.Conditions
	return nil
}

func (c *machineClient) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	if node, ok := object.(*corev1.Node); ok {
		// Upstream still reads the one it passed.
		object = c.registered(node.DeepCopy())
	}
	return c.Client.Create(ctx, object, options...)
}

// registered gives a node what its kubelet reports at start: all that the machine has, and none of what device plugins
// register afterwards, if there are any. (A kubelet sets extended resources to zero when it starts.)
func (c *machineClient) registered(node *corev1.Node) *corev1.Node {
	it, ok := c.types[node.Labels[corev1.LabelInstanceTypeStable]]
	if !ok {
		return node
	}
	node.Status.Capacity = own(it.Capacity)
	node.Status.Allocatable = own(it.Allocatable())
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: node.Name}}
	node.Status.NodeInfo = corev1.NodeSystemInfo{
		KubeletVersion:          os.Getenv("KUBELET_VERSION"),
		Architecture:            node.Labels[corev1.LabelArchStable],
		OperatingSystem:         node.Labels[corev1.LabelOSStable],
		OSImage:                 "simulated",
		KernelVersion:           "kwok",
		ContainerRuntimeVersion: "kwok",
	}
	return node
}

// own leaves extended resources out, which are the ones with a domain of somebody's in their name.
func own(all corev1.ResourceList) corev1.ResourceList {
	kept := corev1.ResourceList{}
	for name, quantity := range all {
		if !strings.Contains(string(name), "/") {
			kept[name] = quantity
		}
	}
	return kept
}
