import { ComponentResource } from "@pulumi/pulumi";
import { models } from "../../../catalog/models";
import type { GpuPool, Model, Role, Serving, Version } from "../../../stacks/environment";
import type { GatewayImplementation } from "../../../stacks/gateway";
import { ClaimTemplates } from "../../accelerators/claims";
import { gpuPool } from "../../accelerators/testing";
import { type Recording, recordProgram } from "../../recording";
import { grantOf } from "../gpus";
import { workloadsOf } from "../workloads";
import { DynamoModel } from "./dynamo-model";

export const role = (change: Partial<Role> = {}): Role => {
  const { gpus = 1, nodes = 1 } = change;
  return { replicas: 1, gpus, nodes, tensorParallel: gpus * nodes, expertParallel: false, ...change };
};

export const disaggregated: Serving = {
  mode: "disaggregated",
  prefill: role({ replicas: 2 }),
  decode: role({ gpus: 4 }),
};

/** A disaggregated model of Dynamo's on a pool of H100, with whatever a test is about laid over it. */
export function dynamoModel(change: Partial<Model> = {}, version: Partial<Version> = {}): Model {
  const { huggingFace } = models["qwen3-32b"];
  return {
    name: "qwen",
    model: "qwen3-32b",
    architecture: models["qwen3-32b"],
    backend: "dynamo",
    tenant: "search",
    pool: "h100",
    versions: [
      {
        source: { kind: "huggingFace", repository: huggingFace, revision: "9".repeat(40) },
        architecture: models["qwen3-32b"],
        weight: 100,
        serving: disaggregated,
        ...version,
      },
    ],
    adapters: [],
    variants: [],
    cache: "approximate",
    routing: "picker",
    priority: 0,
    spot: false,
    ...change,
  };
}

class Scene extends ComponentResource {
  constructor(model: Model, pool: GpuPool, implementation: GatewayImplementation) {
    super("test:Scene", "scene", {});
    const pools = new Map([[pool.name, pool]]);
    const namespace = `tenant-${model.tenant}`;
    const shapes = workloadsOf(model, pools).map((workload) => grantOf(model, workload).shape);
    const claims = new ClaimTemplates(namespace, { namespace, owner: namespace, shapes }, { parent: this });
    const gateway = {
      namespace: "gateway",
      gatewayName: "inference",
      host: "models.example.org",
      implementation,
      ranges: [],
    };
    new DynamoModel(
      { model, pools, region: "eu", namespace, claims, queue: namespace, gateway, after: [], mirror: {} },
      { parent: this },
    );
  }
}

/** What one model writes, on a pool that is `h100` where none is given. */
export const recordModel = (
  model: Model,
  pool = gpuPool("h100"),
  implementation: GatewayImplementation = "agentgateway",
): Promise<Recording> => recordProgram("dynamo", () => new Scene(model, pool, implementation));
