/**
 * Labels that EKS sets on the nodes of managed node groups. Their domain is the same in every partition.
 * Source: awsdocs/amazon-eks-user-guide latest/ug/nodes/managed-node-update-behavior.adoc and managed-node-groups.adoc,
 * 2026-11-21.
 */
export const eksNodeLabels = {
  nodeGroup: "eks.amazonaws.com/nodegroup",
  image: "eks.amazonaws.com/nodegroup-image",
  capacityType: "eks.amazonaws.com/capacityType",
  launchTemplateId: "eks.amazonaws.com/sourceLaunchTemplateId",
  launchTemplateVersion: "eks.amazonaws.com/sourceLaunchTemplateVersion",
} as const;
