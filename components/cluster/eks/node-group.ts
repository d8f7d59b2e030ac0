import * as ec2 from "@pulumi/aws/ec2";
import * as eks from "@pulumi/aws/eks";
import type { Input, Output, Resource } from "@pulumi/pulumi";
import { eksImageRelease } from "../../../catalog/eks";
import { type EksMinor, eksAmiTypes } from "../../../catalog/kubernetes";
import { isGpuPool } from "../../../stacks/environment";
import type { NodePool } from "../node-pool";
import type { Location } from "./location";
import type { Network } from "./network";
import type { NodeShape, Taint } from "./nodes";

export interface NodeGroupArgs {
  readonly location: Location;
  readonly minor: EksMinor;
  /** The cluster's name, known once it exists. */
  readonly clusterName: Output<string>;
  readonly network: Network;
  /** The cluster's own security group. */
  readonly securityGroupId: Output<string>;
  /** Key of the nodes' volumes. */
  readonly keyArn: Output<string>;
  /** Role of the nodes. EKS itself lets nodes of that role join. */
  readonly roleArn: Output<string>;
  /** What launched machines, their volumes and interfaces are tagged with; the provider's tags do not reach them. */
  readonly tags: Readonly<Record<string, string>>;
  /** What nodes need from their first minute. */
  readonly after: readonly Resource[];
}

/** Where Amazon Linux has its root volume. Source: awslabs/amazon-eks-ami doc/usage/al2023.md, 2026-07. */
export const rootDevice = "/dev/xvda";

/** Only signed requests reach a machine's metadata, and none from inside a pod: an answer travels one hop, not two. */
export const metadataHops = 1;

/**
 * A managed node group of one pool, below the pool. Nodes are of Amazon Linux: its NVIDIA image brings the driver and no
 * device plugin, so that whatever the environment states hands out the GPUs.
 */
export function nodeGroup(parent: NodePool, shape: NodeShape, args: NodeGroupArgs): eks.NodeGroup {
  const { pool } = shape;
  const { location } = args;
  const name = `${location.cluster}-${pool.name}`;
  const placement = shape.together ? placementGroup(parent, name) : undefined;
  const template = new ec2.LaunchTemplate(
    pool.name,
    {
      name,
      updateDefaultVersion: true,
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: metadataHops,
        httpProtocolIpv6: "disabled",
        instanceMetadataTags: "disabled",
      },
      blockDeviceMappings: [
        {
          deviceName: rootDevice,
          ebs: {
            volumeType: "gp3",
            volumeSize: shape.volumeGib,
            encrypted: "true",
            kmsKeyId: args.keyArn,
            deleteOnTermination: "true",
          },
        },
      ],
      ...networking(shape, args.securityGroupId),
      placement: placement && { groupName: placement.name },
      capacityReservationSpecification:
        shape.reservation === undefined ? undefined : fromReservation(shape.reservation),
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags: { ...args.tags, Name: name },
      })),
      tags: { Name: name },
    },
    { parent },
  );
  const gpu = isGpuPool(pool);
  return new eks.NodeGroup(
    pool.name,
    {
      clusterName: args.clusterName,
      nodeGroupName: pool.name,
      nodeRoleArn: args.roleArn,
      version: args.minor,
      releaseVersion: eksImageRelease(args.minor),
      amiType: eksAmiTypes.amazonLinux[gpu ? "gpu" : "cpu"],
      capacityType: pool.capacity === "spot" ? "SPOT" : "ON_DEMAND",
      instanceTypes: [shape.type],
      subnetIds: shape.zones.map((zone) => args.network.nodeSubnets.get(zone)!),
      scalingConfig: { minSize: pool.min, desiredSize: pool.min, maxSize: Math.max(pool.max, 1) },
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      labels: shape.labels,
      taints: shape.taints.map(asEksTaint),
      // New machines with GPUs may not be had while the old ones run: there the old ones go first.
      updateConfig: { maxUnavailable: 1, updateStrategy: gpu ? "MINIMAL" : "DEFAULT" },
      nodeRepairConfig: { enabled: true },
      tags: { Name: name },
    },
    // Its name is the pool's, so that there is never a second one beside it.
    { parent, dependsOn: [...args.after], deleteBeforeReplace: true },
  );
}

/** A group of machines that stand close together. */
export const placementGroup = (parent: NodePool, name: string): ec2.PlacementGroup =>
  new ec2.PlacementGroup(parent.pool.name, { name, strategy: "cluster", tags: { Name: name } }, { parent });

/** Security groups stand on each interface where interfaces are stated, and nowhere else. */
function networking(shape: NodeShape, group: Input<string>): Partial<ec2.LaunchTemplateArgs> {
  if (shape.interfaces.length === 0) {
    return { vpcSecurityGroupIds: [group] };
  }
  return {
    networkInterfaces: shape.interfaces.map((networkInterface) => ({
      ...networkInterface,
      securityGroups: [group],
      deleteOnTermination: "true",
    })),
  };
}

/** Machines from the reservation named, or none: not what is open by chance, and nothing at list price. */
const fromReservation = (id: string): ec2.LaunchTemplateArgs["capacityReservationSpecification"] => ({
  capacityReservationPreference: "capacity-reservations-only",
  capacityReservationTarget: { capacityReservationId: id },
});

const asEksTaint = ({ key, value }: Taint) => ({ key, value, effect: "NO_SCHEDULE" });
