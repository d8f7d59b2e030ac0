import { ComponentResource } from "@pulumi/pulumi";
import { models } from "../../catalog/models";
import type { GpuPool, Model, NamedRole, Role, Source } from "../../stacks/environment";
import { type Recording, recordProgram } from "../recording";
import { placementOf } from "../scheduling/placement";
import type { PodArgs } from "./pod";
import { weightsOf } from "./weights";

/** What the tests of model servers' pods begin with. */

export const hub: Extract<Source, { kind: "huggingFace" }> = {
  kind: "huggingFace",
  repository: "Qwen/Qwen3-32B",
  revision: "0123456789abcdef0123456789abcdef01234567",
};

/** Nodes of eight H100 on a cluster that was there before. */
export const pool = (change: Partial<GpuPool> = {}): GpuPool => ({
  name: "h100",
  accelerator: "h100-80gb",
  perNode: 8,
  min: 2,
  max: 2,
  capacity: "on-demand",
  nodes: "group",
  multiNode: false,
  driver: "host",
  devices: { owner: "dra" },
  machine: { cpus: 192, memoryGib: 2048 },
  labels: { "example.org/pool": "h100" },
  ...change,
});

export const role = (change: Partial<Role> = {}): Role => {
  const { gpus = 1, nodes = 1 } = change;
  return { replicas: 2, gpus, nodes, tensorParallel: gpus * nodes, expertParallel: false, ...change };
};

export const prefill = (change: Partial<Role> = {}): NamedRole => ({
  name: "prefill",
  key: "prefill",
  role: role(change),
});
export const decode = (change: Partial<Role> = {}): NamedRole => ({
  name: "decode",
  key: "decode",
  role: role(change),
});
export const both = (change: Partial<Role> = {}): NamedRole => ({ name: "both", key: "servers", role: role(change) });

export const model = (change: Partial<Model> = {}): Model => ({
  name: "qwen3-32b",
  architecture: models["qwen3-32b"],
  backend: "llm-d",
  tenant: "search",
  pool: "h100",
  versions: [
    { source: hub, architecture: models["qwen3-32b"], weight: 100, serving: { mode: "aggregated", servers: role() } },
  ],
  adapters: [],
  variants: [],
  cache: "approximate",
  routing: "picker",
  priority: 0,
  spot: false,
  ...change,
});

/** What a pod of the first version of `model` is made from. `change` is laid over it. */
export function podArgs(change: Partial<PodArgs> = {}): PodArgs {
  const of = change.model ?? model();
  const version = of.versions[0]!;
  const on = change.pool ?? pool();
  return {
    model: of,
    version,
    role: both(),
    pool: on,
    placement: placementOf(on, false),
    serviceAccount: "qwen3-32b",
    queue: "tenant-search",
    gpus: { claims: [{ name: "gpus", resourceClaimTemplateName: "gpu-x1" }], resources: {} },
    share: 1,
    weights: weightsOf(version.source, { gib: of.architecture.weightsGib, mirror: {} }),
    adapters: [],
    mirror: {},
    ...change,
  };
}

/** Records what is made below one component. */
export const recordBelow = (make: (parent: ComponentResource) => unknown): Promise<Recording> =>
  recordProgram("test", () => make(new ComponentResource("test:test:Root", "root")));
