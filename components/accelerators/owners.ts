import { type RegionName, regions } from "../../catalog/regions";
import type { GpuPool, Pool } from "../../stacks/environment";
import { areApart, gpuPoolsOf, schedulerOf } from "../scheduling/placement";

/** What must be known of a cluster to tell who hands out its GPUs. */
export interface OwnersOf {
  /** Where its machines stand. */
  readonly region: string;
}

/** What the GPU Operator reads from a node's labels; it leaves a value that it finds. Source: v26.7.0 controllers/state_manager.go. */
export const operatorLabels = {
  driver: "nvidia.com/gpu.deploy.driver",
  devicePlugin: "nvidia.com/gpu.deploy.device-plugin",
} as const;

const isOff = (pool: Pool, label: string) => pool.labels[label] === "false";

/**
 * Whether the GPU Operator's device plugin serves a pool. Not where the machines are somebody else's (`driver: host`): so
 * is the plugin. Nor on Google Cloud where the image brings the driver: GKE has the plugin come with it, where EKS has
 * the driver alone.
 */
export function needsDevicePlugin({ devices, driver }: GpuPool, region: string): boolean {
  const brought = driver === "host" || (driver === "image" && regions[region as RegionName]?.provider === "gcp");
  return devices.owner === "device-plugin" && !brought;
}

/** What one set of labels selects all of HAMi's nodes: its device plugin takes no other kind of selector. */
export function commonLabels(pools: readonly Pool[]): Record<string, string> {
  const [first, ...others] = pools;
  const entries = Object.entries(first?.labels ?? {});
  return Object.fromEntries(entries.filter(([key, value]) => others.every(({ labels }) => labels[key] === value)));
}

/**
 * Makes sure that every GPU has one owner, its driver one installer, and every node one scheduler.
 *
 * @throws with the first thing that is not so: which pools, why, and what to state instead.
 */
export function checkOwners(pools: readonly Pool[], cluster: OwnersOf): void {
  const gpuPools = gpuPoolsOf(pools);
  checkPairs(gpuPools);
  checkDrivers(gpuPools);
  checkDevicePlugins(gpuPools, cluster);
  checkHami(gpuPools);
  checkDraDriver(gpuPools);
}

function checkPairs(pools: readonly GpuPool[]): void {
  for (const [index, one] of pools.entries()) {
    for (const other of pools.slice(index + 1)) {
      if (areApart(one, other)) {
        continue;
      }
      const where = `pools ${one.name} and ${other.name}`;
      const remedy = "Give their nodes, and labels of the pools, a label in which they differ.";
      if (one.devices.owner !== other.devices.owner) {
        throw new Error(
          `${where}: nothing tells their nodes apart, and ${one.devices.owner} and ${other.devices.owner} would both hand out their GPUs. ${remedy}`,
        );
      }
      const schedulers = [schedulerOf(one), schedulerOf(other)];
      if (schedulers[0] !== schedulers[1]) {
        throw new Error(
          `${where}: nothing tells their nodes apart, and ${schedulers.join(" and ")} would both place pods on them. ${remedy}`,
        );
      }
    }
  }
}

function checkDrivers(pools: readonly GpuPool[]): void {
  const byOperator = pools.find(({ driver }) => driver === "operator");
  if (byOperator === undefined) {
    return;
  }
  const twice = pools.find((pool) => pool.driver !== "operator" && !isOff(pool, operatorLabels.driver));
  if (twice !== undefined) {
    throw new Error(
      `pools ${byOperator.name} and ${twice.name}: the GPU Operator installs a driver on every GPU node, and that of ${twice.name} has one by driver: ${twice.driver}. State driver: operator for both, or label the nodes of ${twice.name} ${operatorLabels.driver}: "false".`,
    );
  }
}

function checkDevicePlugins(pools: readonly GpuPool[], { region }: OwnersOf): void {
  const served = pools.find((pool) => needsDevicePlugin(pool, region));
  const other = pools.find(
    (pool) => pool.devices.owner !== "device-plugin" && !isOff(pool, operatorLabels.devicePlugin),
  );
  if (served !== undefined && other !== undefined) {
    throw new Error(
      `pools ${served.name} and ${other.name}: the GPU Operator runs its device plugin on every GPU node, and ${other.devices.owner} hands out the GPUs of ${other.name}. State the same devices.owner for both, or label the nodes of ${other.name} ${operatorLabels.devicePlugin}: "false".`,
    );
  }
}

function checkHami(pools: readonly GpuPool[]): void {
  const owned = pools.filter(({ devices }) => devices.owner === "hami");
  if (owned.length === 0) {
    return;
  }
  const selector = commonLabels(owned);
  const names = owned.map(({ name }) => name).join(", ");
  if (Object.keys(selector).length === 0) {
    throw new Error(
      `pools ${names}: HAMi finds its nodes by one set of labels, and these pools have none in common. Hand one of them to HAMi, or give all of them a common label.`,
    );
  }
  const caught = pools.find(
    (pool) =>
      pool.devices.owner !== "hami" && Object.entries(selector).every(([key, value]) => pool.labels[key] === value),
  );
  if (caught !== undefined) {
    throw new Error(
      `pools ${names} and ${caught.name}: the labels by which HAMi finds its nodes are on those of ${caught.name} as well, whose GPUs ${caught.devices.owner} hands out. Give the HAMi pools a label of their own.`,
    );
  }
}

/** The driver has one driver root, whatever its nodes. */
function checkDraDriver(pools: readonly GpuPool[]): void {
  const owned = pools.filter(({ devices }) => devices.owner === "dra");
  const [byOperator, otherwise] = [
    owned.find(({ driver }) => driver === "operator"),
    owned.find(({ driver }) => driver !== "operator"),
  ];
  if (byOperator !== undefined && otherwise !== undefined) {
    throw new Error(
      `pools ${byOperator.name} and ${otherwise.name}: the DRA driver looks for NVIDIA's driver in one place on all nodes, and the GPU Operator puts it elsewhere than ${otherwise.driver}. State the same driver for both.`,
    );
  }
}
