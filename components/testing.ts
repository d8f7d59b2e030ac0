import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { type Environment, type EnvironmentInput, environmentSchema } from "../stacks/environment";
import { Platform } from "./platform";

/** One resource as the program registered it. */
interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** URN of its parent; empty for the platform itself. */
  readonly parent: string;
  /** URN and id of the provider that it goes through; empty for components. */
  readonly provider: string;
  /** URNs that must be there first. A component among them stands for all that it holds. */
  readonly dependencies: readonly string[];
}

/** An object as the API server would be sent it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into objects of every kind.
  readonly [field: string]: any;
}

export class Recording {
  constructor(readonly resources: readonly RecordedResource[]) {}

  /** The one resource of a type token and name. Throws when there is none. */
  resource(type: string, name: string): RecordedResource {
    const found = this.resources.find((candidate) => candidate.type === type && candidate.name === name);
    if (found === undefined) {
      const same = this.resources.filter((candidate) => candidate.type === type).map((candidate) => candidate.name);
      throw new Error(`no ${type} named ${name}; of that type: ${same.join(", ") || "none"}`);
    }
    return found;
  }

  /** Every Kubernetes object that the program states itself, which is all but what charts and manifests hold. */
  get objects(): readonly KubernetesObject[] {
    return this.resources.map(({ inputs }) => inputs).filter(isObject);
  }

  /** The one object of a kind and name, in a namespace where more than one has it. Throws when there is none. */
  object(kind: string, name: string, namespace?: string): KubernetesObject {
    const found = this.objects.find(
      (candidate) =>
        candidate.kind === kind &&
        candidate.metadata.name === name &&
        (namespace === undefined || candidate.metadata.namespace === namespace),
    );
    if (found === undefined) {
      const same = this.objects.filter((candidate) => candidate.kind === kind).map(({ metadata }) => metadata.name);
      throw new Error(`no ${kind} named ${name}; of that kind: ${same.join(", ") || "none"}`);
    }
    return found;
  }

  /** Values that a chart is installed with. */
  // biome-ignore lint/suspicious/noExplicitAny: every chart has values of its own shape.
  values(release: string): any {
    return this.resource("kubernetes:helm.sh/v4:Chart", release).inputs.values;
  }

  /** Whether one resource waits for another, through whatever lies between. */
  waitsFor(later: RecordedResource, earlier: RecordedResource, seen = new Set<string>()): boolean {
    return later.dependencies.some((urn) => {
      if (urn === earlier.urn) {
        return true;
      }
      if (seen.has(urn)) {
        return false;
      }
      seen.add(urn);
      const between = this.resources.find((candidate) => candidate.urn === urn);
      return between !== undefined && this.waitsFor(between, earlier, seen);
    });
  }
}

const isObject = (inputs: Record<string, unknown>): inputs is Record<string, unknown> & KubernetesObject =>
  typeof inputs.apiVersion === "string" && typeof inputs.kind === "string" && typeof inputs.metadata === "object";

/** Builds the platform of an environment without an engine, and returns every resource that it registered. */
export async function record(environment: Environment): Promise<Recording> {
  const resources: RecordedResource[] = [];
  class Monitor extends MockMonitor {
    // biome-ignore lint/suspicious/noExplicitAny: the engine's protocol, which the SDK does not type here either.
    override async registerResource(request: any, callback: (error: unknown, response: any) => void): Promise<void> {
      let inputs: Record<string, unknown> = {};
      this.mocks.newResource = (args) => {
        inputs = args.inputs;
        return { id: args.custom ? `${args.name}-id` : undefined, state: args.inputs };
      };
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      await super.registerResource(request, (error: unknown, response: any) => {
        if (response !== undefined) {
          resources.push({
            urn: response.getUrn(),
            type: request.getType(),
            name: request.getName(),
            inputs,
            parent: request.getParent(),
            provider: request.getProvider(),
            dependencies: request.getDependenciesList(),
          });
        }
        callback(error, response);
      });
    }
  }
  const monitor = new Monitor({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
  pulumi.runtime.setMockOptions(monitor, "ai-platform", environment.stack);
  new Platform("platform", environment);
  await pulumi.runtime.disconnect();
  return new Recording(resources);
}

/**
 * An environment that uses every kind of object the platform can write: a database, a mirror, two tenants with and
 * without a limit, a model whose replicas span nodes of one NVLink domain, and one that fits single nodes. GKE's driver
 * root, so that quotas for critical pods are there too. `change` is laid over it, field by field at the top.
 */
export function wideEnvironment(change: Partial<EnvironmentInput> = {}): Environment {
  return {
    stack: "wide",
    ...environmentSchema.parse({
      tier: "production",
      jurisdiction: { name: "eu", regions: ["eu-north-1"], registries: ["mirror.example.org"] },
      cluster: {
        kind: "existing",
        kubeconfig: "/etc/example/kubeconfig",
        context: "wide",
        region: "eu-north-1",
        nvidiaDriverRoot: "/home/kubernetes/bin/nvidia",
      },
      pools: [
        { name: "system", min: 3, max: 3, machine: { cpus: 32, memoryGib: 128 } },
        {
          name: "h100",
          accelerator: "h100-80gb",
          perNode: 8,
          min: 2,
          max: 2,
          machine: { cpus: 192, memoryGib: 2048 },
        },
        {
          name: "nvl72",
          accelerator: "gb200-186gb",
          perNode: 4,
          min: 18,
          max: 18,
          machine: { cpus: 144, memoryGib: 960 },
        },
      ],
      tenants: [
        { name: "search", gpus: { quota: 8, limit: 16 } },
        { name: "research", gpus: { quota: 48, overQuotaWeight: 3 } },
      ],
      models: [
        {
          name: "qwen3-32b",
          model: "qwen3-32b",
          tenant: "search",
          pool: "h100",
          serving: {
            mode: "disaggregated",
            prefill: { replicas: 2, gpus: 1 },
            decode: { replicas: 1, gpus: 4 },
          },
          priority: 10,
        },
        {
          name: "deepseek-r1",
          model: "deepseek-r1",
          tenant: "research",
          pool: "nvl72",
          serving: {
            mode: "disaggregated",
            prefill: { replicas: 2, gpus: 4, nodes: 2 },
            decode: { replicas: 1, gpus: 4, nodes: 4 },
          },
          priority: -1,
        },
      ],
      gateway: { host: "models.example.org", replicas: 3 },
      identity: { trustDomain: "platform.example.org" },
      authorization: {
        datastore: { engine: "postgres", uriSecret: { name: "openfga-postgres" } },
        tuples: [
          { user: "user:ada", relation: "member", object: "team:search" },
          { user: "team:search#member", relation: "owner", object: "model:qwen3-32b" },
          { user: "agent:librarian", relation: "caller", object: "model:deepseek-r1" },
        ],
      },
      budget: { monthlyUsd: 1_000_000 },
      mirror: { charts: "oci://mirror.example.org/charts", images: "mirror.example.org/images" },
      ...change,
    }),
  };
}
