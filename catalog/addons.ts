import type { EksMinor } from "./kubernetes";

export type AddonName = "vpc-cni" | "kube-proxy" | "coredns" | "eks-pod-identity-agent" | "aws-ebs-csi-driver";

/** Versions of EKS add-ons that one Kubernetes minor takes. `unverified`: `note` says which of them no dated record names. */
export interface AddonVersions {
  readonly versions: Readonly<Record<AddonName, string>>;
  readonly state: "verified" | "unverified";
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

/** The default versions that `aws eks describe-addon-versions` prints for a minor, as public configurations recorded them. */
const recorded = "aws eks describe-addon-versions --kubernetes-version";

/**
 * What EKS installs when asked for the default, pinned. The defaults move within days, older versions stay to be had; a
 * partition apart (China, GovCloud, the European Sovereign Cloud) may get a version later, which was not read.
 */
export const addons: Readonly<Record<EksMinor, AddonVersions>> = {
  "1.36": {
    versions: {
      "vpc-cni": "v1.22.4-eksbuild.3",
      "kube-proxy": "v1.36.0-eksbuild.21",
      coredns: "v1.14.3-eksbuild.16",
      "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
      "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
    },
    state: "verified",
    source: `${recorded} 1.36, in two public configurations that agree; the pod identity agent in the second alone`,
    date: "2026-09-12",
  },
  "1.35": {
    versions: {
      "vpc-cni": "v1.22.4-eksbuild.3",
      "kube-proxy": "v1.35.3-eksbuild.21",
      coredns: "v1.13.2-eksbuild.21",
      "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
      "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
    },
    state: "unverified",
    source: "three public configurations for 1.35 that agree on the first three",
    date: "2026-09-12",
    note: "The configurations carry no date; the pod identity agent and the EBS driver are those of 1.36, as neither follows the minor.",
  },
  "1.34": {
    versions: {
      "vpc-cni": "v1.22.4-eksbuild.3",
      "kube-proxy": "v1.34.6-eksbuild.29",
      coredns: "v1.12.4-eksbuild.38",
      "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
      "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
    },
    state: "unverified",
    source: `${recorded} 1.34, in two public configurations that agree`,
    date: "2026-09-20",
    note: "The pod identity agent is that of 1.36, as it does not follow the minor.",
  },
};
