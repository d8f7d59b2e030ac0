import { prices } from "../catalog/prices";
import type { Region } from "../catalog/regions";
import { releases } from "../catalog/releases";
import { type Environment, environmentSchema } from "../stacks/environment";
import type { Context, Path, Properties, Resource } from "./rule";

/** What the tests of the rules share: an environment, a context and resources, as small as they can be. */

const place = (provider: Region["provider"], jurisdiction: string): Region => ({
  provider,
  partition: provider,
  dnsSuffix: "example.org",
  jurisdiction,
  country: "",
  source: "test",
  date: "2026-11-21",
});

const regions: Readonly<Record<string, Region>> = {
  "eu-central-1": place("aws", "eu"),
  "us-east-1": place("aws", "us"),
  "europe-west1": place("gcp", "eu"),
  "europe-west4": place("gcp", "eu"),
  "us-central1": place("gcp", "us"),
  GRA3: place("ovhcloud", "eu"),
  local: place("existing", "here"),
};

export function environmentWith(over: Record<string, unknown> = {}): Environment {
  const parsed = environmentSchema.parse({
    tier: "development",
    jurisdiction: {
      name: "eu",
      regions: ["eu-central-1", "europe-west4", "local"],
      registries: ["registry.example.eu", "ghcr.io/llm-d", "registry.k8s.io"],
    },
    cluster: { kind: "existing", context: "test", region: "local" },
    pools: [
      { name: "gpu", accelerator: "h100-80gb", perNode: 8, min: 1, max: 1, machine: { cpus: 192, memoryGib: 2048 } },
    ],
    tenants: [{ name: "search", gpus: { quota: 8 } }],
    gateway: { host: "models.example.org" },
    identity: { trustDomain: "example.org" },
    authorization: { datastore: { engine: "memory" } },
    budget: { monthlyUsd: 1000 },
    ...over,
  });
  return { ...parsed, stack: "test" };
}

export function contextWith(over: Partial<Context> & { jurisdiction?: Record<string, unknown> } = {}): Context {
  const { jurisdiction, ...rest } = over;
  const base = environmentWith();
  const environment = { ...base, jurisdiction: { ...base.jurisdiction, ...jurisdiction } } as Environment;
  return {
    environment,
    preview: true,
    today: "2026-11-21",
    state: { rehearsal: false },
    regions,
    prices,
    releases,
    ...rest,
  };
}

export function resourceWith(type: string, props: Properties, over: Partial<Resource> = {}): Resource {
  return {
    urn: `urn:pulumi:test::ai-platform::${type}::thing`,
    type,
    name: "thing",
    props,
    secrets: [] as Path[],
    options: { protect: false, ignoreChanges: [] },
    ...over,
  };
}
