package main

import (
	"context"
	"fmt"

	"github.com/awslabs/operatorpkg/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

var nodeClassVersion = schema.GroupVersion{Group: "karpenter.k8s.aws", Version: "v1"}

// Labels of the AWS provider that decide something here. (aws/karpenter-provider-aws v1.14.1, pkg/apis/v1/labels.go)
var reservationLabel = nodeClassVersion.Group + "/capacity-reservation-id"

func init() {
	metav1.AddToGroupVersion(scheme.Scheme, nodeClassVersion)
	scheme.Scheme.AddKnownTypes(nodeClassVersion, &EC2NodeClass{}, &EC2NodeClassList{})
	karpv1.RestrictedLabelDomains = karpv1.RestrictedLabelDomains.Insert(nodeClassVersion.Group)
	karpv1.WellKnownLabels = karpv1.WellKnownLabels.Insert(reservationLabel)
	cloudprovider.ReservationIDLabel = reservationLabel
}

// EC2NodeClass is what of the AWS provider's node class decides something here: the reservations it may draw on. Images,
// networks, disks and instance profiles have no effect on a simulated machine.
type EC2NodeClass struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              EC2NodeClassSpec   `json:"spec,omitempty"`
	Status            EC2NodeClassStatus `json:"status,omitempty"`
}

type EC2NodeClassSpec struct {
	CapacityReservationSelectorTerms []CapacityReservationSelectorTerm `json:"capacityReservationSelectorTerms,omitempty"`
}

type CapacityReservationSelectorTerm struct {
	ID string `json:"id,omitempty"`
}

type EC2NodeClassStatus struct {
	Conditions []status.Condition `json:"conditions,omitempty"`
}

type EC2NodeClassList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []EC2NodeClass `json:"items"`
}

func (in *EC2NodeClass) GetConditions() []status.Condition { return in.Status.Conditions }
func (in *EC2NodeClass) SetConditions(conditions []status.Condition) {
	in.Status.Conditions = conditions
}
func (in *EC2NodeClass) StatusConditions(opts ...status.ForOption) status.ConditionSet {
	return status.NewReadyConditions().For(in, opts...)
}

// reserves says whether machines of this class may come from a reservation.
func (in *EC2NodeClass) reserves(id string) bool {
	for _, term := range in.Spec.CapacityReservationSelectorTerms {
		if term.ID == id {
			return true
		}
	}
	return false
}

func (in *EC2NodeClass) DeepCopyObject() runtime.Object {
	out := &EC2NodeClass{TypeMeta: in.TypeMeta, ObjectMeta: *in.ObjectMeta.DeepCopy()}
	out.Spec.CapacityReservationSelectorTerms = append(out.Spec.CapacityReservationSelectorTerms, in.Spec.CapacityReservationSelectorTerms...)
	for _, condition := range in.Status.Conditions {
		out.Status.Conditions = append(out.Status.Conditions, *condition.DeepCopy())
	}
	return out
}

func (in *EC2NodeClassList) DeepCopyObject() runtime.Object {
	out := &EC2NodeClassList{TypeMeta: in.TypeMeta, ListMeta: *in.ListMeta.DeepCopy()}
	for index := range in.Items {
		out.Items = append(out.Items, *in.Items[index].DeepCopyObject().(*EC2NodeClass))
	}
	return out
}

// nodeClassController says of every node class that it is ready. On AWS a controller does so once it has found the
// images, subnets, security groups and the instance profile that the class names.
type nodeClassController struct{ client client.Client }

func (c *nodeClassController) Register(_ context.Context, m manager.Manager) error {
	return ctrl.NewControllerManagedBy(m).Named("ec2nodeclass.ready").For(&EC2NodeClass{}).Complete(c)
}

func (c *nodeClassController) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	nodeClass := &EC2NodeClass{}
	if err := c.client.Get(ctx, request.NamespacedName, nodeClass); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	stored := nodeClass.DeepCopyObject().(*EC2NodeClass)
	if !nodeClass.StatusConditions().SetTrue(status.ConditionReady) {
		return reconcile.Result{}, nil
	}
	if err := c.client.Status().Patch(ctx, nodeClass, client.MergeFrom(stored)); client.IgnoreNotFound(err) != nil {
		return reconcile.Result{}, fmt.Errorf("marking node class %s ready: %w", request.Name, err)
	}
	return reconcile.Result{}, nil
}
