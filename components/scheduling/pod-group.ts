import { customResource } from "../custom-resource";

/** Source: KAI v0.17.0, podgroups.scheduling.run.ai and its webhook. */
interface PodGroupSpec {
  readonly queue: string;
  readonly priorityClassName: string;
  /** How many of `subGroups` must be placeable before any pod is placed. */
  readonly minSubGroup: number;
  readonly subGroups: readonly { readonly name: string; readonly minMember: number }[];
}

export const PodGroup = customResource<PodGroupSpec>("kai-scheduler", "PodGroup");

/**
 * What binds a pod to an explicit PodGroup. Source: KAI v0.17.0 docs/developer/pod-grouper.md,
 * pkg/common/constants/constants.go.
 */
export const podGroupAnnotation = "pod-group-name";
export const subGroupLabel = "kai.scheduler/subgroup-name";
export const skipPodGrouperAnnotation = "kai.scheduler/skip-podgrouper";
