import type { Output } from "@pulumi/pulumi";
import { eksImageAlias } from "../../../catalog/eks";
import { isGpuPool } from "../../../stacks/environment";
import type { NodePool } from "../node-pool";
import type { Karpenter } from "./karpenter";
import { Ec2NodeClass, KarpenterNodePool } from "./karpenter-types";
import type { Location } from "./location";
import { discoveryTag } from "./network";
import { metadataHops, placementGroup, rootDevice } from "./node-group";
import type { NodeShape } from "./nodes";

export interface KarpenterPoolArgs {
  readonly location: Location;
  readonly karpenter: Karpenter;
  /** The cluster's own security group. */
  readonly securityGroupId: Output<string>;
  /** Key of the nodes' volumes. */
  readonly keyArn: Output<string>;
  /** What machines, volumes and interfaces are tagged with. */
  readonly tags: Readonly<Record<string, string>>;
}

/** After it a node is replaced, so that none is older than what is known to be wrong with it; upstream's default. */
const lifetime = "720h";

/** How long a node may take to empty before it goes with what is left. */
const patience = "1h";

/**
 * What Karpenter is to make of one pool, below the pool.
 *
 * A GPU node goes only when it is empty: a model server that has loaded its weights is not moved to save a fraction of a
 * machine. Where the DRA driver hands the GPUs out, Karpenter v1.14 never takes a node for empty, since it waits for the
 * node to report `nvidia.com/gpu` as its own; such nodes go when their lifetime ends
 * (kubernetes-sigs/karpenter v1.14.1 pkg/controllers/nodeclaim/lifecycle/initialization.go; see the component's page).
 */
export function karpenterPool(parent: NodePool, shape: NodeShape, args: KarpenterPoolArgs): void {
  const { pool } = shape;
  const { location, karpenter } = args;
  // All of it: nodes that it made are gone before anything that it needs to take them away.
  const after = { parent, dependsOn: [karpenter] };
  const group = shape.together ? placementGroup(parent, `${location.cluster}-${pool.name}`) : undefined;
  const nodeClass = new Ec2NodeClass(
    pool.name,
    {
      metadata: { name: pool.name },
      spec: {
        amiSelectorTerms: [{ alias: eksImageAlias }],
        instanceProfile: karpenter.instanceProfile,
        subnetSelectorTerms: [{ tags: { [discoveryTag]: location.cluster } }],
        securityGroupSelectorTerms: [{ id: args.securityGroupId }],
        ...(shape.reservation !== undefined && { capacityReservationSelectorTerms: [{ id: shape.reservation }] }),
        ...(group !== undefined && { placementGroupSelector: { name: group.name } }),
        ...(shape.interfaces.length > 0 && { networkInterfaces: shape.interfaces }),
        metadataOptions: {
          httpEndpoint: "enabled",
          httpProtocolIPv6: "disabled",
          httpPutResponseHopLimit: metadataHops,
          httpTokens: "required",
        },
        blockDeviceMappings: [
          {
            deviceName: rootDevice,
            rootVolume: true,
            ebs: {
              volumeType: "gp3",
              volumeSize: `${shape.volumeGib}Gi`,
              encrypted: true,
              kmsKeyID: args.keyArn,
              deleteOnTermination: true,
            },
          },
        ],
        tags: args.tags,
      },
    },
    after,
  );
  new KarpenterNodePool(
    pool.name,
    {
      metadata: { name: pool.name },
      spec: {
        template: {
          metadata: { labels: shape.labels },
          spec: {
            nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: nodeClass.metadata.name },
            requirements: [
              { key: "node.kubernetes.io/instance-type", operator: "In", values: [shape.type] },
              { key: "karpenter.sh/capacity-type", operator: "In", values: [pool.capacity] },
              {
                key: "topology.kubernetes.io/zone",
                operator: "In",
                values: shape.zones.map((zone) => `${location.region}${zone}`),
              },
              { key: "kubernetes.io/os", operator: "In", values: ["linux"] },
            ],
            taints: shape.taints,
            expireAfter: lifetime,
            terminationGracePeriod: patience,
          },
        },
        limits: {
          nodes: String(pool.max),
          ...(isGpuPool(pool) && { "nvidia.com/gpu": String(pool.max * pool.perNode) }),
        },
        disruption: {
          ...(isGpuPool(pool)
            ? { consolidationPolicy: "WhenEmpty", consolidateAfter: "10m" }
            : { consolidationPolicy: "WhenEmptyOrUnderutilized", consolidateAfter: "1m" }),
          budgets: [{ nodes: "10%" }],
        },
      },
    },
    after,
  );
}
