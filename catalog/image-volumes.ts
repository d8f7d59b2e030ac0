/** What a cluster needs to mount an image as a volume, by which weights reach pods from a registry. */
export const imageVolumes = {
  /** The first minor in which ImageVolume is on by default; stable and locked on from 1.36. 1.34 has it as beta, off. */
  minimumKubernetes: "1.35",
  source: "k8s.io/kubernetes pkg/features/kube_features.go at v1.36.3",
  date: "2026-09-17",
} as const;
