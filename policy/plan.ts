import { output } from "@pulumi/pulumi";
import { type AwsPartitionName, arn, type PartitionName, partitions } from "../catalog/partitions";
import { type RegionName, regions } from "../catalog/regions";
import { Platform } from "../components/platform";
import { type Computed, type RecordedResource, recordProgram } from "../components/recording";
import { type PlatformOutputs, TeamModels } from "../components/serving/team";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import type { Properties, Resource } from "./rule";

/**
 * What the program of an environment registers, without an engine: the resources that the engine would show to the
 * rules, save for the objects inside charts and manifests, which a provider renders. Attributes that only a cloud knows
 * have made-up values of the right form. For tests, and for whoever wants an answer in a second.
 */
export async function planOf(environment: Environment): Promise<readonly Resource[]> {
  const { team } = environment;
  const attributes = attributesIn(environment);
  if (team === undefined) {
    const { resources } = await recordProgram(
      environment.stack,
      () => new Platform("platform", environment),
      attributes,
    );
    return resources.map((resource) => resourceOf(resource, resources));
  }
  let platform: PlatformOutputs | undefined;
  const below = loadEnvironment(team.platform);
  await recordProgram(
    below.stack,
    () =>
      output(new Platform("platform", below).published).apply((published) => {
        platform = published as unknown as PlatformOutputs;
      }),
    attributes,
  );
  if (platform === undefined) throw new Error(`${team.platform} published nothing`);
  const outputs = platform;
  const { resources } = await recordProgram(
    environment.stack,
    () => new TeamModels("team", { environment, team, platform: outputs }),
    attributes,
  );
  return resources.map((resource) => resourceOf(resource, resources));
}

function resourceOf(resource: RecordedResource, all: readonly RecordedResource[]): Resource {
  const { urn, type, name, inputs, parent, protect, remote, ignoreChanges } = resource;
  const provider = all.find((candidate) => resource.provider.startsWith(`${candidate.urn}::`));
  return {
    urn,
    type,
    name,
    props: remote ? {} : (inputs as Properties),
    secrets: [],
    provider: provider && {
      type: provider.type.replace(/^pulumi:providers:/, ""),
      name: provider.name,
      props: provider.inputs as Properties,
    },
    options: { protect, ignoreChanges, ...(parent === "" ? {} : { parent }) },
  };
}

/** Attributes that AWS and Google would add, in the partition or universe that the environment stands in. */
function attributesIn({ cluster }: Environment): Computed {
  const { partition, dnsSuffix } = regions[cluster.region as RegionName] ?? { partition: "", dnsSuffix: "" };
  const account = cluster.kind === "eks" ? cluster.account : "";
  const arnOf = (service: string, resource: string) =>
    arn(
      partition as AwsPartitionName,
      service,
      ["iam", "s3"].includes(service) ? "" : cluster.region,
      service === "s3" ? "" : account,
      resource,
    );
  return (type, name, inputs) => {
    const [, service = "", kind = ""] = /^aws:([^/]+)\/([^:]+):/.exec(type) ?? [];
    const named = service === "" ? {} : { arn: arnOf(service, `${kind.toLowerCase()}/${name}`) };
    switch (type) {
      case "aws:eks/cluster:Cluster":
        return {
          arn: arnOf("eks", `cluster/${inputs.name}`),
          endpoint: `https://0123456789ABCDEF.gr7.${cluster.region}.eks.${dnsSuffix}`,
          certificateAuthority: { data: "Y2E=" },
          vpcConfig: { ...(inputs.vpcConfig as object), clusterSecurityGroupId: "sg-0123456789abcdef0" },
        };
      case "aws:ec2/launchTemplate:LaunchTemplate":
        return { ...named, latestVersion: 1 };
      case "aws:kms/key:Key":
        return { ...named, keyId: name };
      case "aws:sqs/queue:Queue":
        return { arn: arnOf("sqs", name), url: `https://sqs.example.org/${name}` };
      case "gcp:kms/keyRing:KeyRing":
        return cluster.kind === "gke"
          ? { id: `projects/${cluster.project}/locations/${inputs.location}/keyRings/${inputs.name}` }
          : {};
      case "gcp:kms/cryptoKey:CryptoKey":
        return { id: `${inputs.keyRing}/cryptoKeys/${inputs.name}` };
      case "gcp:container/cluster:Cluster":
        return {
          endpoint: "172.16.1.2",
          masterAuth: { ...(inputs.masterAuth as object), clusterCaCertificate: "Y2E=" },
        };
      case "gcp:serviceaccount/account:Account": {
        const universe = partitions[partition as PartitionName];
        const project = cluster.kind === "gke" ? cluster.project : "";
        return universe.provider === "gcp"
          ? { email: `${inputs.accountId}@${project}.${universe.serviceAccountDomain}` }
          : {};
      }
      default:
        return named;
    }
  };
}
