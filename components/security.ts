import type { input as inputs } from "@pulumi/kubernetes/types";

/** What a pod must state for the Pod Security level "restricted". `user` is the id that its image is made for. */
export const restrictedPod = (user: number): inputs.core.v1.PodSecurityContext => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
});

/** What each of its containers must state, and a root file system that nothing can be left on. */
export const restrictedContainer: inputs.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
