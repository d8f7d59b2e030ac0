import { isGpuPool } from "../../stacks/environment";
import { deviceAdmission } from "../admission/device";
import { frameworks } from "../frameworks";
import {
  type Context,
  deferred,
  isObject,
  type Observation,
  type Path,
  type Resource,
  type ResourceRule,
  unknown,
  type Value,
  walk,
} from "../rule";
import { levelOf } from "./declared-namespaces";
import { at, containersOf, isRendered, kindOf, listOf, type Pod, podsOf } from "./objects";
import { lenient } from "./upstream";

/** A pod has the GPUs that it claimed, and no others: not by a path of the node, a variable, or another pool's counter. */
export const device: ResourceRule = {
  id: "security-device",
  title: "Devices are claimed, not taken",
  concern: "security",
  severity: "high",
  frameworks: frameworks["security-device"],
  remedy: "claim devices by a ResourceClaimTemplate of a DeviceClass of the pool",
  applies: (resource) =>
    isClaim(resource) ||
    kindOf(resource) === "Namespace" ||
    (isRendered(resource) && (podsOf(resource).pods.length > 0 || podsOf(resource).hidden.length > 0)),
  check(resource, context) {
    const { pods, hidden } = podsOf(resource);
    const privileged = levelOf(resource, context) === "privileged";
    return lenient(
      [
        ...hidden.map(deferred),
        ...adminAccess(resource),
        ...(privileged ? [] : pods.flatMap((pod) => ofPod(pod, context))),
      ],
      resource,
      context,
    );
  },
  admission: deviceAdmission,
};

const isClaim = (resource: Resource) => /^(ResourceClaim|ResourceClaimTemplate|DeviceClass)$/.test(kindOf(resource));

/** Label by which the platform says on a node which of its pools it is of: components/labels.ts. */
export const poolLabel = "ai-platform/pool";

/** Counters of GPUs and their parts, as device plugins have them. */
export const counters =
  /^(nvidia\.com\/(gpu|mig|gpumem|gpucores)|amd\.com\/gpu|habana\.ai\/gaudi|gpu\.intel\.com\/|google\.com\/tpu|aws\.amazon\.com\/neuron)/i;

export const devices =
  /^\/+(proc\/driver\/nvidia|dev\/+(nvidia|dri|kfd|infiniband|accel|neuron|vfio|mem)|dev\/*$|run\/nvidia|usr\/local\/nvidia|var\/lib\/kubelet\/(device-plugins|plugins|pod-resources)|var\/run\/cdi|etc\/cdi)/i;

function ofPod({ spec, field }: Pod, context: Context): Observation[] {
  const runtime = spec.runtimeClassName;
  return [
    ...(runtime === unknown ? [deferred([...field, "runtimeClassName"])] : []),
    ...(typeof runtime === "string" && /nvidia/i.test(runtime)
      ? [
          {
            field: [...field, "runtimeClassName"],
            value: runtime,
            message: "which shows a container every GPU of the node that it asks for by a variable",
          },
        ]
      : []),
    ...listOf(spec.volumes).flatMap((volume, index): Observation[] => {
      const path = at(volume, "hostPath", "path");
      const place = [...field, "volumes", index, "hostPath", "path"];
      if (path === unknown) return [deferred(place)];
      return typeof path === "string" && devices.test(path.replace(/\/(\.\/)+/g, "/"))
        ? [{ field: place, value: path, message: "which is a device of the node, or what hands them out" }]
        : [];
    }),
    ...containersOf({ field, spec }).flatMap(({ container, field: at }) => ofContainer(container, at, spec, context)),
  ];
}

function ofContainer(
  container: Resource["props"],
  field: Path,
  spec: Resource["props"],
  context: Context,
): Observation[] {
  const variables = listOf(container.env).flatMap((variable, index): Observation[] => {
    const name = at(variable, "name");
    const value = at(variable, "value");
    if (typeof name !== "string" || !/^NVIDIA_(VISIBLE_DEVICES|IMEX_CHANNELS|DRIVER_CAPABILITIES)$/i.test(name.trim()))
      return [];
    const place = [...field, "env", index, "value"];
    if (value === unknown || at(variable, "valueFrom") !== undefined) return [deferred(place)];
    return typeof value === "string" && !/^(void|none|)$/i.test(value.trim()) && !/CAPABILITIES$/i.test(name)
      ? [{ field: place, value, message: `of ${name}, by which it takes devices that it did not claim` }]
      : [];
  });
  const counted = (["limits", "requests"] as const).flatMap((kind): Observation[] => {
    const amounts = at(container, "resources", kind);
    if (amounts === unknown) return [deferred([...field, "resources", kind])];
    return Object.entries(isObject(amounts) ? amounts : {}).flatMap(([resource, amount]): Observation[] => {
      if (!counters.test(resource) || Number(amount) === 0) return [];
      const place = [...field, "resources", kind, resource];
      const reason = notCounted(spec, context);
      return reason === undefined
        ? []
        : [{ field: place, value: String(amount === unknown ? "" : amount), message: reason }];
    });
  });
  return [...variables, ...counted];
}

/** Why a pod may not count devices there where it runs; undefined where it may. */
function notCounted(spec: Resource["props"], { environment: { pools } }: Context): string | undefined {
  const counting = pools.filter(isGpuPool).filter(({ devices: { owner } }) => owner !== "dra");
  const names = counting.map(({ name }) => name);
  const pool = at(spec, "nodeSelector", poolLabel);
  const label = typeof pool === "string" ? pools.find(({ name }) => name === pool) : undefined;
  if (counting.length === 0) return "and the devices of every pool of the environment are claimed (devices.owner: dra)";
  return label === undefined || names.includes(label.name)
    ? undefined
    : `and the devices of pool ${label.name} are claimed; they are counted in ${names.join(", ")} alone`;
}

/** Access to devices that are in use already, for whoever watches over them. */
function adminAccess(resource: Resource): Observation[] {
  if (kindOf(resource) === "Namespace") {
    const label = "resource.kubernetes.io/admin-access";
    const value = at(resource.props, "metadata", "labels", label);
    return value === undefined || value === null || String(value).toLowerCase() === "false"
      ? []
      : [
          value === unknown
            ? deferred(["metadata", "labels", label])
            : {
                field: ["metadata", "labels", label],
                value: String(value),
                message: "which lets claims there take devices that others use",
              },
        ];
  }
  if (!isClaim(resource)) return [];
  const found: Observation[] = [];
  walk(resource.props, (value: Value, field) => {
    if (field.at(-1) !== "adminAccess") return;
    if (value === unknown) found.push(deferred(field));
    else if (value !== false && value !== null && value !== undefined)
      found.push({ field, value: String(value), message: "by which it takes devices that others use" });
  });
  return found;
}
