import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type AwsPartitionName, arn } from "../../../catalog/partitions";
import { regions } from "../../../catalog/regions";
import { devicesLabel, poolLabel } from "../../../components/labels";
import type { Environment, Pool } from "../../../stacks/environment";

/**
 * What a rehearsal tells the simulated clouds beforehand, in `given.json` of their folder: what an environment says to be
 * in the account already, and what a node group does not say of its nodes.
 */
export interface Given {
  /** Ids, ARNs and full resource names of things that are there and that the stack does not make. */
  readonly existing: readonly string[];
  /** Who hands out the GPUs of each pool's nodes, by the pool's name. */
  readonly devices: Readonly<Record<string, Pool["devices"]>>;
}

/** What an environment gives: the roles that administer the cluster, and a key that is not to be made. */
export function givenOf({ cluster, pools }: Pick<Environment, "cluster" | "pools">): Given {
  return {
    existing: existingIn(cluster),
    devices: Object.fromEntries(pools.map((pool) => [pool.name, pool.devices])),
  };
}

function existingIn(cluster: Environment["cluster"]): string[] {
  if (cluster.kind === "existing") return [];
  const { key } = cluster.encryption;
  if (cluster.kind === "gke") return key === "create" ? [] : [key];
  const { account, region } = cluster;
  const partition = regions[region].partition as AwsPartitionName;
  return [
    ...cluster.adminRoles.map((role) => arn(partition, "iam", "", account, `role/${role}`)),
    ...(key === "create" ? [] : [key, arn(partition, "kms", region, account, `key/${key}`)]),
  ];
}

const fileIn = (folder: string): string => path.join(folder, "cloud", "given.json");

/** Writes what a rehearsal gives into its folder, before the update starts. */
export function writeGiven(folder: string, given: Given): void {
  mkdirSync(path.dirname(fileIn(folder)), { recursive: true, mode: 0o700 });
  writeFileSync(fileIn(folder), JSON.stringify(given, null, 2));
}

/** What was given; nothing where nothing was written. */
export function readGiven(folder: string): Given {
  return existsSync(fileIn(folder)) ? JSON.parse(readFileSync(fileIn(folder), "utf8")) : { existing: [], devices: {} };
}

/** Who hands out the GPUs of a node, by its pool, and where that is not known by its labels. */
export function devicesOf(labels: Readonly<Record<string, string>>, given: Given): Pool["devices"] {
  const owner = (labels[devicesLabel] ?? "dra") as Pool["devices"]["owner"];
  return given.devices[labels[poolLabel] ?? ""] ?? { owner };
}
