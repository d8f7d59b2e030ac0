import { contextWith, environmentWith, resourceWith } from "../fixtures";
import type { Context, Properties, Resource } from "../rule";

/** What the tests of the rules about data share: environments on each cloud, as small as they can be. */

const common = {
  tenants: [{ name: "search", gpus: { quota: 0 } }],
};

const jurisdiction = { name: "eu", regions: ["eu-central-1", "europe-west4"], registries: ["registry.example.eu"] };

export const ownAccountId = "111122223333";
export const ownProject = "acme-ai";

const clusters = {
  eks: {
    kind: "eks",
    name: "ai",
    account: ownAccountId,
    region: "eu-central-1",
    kubernetes: "1.36",
    network: { cidr: "10.64.0.0/16", zones: ["a", "b", "c"] },
    endpoint: { access: "private" },
    encryption: { key: "create" },
    adminRoles: ["Admin"],
  },
  gke: {
    kind: "gke",
    name: "ai",
    project: ownProject,
    projectNumber: "123456789012",
    region: "europe-west4",
    kubernetes: "1.36",
    network: {
      nodes: "10.64.0.0/20",
      pods: "10.68.0.0/14",
      services: "10.65.0.0/20",
      controlPlane: "172.16.0.0/28",
    },
    endpoint: { access: "private" },
    encryption: { key: "create" },
    admins: ["group:platform@example.org"],
  },
} as const;

const pools = {
  eks: { name: "system", min: 1, max: 1, machine: { cpus: 16, memoryGib: 64 } },
  gke: { name: "system", min: 3, max: 3, machine: { cpus: 8, memoryGib: 32 } },
} as const;

/** A context on a cloud, or on a cluster of one's own. `over` is laid over its jurisdiction. */
export function contextOn(
  kind: "eks" | "gke" | "existing",
  over: Record<string, unknown> = {},
  more: Partial<Context> = {},
): Context {
  const environment =
    kind === "existing"
      ? environmentWith()
      : environmentWith({ jurisdiction, cluster: clusters[kind], pools: [pools[kind]], ...common });
  return contextWith({
    environment: { ...environment, jurisdiction: { ...environment.jurisdiction, ...over } },
    ...more,
  });
}

/** Resources of which each is named, so that findings can tell them apart. */
export const named = (name: string, type: string, props: Properties, over: Partial<Resource> = {}): Resource =>
  resourceWith(type, props, { urn: `urn:pulumi:test::ai-platform::${type}::${name}`, name, ...over });
