import { allocationLabels, allocationOf } from "../../components/allocation";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  unknown,
  type Value,
} from "../rule";
import { ignored, missing } from "./carried";
import { at, decoded, listOf } from "./values";

/**
 * Types that take no labels, of those that the platform uses: what bills among them bills with machines, which have
 * some. Source: @pulumi/gcp 9.37.0, whose resources with labels all have `pulumiLabels`.
 */
export const unlabelled: ReadonlySet<string> = new Set([
  "gcp:binaryauthorization/policy:Policy",
  "gcp:compute/firewall:Firewall",
  "gcp:compute/network:Network",
  "gcp:compute/resourcePolicy:ResourcePolicy",
  "gcp:compute/router:Router",
  "gcp:compute/routerNat:RouterNat",
  "gcp:compute/subnetwork:Subnetwork",
  "gcp:dns/recordSet:RecordSet",
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
  "gcp:kms/keyRing:KeyRing",
  "gcp:logging/projectSink:ProjectSink",
  "gcp:projects/accessApprovalSettings:AccessApprovalSettings",
  "gcp:projects/iAMAuditConfig:IAMAuditConfig",
  "gcp:projects/iAMMember:IAMMember",
  "gcp:projects/service:Service",
  "gcp:serviceaccount/account:Account",
]);

export const isGcp = ({ type }: Resource): boolean => /^(gcp|google-native):/.test(type) && !unlabelled.has(type);

const cluster = "gcp:container/cluster:Cluster";
const nodePool = "gcp:container/nodePool:NodePool";

/** What Google takes for a label. Source: cloud.google.com/kms/docs/labeling-keys, "Requirements for labels", 2026-11. */
const keyPattern = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const valuePattern = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** The labels of a Google resource, its own and those of its provider, and those of nodes, which get neither. */
export function judgeGcp(resource: Resource, { environment }: Context): readonly Observation[] {
  const { type, props, provider } = resource;
  const required = allocationLabels(allocationOf(environment));
  const defaults = decoded(provider?.props.defaultLabels);
  const key = type === cluster ? "resourceLabels" : "labels";
  const pools: Path[] =
    type === nodePool
      ? [["nodeConfig", "resourceLabels"]]
      : type === cluster
        ? listOf(props.nodePools).map((_, index) => ["nodePools", index, "nodeConfig", "resourceLabels"])
        : [];
  return [
    // A node pool has no labels but those of its nodes.
    ...(type === nodePool ? [] : missing([key], props[key], defaults, required, "labels")),
    ...pools.flatMap((field) => missing(field, at(props, ...field), {}, required, "labels")),
    ...spelling([key], props[key]),
    ...pools.flatMap((field) => spelling(field, at(props, ...field))),
    ...spelling(["provider", "defaultLabels"], defaults),
    ...ignored(resource.options.ignoreChanges, /^(labels|resourceLabels|effectiveLabels|pulumiLabels)$/),
    ...(type === cluster ? costs(props.costManagementConfig) : []),
  ];
}

const spelling = (field: Path, labels: Value): readonly Observation[] =>
  Object.entries(isObject(labels) ? labels : {}).flatMap(([key, value]): readonly Observation[] => {
    const bad = !keyPattern.test(key)
      ? key
      : typeof value === "string" && !valuePattern.test(value)
        ? value
        : undefined;
    if (bad === undefined) return [];
    const message =
      "which Google takes for no label: at most 63 lower case letters, digits, _ and -, a letter first in a key";
    return [{ field: [...field, key], value: bad, message }];
  });

/** Without it GKE's bill knows nodes, and no namespaces and workloads. */
function costs(config: Value): readonly Observation[] {
  const field = ["costManagementConfig", "enabled"];
  const enabled = at(config, "enabled");
  if (enabled === unknown) return [deferred(field)];
  return enabled === true
    ? []
    : [
        {
          field,
          message: "is not true, so that the bill does not tell namespaces apart",
          remedy: "turn cost allocation on",
        },
      ];
}
