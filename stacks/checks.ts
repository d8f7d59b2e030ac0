import { kubernetes } from "../catalog/kubernetes";
import { type PartitionName, partitions } from "../catalog/partitions";
import { type RegionName, regions } from "../catalog/regions";
import type { StatedEnvironment } from "./environment";
import { checkGateway, checkGkeGateway } from "./gateway";
import { scales } from "./pool";

/** What no single field can tell: whether the parts of an environment fit together. Each reports what does not fit. */

/** Takes what was expected at a path: a sentence, or the values that would do. */
export type Report = (path: (string | number)[], expected: string | readonly string[]) => void;

const hasNodePools = (region: RegionName): boolean => {
  const universe = partitions[regions[region].partition as PartitionName];
  return universe.provider === "gcp" && universe.gke.includes("standard");
};

/** Every place is known, and a sovereign environment stands where its law alone applies. */
export function checkPlaces({ jurisdiction, sites, cluster }: StatedEnvironment, report: Report): void {
  const own = new Map(sites.map((site) => [site.name, site]));
  const jurisdictionOf = (place: string): string | undefined =>
    own.get(place)?.jurisdiction ?? regions[place as RegionName]?.jurisdiction;
  // Where the machine's own place decides, no catalog can say under what law it is.
  const isOwnPlace = (place: string) => regions[place as RegionName]?.country === "";
  const expected = [...own.keys(), ...Object.keys(regions)];
  for (const [index, place] of jurisdiction.regions.entries()) {
    const of = jurisdictionOf(place);
    if (of === undefined) {
      report(["jurisdiction", "regions", index], expected);
    } else if (jurisdiction.sovereign && of !== jurisdiction.name && !isOwnPlace(place)) {
      report(
        ["jurisdiction", "regions", index],
        `a place under the law of ${jurisdiction.name}; it is under that of ${of}`,
      );
    }
  }
  if (jurisdictionOf(cluster.region) === undefined) {
    report(["cluster", "region"], expected);
  } else if (cluster.kind === "gke" && !hasNodePools(cluster.region)) {
    report(
      ["cluster", "region"],
      `a region whose GKE has node pools of one's own; ${regions[cluster.region].partition} offers Autopilot alone`,
    );
  } else if (jurisdiction.sovereign && cluster.kind !== "existing") {
    const { partition } = regions[cluster.region];
    const { operatorJurisdiction } = partitions[partition as keyof typeof partitions];
    const assured = cluster.kind === "gke" && cluster.assuredWorkload !== undefined;
    if (operatorJurisdiction !== jurisdiction.name && !assured) {
      const others = Object.entries(partitions)
        .filter(([, entry]) => entry.operatorJurisdiction === jurisdiction.name)
        .map(([key]) => key);
      const instead = [
        `a region of ${others.join(" or ")}`,
        ...(cluster.kind === "gke" ? ["cluster.assuredWorkload"] : []),
      ].join(", or ");
      report(
        ["cluster", "region"],
        `${instead}: the environment is sovereign, and ${partition} is operated under the law of ${operatorJurisdiction}`,
      );
    }
  }
}

/** The cloud offers the Kubernetes version, and it is new enough for what hands the GPUs out. */
export function checkKubernetes({ cluster, pools }: StatedEnvironment, report: Report): void {
  if (cluster.kind === "existing") {
    return;
  }
  const offered: readonly string[] = kubernetes[cluster.kind];
  const minor = (version: string) => Number(version.split(".")[1]);
  const dra = pools.find((pool) => pool.accelerator !== undefined && pool.devices.owner === "dra");
  const scaling = pools.find((pool) => pool.accelerator !== undefined && pool.devices.owner === "dra" && scales(pool));
  const minimum = kubernetes.minimumForDra;
  if (dra !== undefined && minor(cluster.kubernetes) < minor(minimum)) {
    report(
      ["cluster", "kubernetes"],
      `at least ${minimum}: pool ${dra.name} hands its GPUs out by DRA, which is not complete before`,
    );
  } else if (scaling !== undefined && minor(cluster.kubernetes) < minor(kubernetes.minimumForDraExtendedResources)) {
    report(
      ["cluster", "kubernetes"],
      `at least ${kubernetes.minimumForDraExtendedResources}: pool ${scaling.name} scales, and so hands its GPUs out by DRA as an extended resource; devices.owner: device-plugin works before`,
    );
  } else if (!offered.includes(cluster.kubernetes)) {
    report(["cluster", "kubernetes"], `a version that ${cluster.kind.toUpperCase()} offers: ${offered.join(", ")}`);
  } else if (cluster.kind === "gke") {
    const inChannel: readonly string[] = kubernetes.gkeChannels[cluster.releaseChannel];
    if (!inChannel.includes(cluster.kubernetes)) {
      report(
        ["cluster", "releaseChannel"],
        `a channel that has ${cluster.kubernetes}; this one has ${inChannel.join(", ")}`,
      );
    }
  }
}

/** What routes requests can work on the cluster. */
export function checkRouting({ gateway, cluster }: StatedEnvironment, report: Report): void {
  const implementation = checkGateway(gateway.implementation, cluster.kind);
  const gke = checkGkeGateway(gateway);
  if (implementation !== undefined) {
    report(["gateway", "implementation"], implementation);
  } else if (gke !== undefined) {
    report(["gateway", "gke"], gke);
  }
}

/** Names are unique in their list. */
export function checkNames(environment: StatedEnvironment, report: Report): void {
  for (const path of ["sites", "pools", "tenants"] as const) {
    const seen = new Set<string>();
    for (const [index, item] of environment[path].entries()) {
      if (seen.has(item.name)) {
        report([path, index, "name"], `a name of its own: "${item.name}" is taken`);
      }
      seen.add(item.name);
    }
  }
}

/** Something can run the platform itself, and the guaranteed quotas fit what the pools hold. */
export function checkPools({ cluster, pools, tenants }: StatedEnvironment, report: Report): void {
  const home = pools.some((pool) => pool.accelerator === undefined && pool.nodes === "group" && pool.min > 0);
  if (cluster.kind !== "existing" && !home) {
    report(["pools"], 'a CPU pool with nodes: "group" and min of at least 1, on which the platform itself runs');
  }
  const guaranteed = tenants.reduce((sum, { gpus }) => sum + gpus.quota, 0);
  const held = pools.reduce((sum, pool) => sum + pool.max * (pool.perNode ?? 0), 0);
  if (guaranteed > held) {
    report(
      ["tenants"],
      `guaranteed quotas of at most ${held} GPUs together, which is what the pools hold; they add up to ${guaranteed}`,
    );
  }
}
