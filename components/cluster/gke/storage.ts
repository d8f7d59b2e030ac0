import * as storage from "@pulumi/kubernetes/storage/v1";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";

/**
 * What volumes are made by when nobody says by what: disks under the customer's key. GKE's own default class has none;
 * of two defaults Kubernetes takes the newer. Sources: cloud.google.com/kubernetes-engine/docs/how-to/using-cmek;
 * kubernetes.io/docs/concepts/storage/storage-classes; of `labels`:
 * kubernetes-sigs/gcp-compute-persistent-disk-csi-driver README, 2026-11.
 */
export const defaultStorage = (
  key: Input<string>,
  labels: Readonly<Record<string, string>>,
  opts: CustomResourceOptions,
) =>
  new storage.StorageClass(
    "encrypted",
    {
      metadata: { name: "encrypted", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "pd.csi.storage.gke.io",
      parameters: {
        type: "pd-balanced",
        "disk-encryption-kms-key": key,
        labels: Object.entries(labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(","),
      },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
    },
    opts,
  );
