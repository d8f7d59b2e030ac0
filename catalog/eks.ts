import { type EksMinor, kubernetes } from "./kubernetes";

/**
 * EKS's own images for nodes: Amazon Linux 2023 in one release, with the Kubernetes patch that it carries for each minor.
 * A release has a standard image and one with NVIDIA's driver. AWS keeps old releases for a while and then withdraws them.
 */
export const eksNodeImages: {
  readonly release: string;
  readonly patches: Readonly<Record<EksMinor, string>>;
  readonly source: string;
  readonly date: string;
} = {
  release: "20260903",
  patches: { "1.36": "1.36.3", "1.35": "1.35.7", "1.34": "1.34.10" },
  source:
    "https://github.com/awslabs/amazon-eks-ami/releases/tag/v20260903 (1.36); release versions of node groups in public Terraform and notes (1.35, 1.34)",
  date: "2026-09-03",
};

/** A stated version as one that the catalog knows of EKS. Throws for any other. */
export function eksMinor(version: string): EksMinor {
  const found = kubernetes.eks.find((minor) => minor === version);
  if (found === undefined) {
    throw new Error(
      `cluster.kubernetes: "${version}" is no version that EKS offers: state ${kubernetes.eks.join(", ")}`,
    );
  }
  return found;
}

/** What a managed node group takes as its release: Kubernetes' patch and the day. */
export const eksImageRelease = (minor: EksMinor): string => `${eksNodeImages.patches[minor]}-${eksNodeImages.release}`;

/** How Karpenter names the release. For machines with GPUs it takes the image with NVIDIA's driver by itself. */
export const eksImageAlias = `al2023@v${eksNodeImages.release}`;
