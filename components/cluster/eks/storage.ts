import * as storage from "@pulumi/kubernetes/storage/v1";
import type { ComponentResource, Output, ProviderResource } from "@pulumi/pulumi";

/** The class of volumes that pods get when they name none: encrypted with the customer's key, in the zone of the pod. */
export const defaultStorage = (
  parent: ComponentResource,
  provider: ProviderResource,
  keyArn: Output<string>,
): storage.StorageClass =>
  new storage.StorageClass(
    "gp3",
    {
      metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", kmsKeyId: keyArn },
      reclaimPolicy: "Delete",
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
    },
    { parent, provider },
  );
