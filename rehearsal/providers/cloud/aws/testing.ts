import type { Properties } from "../../kubernetes/values";
import { type Held, type ProviderEngine, plain } from "../../testing";
import { tokens } from "./tokens";

export const account = "123456789012";

export const configFor = (region: string): Record<string, string> => ({
  region,
  allowedAccountIds: JSON.stringify([account]),
});

/** A trust policy for one service, by its principal. */
export const trust = (principal: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: principal } }],
  });

/** Everything up to a cluster with one node group. */
export interface Platform {
  readonly vpc: Held;
  readonly subnets: readonly Held[];
  readonly role: Held;
  readonly key: Held;
  readonly cluster: Held;
  readonly nodeGroup: Held;
}

export const clusterInputs = (subnets: readonly Held[], role: Held, more: Properties = {}): Properties => ({
  name: "ai",
  roleArn: plain(role).arn,
  version: "1.36",
  vpcConfig: { subnetIds: subnets.map(({ id }) => id), endpointPrivateAccess: true },
  ...more,
});

export const nodeGroupInputs = (subnets: readonly Held[], role: Held, more: Properties = {}): Properties => ({
  clusterName: "ai",
  nodeGroupName: "h100",
  nodeRoleArn: plain(role).arn,
  subnetIds: subnets.map(({ id }) => id),
  instanceTypes: ["p5.48xlarge"],
  scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 2 },
  labels: { "ai-platform/pool": "h100" },
  taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
  ...more,
});

/** A VPC with subnets in the zones named. */
export async function makeNetwork(
  engine: ProviderEngine,
  region: string,
  zones: readonly string[] = ["a", "b"],
): Promise<{ vpc: Held; subnets: Held[] }> {
  const vpc = await engine.create(tokens.vpc, "main", { cidrBlock: "10.0.0.0/16" });
  const subnets: Held[] = [];
  for (const [index, zone] of zones.entries()) {
    const cidrBlock = `10.0.${index * 16}.0/20`;
    const inputs = { vpcId: vpc.id, cidrBlock, availabilityZone: `${region}${zone}` };
    subnets.push(await engine.create(tokens.subnet, `nodes-${zone}`, inputs));
  }
  return { vpc, subnets };
}

export async function makePlatform(engine: ProviderEngine, region: string): Promise<Platform> {
  const { vpc, subnets } = await makeNetwork(engine, region);
  const role = await engine.create(tokens.role, "eks", { assumeRolePolicy: trust("eks.amazonaws.com") });
  const key = await engine.create(tokens.key, "secrets", { enableKeyRotation: true });
  const encryptionConfig = { provider: { keyArn: plain(key).arn }, resources: ["secrets"] };
  const cluster = await engine.create(tokens.cluster, "ai", clusterInputs(subnets, role, { encryptionConfig }));
  const nodeGroup = await engine.create(tokens.nodeGroup, "h100", nodeGroupInputs(subnets, role));
  return { vpc, subnets, role, key, cluster, nodeGroup };
}
