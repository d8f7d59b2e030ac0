import type { ResourceRule } from "../rule";
import { isAws, judgeAws } from "./allocation-aws";
import { isGcp, judgeGcp } from "./allocation-gcp";
import { isAllocated, judgeKubernetes } from "./allocation-kubernetes";

/**
 * Every bill can be put down to a stack, a tier and whoever pays, and every GPU to a tenant and a model. What these are
 * is stated once, in components/allocation.ts.
 *
 * - Resources of AWS carry tags, their own or their provider's; so does what they launch, which the latter do not reach.
 * - Resources of Google carry labels in the same way, spelt as Google takes them; so do nodes of GKE.
 * - Machines that Karpenter makes, and volumes that a StorageClass makes, carry the same.
 * - Namespaces of tenants carry their tenant, and pods with GPUs in them their model.
 */
export const allocation: ResourceRule = {
  id: "cost-allocation",
  title: "Everything that bills says what it is for",
  concern: "cost",
  severity: "medium",
  frameworks: [],
  remedy: "let the component that makes it carry what components/allocation.ts and components/labels.ts state",
  applies: (resource, context) => isAws(resource) || isGcp(resource) || isAllocated(resource, context),
  check: (resource, context) =>
    isAws(resource)
      ? judgeAws(resource, context)
      : isGcp(resource)
        ? judgeGcp(resource, context)
        : judgeKubernetes(resource, context),
};
