/** Kubernetes minors, newest first, of which the platform knows that a provider offers them and that it runs on them. */
export const kubernetes = {
  /** The first minor in which dynamic resource allocation is stable; the DRA driver's own release asks for a patch of it. */
  minimumForDra: "1.34",
  /** The first minor in which DRAExtendedResource is on by default. Source: k8s.io/kubernetes pkg/features at v1.36.3. */
  minimumForDraExtendedResources: "1.36",
  eks: ["1.36", "1.35", "1.34"],
  gke: ["1.36", "1.35", "1.34"],
  /** Of the minors for GKE, what a cluster of each release channel can be made with. */
  gkeChannels: {
    RAPID: ["1.36", "1.35", "1.34"],
    REGULAR: ["1.36", "1.35", "1.34"],
    STABLE: ["1.35", "1.34"],
    EXTENDED: ["1.36", "1.35", "1.34"],
  },
  /** A patch of each minor, for Kubernetes' own images. */
  patches: { "1.36": "v1.36.3", "1.35": "v1.35.4", "1.34": "v1.34.4" },
  source:
    "eksctl-io/eksctl pkg/addons/default/assets at 99984adb6164 and awslabs/amazon-eks-ami release v20260903 (EKS); https://docs.cloud.google.com/kubernetes-engine/docs/release-notes (GKE); Go module proxy, k8s.io/kubernetes (patches)",
  date: "2026-09-17",
} as const;

export type EksMinor = (typeof kubernetes.eks)[number];

/**
 * `amiType` of a managed node group, for x86 nodes. Amazon Linux brings NVIDIA's driver on the host and neither device
 * plugin nor DRA driver; Bottlerocket's NVIDIA image runs a device plugin by default, which its settings must switch off
 * before anything else hands out the GPUs.
 */
export const eksAmiTypes = {
  amazonLinux: { cpu: "AL2023_x86_64_STANDARD", gpu: "AL2023_x86_64_NVIDIA" },
  bottlerocket: { cpu: "BOTTLEROCKET_x86_64", gpu: "BOTTLEROCKET_x86_64_NVIDIA" },
  source:
    "eksctl-io/eksctl pkg/cfn/builder/managed_nodegroup_ami_type_test.go at 99984adb6164; https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html; https://github.com/bottlerocket-os/bottlerocket-core-kit/pull/1035",
  date: "2026-09-03",
} as const;
