import type { Environment, Mirror, Pool } from "../../../stacks/environment";
import { devicesLabel, poolLabel } from "../../labels";
import { type Computed, type Recording, recordProgram } from "../../recording";
import type { AuditLogs } from "../audit-logs";
import { EksCluster } from "./eks";
import type { EksSettings } from "./location";

/** A cluster in Stockholm, closed from outside, with a way out. `change` is laid over it. */
export const settings = (change: Partial<EksSettings> = {}): EksSettings => ({
  kind: "eks",
  name: "ai-prod",
  account: "111122223333",
  region: "eu-north-1",
  kubernetes: "1.36",
  network: { cidr: "10.80.0.0/16", serviceCidr: "172.20.0.0/16", zones: ["a", "b", "c"], egress: "nat", peers: [] },
  endpoint: { access: "private" },
  encryption: { key: "create" },
  adminRoles: ["PlatformAdmin", "deploy/Pipeline"],
  ...change,
});

const common = { capacity: "on-demand", nodes: "group", multiNode: false, devices: { owner: "dra" } } as const;

export const cpuPool = (change: Partial<Pool> = {}): Pool => ({
  ...common,
  name: "system",
  min: 3,
  max: 3,
  machine: { cpus: 16, memoryGib: 64, type: "m7i.4xlarge" },
  labels: { [poolLabel]: "system" },
  ...change,
});

/** Nodes of eight H100. */
export const gpuPool = (change: Partial<Pool> = {}): Pool => ({
  ...common,
  name: "h100",
  accelerator: "h100-80gb",
  perNode: 8,
  min: 2,
  max: 2,
  driver: "image",
  machine: { cpus: 192, memoryGib: 2048, type: "p5.48xlarge" },
  labels: { [poolLabel]: change.name ?? "h100", [devicesLabel]: "dra" },
  ...change,
});

/** Nodes of eight L40S that Karpenter makes from spot capacity. */
export const burstPool = (change: Partial<Pool> = {}): Pool =>
  gpuPool({
    name: "burst",
    accelerator: "l40s-48gb",
    nodes: "karpenter",
    capacity: "spot",
    min: 0,
    max: 4,
    machine: { cpus: 192, memoryGib: 1536, type: "g6e.48xlarge" },
    ...change,
  });

export interface EksRecording {
  readonly recording: Recording;
  readonly cluster: EksCluster;
}

/** Builds a cluster without an engine. All kinds of pools, and a production cluster, by default. */
export async function recordEks(
  change: Partial<EksSettings> = {},
  pools: readonly Pool[] = [cpuPool(), gpuPool({ multiNode: true, zones: ["b"] }), burstPool()],
  {
    tier = "production",
    mirror = {},
    auditLogs = { days: 365, outliveStack: tier === "production" },
  }: { tier?: Environment["tier"]; mirror?: Mirror; auditLogs?: AuditLogs } = {},
): Promise<EksRecording> {
  let cluster: EksCluster | undefined;
  const recording = await recordProgram(
    "prod",
    () => {
      cluster = new EksCluster(
        "cluster",
        { cluster: settings(change), pools, stack: "prod", tier, mirror, auditLogs },
        {},
      );
    },
    eksAttributes,
  );
  return { recording, cluster: cluster! };
}

/** Attributes that AWS would add, recognisable and without any partition of their own. */
export const eksAttributes: Computed = (type, name) => ({
  arn: `<arn of ${name}>`,
  ...(type === "aws:eks/cluster:Cluster" && {
    endpoint: "https://api.example",
    certificateAuthority: { data: "Y2E=" },
    vpcConfig: { clusterSecurityGroupId: "sg-cluster" },
  }),
  ...(type === "aws:ec2/launchTemplate:LaunchTemplate" && { latestVersion: 7 }),
  ...(type === "aws:kms/key:Key" && { keyId: "key-1" }),
  ...(type === "aws:sqs/queue:Queue" && { url: `<url of ${name}>` }),
});

/** A policy document among inputs. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into documents of every kind.
export const documentOf = (inputs: Record<string, unknown>, field = "policy"): any =>
  JSON.parse(inputs[field] as string);
