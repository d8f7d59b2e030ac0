import { type AcceleratorName, accelerators as catalog } from "../../catalog/accelerators";
import { gkeAccelerator } from "../../catalog/gke";
import { type Machine, machines } from "../../catalog/machines";
import { isObject, type Path, type Resource, unknown, walk } from "../rule";
import { requirement, type Stated } from "./node-makers";
import { at, listOf, objectsIn, textOf } from "./values";

/** What machines and accelerators a resource asks for, under whatever names its provider has for them. */

/** A machine type, an accelerator, or (undefined) a machine that is left to somebody else to choose. */
export interface Hardware extends Stated<string> {
  readonly sort: "machine" | "accelerator";
  /** Why nothing is stated, as the end of "so that ...". */
  readonly open?: string;
}

/** Properties of AWS and Google resources that name machines, in whatever part of a resource. */
const machineKeys = /^(instanceTypes?|machineTypes?|machineFamily)$/;
/** And those that name what is attached to them. A `type` counts only below a key that says of what. */
const acceleratorLists = /^(guestAccelerators?|accelerators?|acceleratorConfigs?)$/;

/** Resources that make machines, and what becomes of those that name none. */
const needsMachine: Readonly<Record<string, readonly [field: Path, open: string]>> = {
  "aws:eks/nodeGroup:NodeGroup": [["instanceTypes"], "its launch template, or EKS, chooses the machine"],
  "aws:ec2/instance:Instance": [["instanceType"], "its launch template chooses the machine"],
  "gcp:container/nodePool:NodePool": [["nodeConfig", "machineType"], "GKE chooses the machine"],
};

/** All machines and accelerators that a resource names, and those that it leaves open. */
export function hardwareOf(resource: Resource): readonly Hardware[] {
  if (resource.type.startsWith("kubernetes:")) return kubernetesHardware(resource);
  if (!/^(aws|aws-native|gcp|google-native):/.test(resource.type)) return [];
  const found: Hardware[] = [];
  walk(resource.props, (value, field) => {
    const key = lastKey(field);
    const leaf = value === unknown || typeof value === "string";
    if (leaf && machineKeys.test(key)) {
      found.push({ sort: "machine", field, value: value === unknown ? unknown : lastPart(value) });
    } else if (leaf && (key === "acceleratorType" || (key === "type" && acceleratorLists.test(listAbove(field))))) {
      found.push({ sort: "accelerator", field, value: value === unknown ? unknown : lastPart(value) });
    } else if (value === unknown && acceleratorLists.test(key)) {
      found.push({ sort: "accelerator", field, value: unknown });
    }
    if (key === "instanceRequirements" && (value === unknown || isObject(value))) {
      const open = "EC2 chooses any machine that has what is required";
      found.push({ sort: "machine", field, value: value === unknown ? unknown : undefined, open });
    }
  });
  const needed = needsMachine[resource.type];
  if (needed !== undefined && !found.some(({ sort }) => sort === "machine")) {
    const [field, open] = needed;
    const value = at(resource.props, ...field.slice(0, -1)) === unknown ? unknown : undefined;
    found.push({ sort: "machine", field, value, open });
  }
  return [...found, ...autopilots(resource)];
}

/** The property that holds the list in which a path ends. */
const listAbove = (field: Path): string => lastKey(field.slice(0, -1));

const lastKey = (field: Path): string => String([...field].reverse().find((step) => typeof step === "string") ?? "");

/** Google names things by whole links as well. */
const lastPart = (value: string): string => value.trim().toLowerCase().split("/").at(-1)!;

/** Where a cloud adds nodes of its own choice. */
function autopilots({ type, props }: Resource): readonly Hardware[] {
  const on = (field: Path, open: string): readonly Hardware[] => {
    const value = at(props, ...field);
    return value === true || value === unknown
      ? [{ sort: "machine", field, value: value === unknown ? unknown : undefined, open }]
      : [];
  };
  if (type === "aws:eks/cluster:Cluster") {
    return on(["computeConfig", "enabled"], "EKS chooses machines of its own accord");
  }
  if (type !== "gcp:container/cluster:Cluster") return [];
  const limits = ["clusterAutoscaling", "resourceLimits"];
  return [
    ...on(["enableAutopilot"], "GKE chooses machines of its own accord"),
    ...on(["clusterAutoscaling", "enabled"], "GKE makes pools of whatever machine pods ask for"),
    ...listOf(at(props, ...limits)).flatMap((_, index): readonly Hardware[] => {
      const field = [...limits, index, "resourceType"];
      const value = at(props, ...field);
      if (value === "cpu" || value === "memory") return [];
      return [{ sort: "accelerator", field, value: value === unknown ? unknown : textOf(value) }];
    }),
  ];
}

/** Karpenter's pools and GKE's compute classes. */
function kubernetesHardware(resource: Resource): readonly Hardware[] {
  return objectsIn(resource).flatMap(({ group, kind, at: prefix }): readonly Hardware[] => {
    if (group === "karpenter.sh" && (kind === "NodePool" || kind === "Provisioner")) {
      const { field, value } = requirement(
        resource,
        prefix,
        kind,
        /^(node\.kubernetes|beta\.kubernetes)\.io\/instance-type$/,
      );
      return value === undefined
        ? [{ sort: "machine", field, value, open: "Karpenter chooses any machine that fits" }]
        : value === unknown
          ? [{ sort: "machine", field, value }]
          : value.map((type, index) => ({ sort: "machine", field: [...field, index], value: lastPart(type) }));
    }
    if (group !== "cloud.google.com" || kind !== "ComputeClass") return [];
    const list = [...prefix, "spec", "priorities"];
    return listOf(at(resource.props, ...list)).flatMap((_, index): readonly Hardware[] => {
      const of = (...path: Path): Stated<string> => {
        const field = [...list, index, ...path];
        const value = at(resource.props, ...field);
        return { field, value: value === unknown ? unknown : textOf(value) };
      };
      const gpu = of("gpu", "type");
      return [
        { sort: "machine", ...of("machineType"), open: "GKE chooses a machine of a family" },
        ...(gpu.value === undefined ? [] : [{ sort: "accelerator" as const, ...gpu }]),
      ];
    });
  });
}

/** A machine type as the catalog knows it, of either cloud. */
export const machineOf = (type: string): Machine | undefined => machines[`aws/${type}`] ?? machines[`gcp/${type}`];

/**
 * Whether a machine type has GPUs or the like although the catalog does not know it, by the letters of its family: both
 * clouds keep these for accelerated machines. Sources: docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html,
 * cloud.google.com/compute/docs/accelerator-optimized-machines, 2026-11.
 */
export const isAccelerated = (type: string): boolean =>
  machineOf(type) === undefined && /^(ml\.)?(p\d|gr?\d|trn\d|inf\d|dl\d|vt\d|a[2-9]x?-|g\d+-|ct\d)/.test(type);

/** Keys of the catalog by the names that Google has for the same accelerators. */
const googleNames: ReadonlyMap<string, AcceleratorName> = new Map(
  Object.values(machines).flatMap(({ provider, type, accelerator }) => {
    if (provider !== "gcp" || accelerator === undefined) return [];
    try {
      return [[gkeAccelerator(type), accelerator] as const];
    } catch {
      return [];
    }
  }),
);

/** The catalog's key of an accelerator, whoever named it. */
export const acceleratorOf = (name: string): AcceleratorName | undefined =>
  googleNames.get(name) ?? (Object.hasOwn(catalog, name) ? (name as AcceleratorName) : undefined);

/** Whether a resource makes machines with GPUs or the like, as far as it names them. */
export const gpuMachines = (resource: Resource): boolean =>
  hardwareOf(resource).some(
    ({ sort, value }) =>
      sort === "accelerator" ||
      (typeof value === "string" && ((machineOf(value)?.gpus ?? 0) > 0 || isAccelerated(value))),
  );
