import type { Context, Resource } from "../rule";
import { namespaceOf, objectName } from "./objects";
import { isUpstream } from "./upstream";

/** Levels of the Pod Security Standards, from open to closed. */
export const levels = ["privileged", "baseline", "restricted"] as const;
export type Level = (typeof levels)[number];

interface Declared {
  readonly level: Level;
  readonly reason: string;
  /** Objects of the platform itself that are there for that reason; of others the level is not. */
  readonly own: readonly string[];
}

const nodes = "its daemons hand out what nodes have, and reach into their file system";

/**
 * The namespaces that need more than "restricted", and why. They are the whole list: to add to it is to change the gate,
 * which its reviewers see. What the catalog's releases render there has that level, and what is named in `own`; whatever
 * else somebody puts there is held to "restricted".
 */
export const declaredNamespaces: Readonly<Record<string, Declared>> = {
  "dra-driver-nvidia-gpu": { level: "privileged", reason: nodes, own: ["dra-driver-nvidia-gpu-mig-plugin"] },
  "gpu-operator": { level: "privileged", reason: nodes, own: [] },
  "hami-system": { level: "privileged", reason: nodes, own: [] },
  "dcgm-exporter": { level: "privileged", reason: "it asks the kubelet, by a socket, whose a GPU is", own: [] },
  "spire-system": {
    level: "privileged",
    reason: "agents and the CSI driver hand sockets to pods by host paths",
    own: [],
  },
  "kai-scheduler": { level: "baseline", reason: "its operator starts pods without a security context", own: [] },
  "kai-resource-reservation": {
    level: "baseline",
    reason: "its pods come from KAI, without a security context",
    own: [],
  },
  "grove-system": { level: "baseline", reason: "the chart leaves out parts of the level restricted", own: [] },
  "dynamo-system": { level: "baseline", reason: "the chart leaves out parts of the level restricted", own: [] },
  "kube-system": {
    level: "privileged",
    reason: "GKE lets pods into the priority classes of nodes there; Google's installer of the GPU driver needs both",
    own: ["nvidia-driver-installer"],
  },
};

/** The level that an object's pods are held to. */
export function levelOf(resource: Resource, context: Context): Level {
  const namespace = namespaceOf(resource);
  const declared = typeof namespace === "string" ? declaredNamespaces[namespace] : undefined;
  if (declared === undefined) return "restricted";
  return declared.own.includes(objectName(resource)) || isUpstream(resource, context) ? declared.level : "restricted";
}
