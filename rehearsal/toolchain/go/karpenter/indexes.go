package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
)

// indexFields makes the indexes by which upstream's controllers look objects up. Upstream sets them up in the same
// function that opens its servers (pkg/operator/operator.go), which is not what is wanted here.
func indexFields(ctx context.Context, m manager.Manager) error {
	nodeClaim := func(field func(*karpv1.NodeClaim) string) client.IndexerFunc {
		return func(object client.Object) []string { return []string{field(object.(*karpv1.NodeClaim))} }
	}
	nodePool := func(field func(*karpv1.NodeClassReference) string) client.IndexerFunc {
		return func(object client.Object) []string {
			return []string{field(object.(*karpv1.NodePool).Spec.Template.Spec.NodeClassRef)}
		}
	}
	for _, index := range []struct {
		object client.Object
		field  string
		values client.IndexerFunc
	}{
		{&corev1.Pod{}, "spec.nodeName", func(o client.Object) []string { return []string{o.(*corev1.Pod).Spec.NodeName} }},
		{&corev1.Node{}, "spec.providerID", func(o client.Object) []string { return []string{o.(*corev1.Node).Spec.ProviderID} }},
		{&storagev1.VolumeAttachment{}, "spec.nodeName", func(o client.Object) []string {
			return []string{o.(*storagev1.VolumeAttachment).Spec.NodeName}
		}},
		{&karpv1.NodeClaim{}, "status.providerID", nodeClaim(func(c *karpv1.NodeClaim) string { return c.Status.ProviderID })},
		{&karpv1.NodeClaim{}, "spec.nodeClassRef.group", nodeClaim(func(c *karpv1.NodeClaim) string { return c.Spec.NodeClassRef.Group })},
		{&karpv1.NodeClaim{}, "spec.nodeClassRef.kind", nodeClaim(func(c *karpv1.NodeClaim) string { return c.Spec.NodeClassRef.Kind })},
		{&karpv1.NodeClaim{}, "spec.nodeClassRef.name", nodeClaim(func(c *karpv1.NodeClaim) string { return c.Spec.NodeClassRef.Name })},
		{&karpv1.NodePool{}, "spec.template.spec.nodeClassRef.group", nodePool(func(r *karpv1.NodeClassReference) string { return r.Group })},
		{&karpv1.NodePool{}, "spec.template.spec.nodeClassRef.kind", nodePool(func(r *karpv1.NodeClassReference) string { return r.Kind })},
		{&karpv1.NodePool{}, "spec.template.spec.nodeClassRef.name", nodePool(func(r *karpv1.NodeClassReference) string { return r.Name })},
	} {
		if err := m.GetFieldIndexer().IndexField(ctx, index.object, index.field, index.values); err != nil {
			return fmt.Errorf("indexing %s of %T: %w", index.field, index.object, err)
		}
	}
	return nil
}
