import * as storage from "@pulumi/kubernetes/storage/v1";
import type { ComponentResource, Output, ProviderResource } from "@pulumi/pulumi";

/**
 * The class of volumes that pods get when they name none: encrypted with the customer's key, in the zone of the pod. The
 * driver tags them as it is told here. Source: kubernetes-sigs/aws-ebs-csi-driver docs/tagging.md, 2026-11.
 */
export const defaultStorage = (
  parent: ComponentResource,
  provider: ProviderResource,
  keyArn: Output<string>,
  tags: Readonly<Record<string, string>>,
): storage.StorageClass =>
  new storage.StorageClass(
    "gp3",
    {
      metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "ebs.csi.aws.com",
      parameters: {
        type: "gp3",
        encrypted: "true",
        kmsKeyId: keyArn,
        ...Object.fromEntries(
          Object.entries(tags).map(([key, value], index) => [`tagSpecification_${index + 1}`, `${key}=${value}`]),
        ),
      },
      reclaimPolicy: "Delete",
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
    },
    { parent, provider },
  );
