import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import type { GoogleUniverse } from "../../../catalog/partitions";
import { universeOf } from "../../../catalog/regions";
import { type EnvironmentInput, environmentSchema } from "../../../stacks/environment";
import { auditLogs } from "../audit-logs";
import { GkeCluster, type GkeClusterArgs } from "./cluster";
import type { GkeSettings } from "./settings";

/** One resource as it was registered. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into inputs of every type.
  readonly inputs: any;
  readonly parent: string;
  /** URN and id of the provider that it goes through. */
  readonly provider: string;
  readonly dependencies: readonly string[];
}

export class GkeRecording {
  constructor(
    readonly resources: readonly Recorded[],
    readonly cluster: GkeCluster,
    /** What the cluster's kubeconfig came to. */
    readonly kubeconfig: string,
  ) {}

  of(type: string): readonly Recorded[] {
    return this.resources.filter((candidate) => candidate.type === type);
  }

  /** The one resource of a type and name. Throws when there is none. */
  one(type: string, name: string): Recorded {
    const found = this.of(type).find((candidate) => candidate.name === name);
    if (found === undefined) {
      throw new Error(`no ${type} named ${name}; of that type: ${this.of(type).map((other) => other.name)}`);
    }
    return found;
  }

  /** Whether one resource waits for another, through whatever lies between. */
  waitsFor(later: Recorded, earlier: Recorded, seen = new Set<string>()): boolean {
    return later.dependencies.some((urn) => {
      if (urn === earlier.urn) {
        return true;
      }
      const between = seen.has(urn) ? undefined : this.resources.find((candidate) => candidate.urn === urn);
      seen.add(urn);
      return between !== undefined && this.waitsFor(between, earlier, seen);
    });
  }
}

type Input = Extract<EnvironmentInput["cluster"], { kind: "gke" }>;

/** A change of the environment below: of its cluster field by field, of everything else as a whole. */
export type Change = Partial<Omit<EnvironmentInput, "cluster">> & { cluster?: Partial<Input> };

/** What GkeCluster is given for an environment with a CPU pool and one H100 node. `change` is laid over it. */
export function gkeArgs(change: Change = {}): GkeClusterArgs {
  const { cluster: settings, ...rest } = change;
  const environment = environmentSchema.parse({
    tier: "production",
    jurisdiction: { name: "eu", regions: ["europe-west4"], registries: ["mirror.example.org", "docker.io/openfga"] },
    cluster: {
      kind: "gke",
      name: "ai-prod",
      project: "acme-ai-prod",
      projectNumber: "210987654321",
      region: "europe-west4",
      kubernetes: "1.36",
      releaseChannel: "REGULAR",
      network: {
        nodes: "10.80.0.0/20",
        pods: "10.84.0.0/14",
        services: "10.81.0.0/20",
        controlPlane: "172.16.1.0/28",
        peers: ["10.64.0.0/20"],
      },
      endpoint: { access: "private" },
      encryption: { key: "create" },
      admins: ["group:platform@example.org"],
      ...settings,
    },
    pools: [systemPool, h100Pool],
    tenants: [{ name: "search", gpus: { quota: 0 } }],
    gateway: { host: "models.example.org" },
    identity: { trustDomain: "example.org" },
    authorization: { datastore: { engine: "postgres", uriSecret: { name: "openfga" } } },
    budget: { monthlyUsd: 1_000_000 },
    mirror: { images: "mirror.example.org/images" },
    ...rest,
  });
  if (environment.cluster.kind !== "gke") {
    throw new Error("not on GKE");
  }
  const { cluster, pools, jurisdiction, mirror, tier } = environment;
  const { registries } = jurisdiction;
  return {
    cluster,
    pools,
    registries,
    mirror,
    stack: "prod-gcp",
    tier,
    auditLogs: auditLogs({ tier, jurisdiction }),
    supportAsks: jurisdiction.sovereign,
    protectedFromDeletion: tier === "production",
  };
}

export const systemPool = { name: "system", min: 3, max: 6, machine: { cpus: 8, memoryGib: 32 } } as const;
export const h100Pool = {
  name: "h100",
  accelerator: "h100-80gb",
  perNode: 8,
  min: 2,
  max: 2,
  zones: ["europe-west4-b"],
} satisfies EnvironmentInput["pools"][number];

/** The universe of S3NS as it would be with node pools of one's own, which it does not offer. */
export const s3nsWithPools: GoogleUniverse = { ...universeOf("u-france-east1"), gke: ["standard"] };

/** The same cluster in that universe, which the environment's own checks would refuse for what it offers today. */
export function s3nsArgs(change: Partial<GkeSettings> = {}): GkeClusterArgs & { readonly universe: GoogleUniverse } {
  const { cluster, pools, ...rest } = gkeArgs();
  const place = { project: "s3ns:acme-ai-prod", region: "u-france-east1" } as const;
  return {
    ...rest,
    cluster: { ...cluster, ...place, admins: ["serviceAccount:ci@acme.example.org"], ...change },
    pools: pools.map((pool) => ({ ...pool, ...(pool.zones === undefined ? {} : { zones: ["u-france-east1-a"] }) })),
    universe: s3nsWithPools,
  };
}

/** What the clouds say of a resource that its inputs do not. */
function outputs(type: string, inputs: Record<string, unknown>, universe: GoogleUniverse): Record<string, unknown> {
  switch (type) {
    case "gcp:container/cluster:Cluster":
      return {
        endpoint: "172.16.1.2",
        masterAuth: { ...(inputs.masterAuth as object), clusterCaCertificate: "Y2VydGlmaWNhdGU=" },
      };
    case "gcp:serviceaccount/account:Account":
      return { email: `${inputs.accountId}@acme-ai-prod.${universe.serviceAccountDomain}` };
    default:
      return {};
  }
}

/** Builds a cluster without an engine, and returns every resource that it registered. */
export async function recordGke(args: GkeClusterArgs): Promise<GkeRecording> {
  const universe = args.universe ?? universeOf(args.cluster.region);
  const resources: Recorded[] = [];
  class Monitor extends MockMonitor {
    // biome-ignore lint/suspicious/noExplicitAny: the engine's protocol, which the SDK does not type here either.
    override async registerResource(request: any, callback: (error: unknown, response: any) => void): Promise<void> {
      let inputs: Record<string, unknown> = {};
      this.mocks.newResource = (resource) => {
        inputs = resource.inputs;
        const id = resource.custom ? `${resource.type.split(":").at(-1)}/${inputs.name ?? resource.name}` : undefined;
        return { id, state: { ...inputs, ...outputs(resource.type, inputs, universe) } };
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
  pulumi.runtime.setMockOptions(monitor, "ai-platform", args.stack);
  const cluster = new GkeCluster("cluster", args, {});
  const kubeconfig = await new Promise<string>((resolve) => {
    cluster.access.kubeconfig.apply(resolve);
  });
  await pulumi.runtime.disconnect();
  return new GkeRecording(resources, cluster, kubeconfig);
}
