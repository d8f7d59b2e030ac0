import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider } from "@pulumi/kubernetes/provider";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { eksMinor } from "../../../catalog/eks";
import { type Environment, isGpuPool, type Mirror, type Pool } from "../../../stacks/environment";
import { allocationTags } from "../../allocation";
import type { AuditLogs } from "../audit-logs";
import type { Capabilities, Cluster, ClusterAccess } from "../cluster";
import { NodePool } from "../node-pool";
import { ClusterAddons, NodeAddons } from "./addons";
import { ControlPlane } from "./control-plane";
import { Encryption } from "./encryption";
import { Karpenter } from "./karpenter";
import { karpenterPool } from "./karpenter-pool";
import { type EksSettings, locationOf } from "./location";
import { Network } from "./network";
import { nodeGroup } from "./node-group";
import { type NodeShape, nodeShape } from "./nodes";
import { Role } from "./role";
import { defaultStorage } from "./storage";

export interface EksClusterArgs {
  /** Account, region, network, key and administrators. Source: `cluster` of the environment. */
  readonly cluster: EksSettings;
  /** Nodes. Source: `pools` of the environment. */
  readonly pools: readonly Pool[];
  /** Whose resources these are, as their tags say. Source: `stack` of the environment. */
  readonly stack: string;
  /** Who pays for them. Source: `budget.costCentre` of the environment. */
  readonly costCentre?: string;
  /** In production it is kept from deletion unless stated otherwise, and leaves by every zone. */
  readonly tier: Environment["tier"];
  /** How long logs are kept. Source: `tier` and `jurisdiction` of the environment. */
  readonly auditLogs: AuditLogs;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** What a node may do: join, and pull images. Pods get rights of their own. */
const nodePolicies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"];

/** Where EKS's image has NVIDIA's driver: where any program on the machine would look for it. */
const driverRoot = "/";

/**
 * A cluster of its own on EKS: network, key, control plane, add-ons and nodes, all in one account and region and in no
 * partition but that of the region.
 *
 * @throws before anything is created, when no CPU pool has nodes from the start, and for what `nodeShape` refuses.
 */
export class EksCluster extends ComponentResource implements Cluster {
  readonly clusterName: string;
  readonly provider: Provider;
  readonly access: ClusterAccess;
  readonly region: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly NodePool[];

  constructor(name: string, args: EksClusterArgs, opts: ComponentResourceOptions) {
    const { cluster: settings, tier, auditLogs } = args;
    const production = tier === "production";
    const location = locationOf(settings);
    const minor = eksMinor(settings.kubernetes);
    const shapes = args.pools.map((pool) => nodeShape(pool, settings.network));
    const homes = shapes.filter(isHome);
    if (homes.length === 0) {
      throw new Error(
        'pools: no CPU pool has nodes from the start: state one with nodes: "group" and min of at least 1, for what runs the cluster itself',
      );
    }
    super("ai-platform:cluster:EksCluster", name, {}, opts);
    this.clusterName = location.cluster;
    this.region = location.region;
    const karpenterPools = shapes.filter(({ pool }) => pool.nodes === "karpenter");
    this.capabilities = {
      nvidiaDriverRoot: driverRoot,
      criticalPodsNeedQuota: false,
      autoscaler: karpenterPools.length > 0 ? "karpenter" : "none",
      provides: [],
    };

    const tags = { ...allocationTags(args), "ai-platform/managed-by": "pulumi" };
    const aws = new AwsProvider(
      "aws",
      { region: location.region, allowedAccountIds: [location.account], defaultTags: { tags } },
      { parent: this },
    );
    const onAws = { parent: this, providers: [aws] };

    const { keyArn } = new Encryption("key", { location, encryption: settings.encryption }, onAws);
    const network = new Network(
      "network",
      { location, network: settings.network, keyArn, highlyAvailable: production, auditLogs },
      onAws,
    );
    const controlPlane = new ControlPlane(
      "control-plane",
      {
        location,
        settings,
        network,
        keyArn,
        protectedFromDeletion: settings.deletionProtection ?? production,
        auditLogs,
      },
      onAws,
    );
    const { clusterName, securityGroupId } = controlPlane;
    const nodeAddons = new NodeAddons("node-addons", { location, minor, clusterName }, onAws);

    // As policies know zones: by their whole names.
    const inZones = (pool: Pool): Pool => ({
      ...pool,
      ...(pool.zones === undefined ? {} : { zones: pool.zones.map((zone) => `${location.region}${zone}`) }),
    });
    const pools = new Map<NodeShape, NodePool>();
    const role = new Role("node", { location, service: "ec2", managedPolicies: nodePolicies }, onAws);
    const groupArgs = { location, minor, clusterName, network, securityGroupId, keyArn, roleArn: role.arn, tags };
    const homeGroups: NodePool[] = [];
    for (const shape of shapes.filter(({ pool }) => pool.nodes === "group")) {
      const pool = new NodePool({ pool: inZones(shape.pool), region: location.region }, onAws);
      nodeGroup(pool, shape, { ...groupArgs, after: [role, nodeAddons] });
      pools.set(shape, pool);
      if (isHome(shape)) {
        homeGroups.push(pool);
      }
    }
    const clusterAddons = new ClusterAddons(
      "cluster-addons",
      { location, minor, clusterName, keyArn, after: homeGroups },
      onAws,
    );

    this.access = { kubeconfig: controlPlane.kubeconfig };
    this.provider = new Provider(
      "kubernetes",
      {
        kubeconfig: controlPlane.kubeconfig,
        // Objects are shared with controllers: each side owns the fields that it writes, and a conflict is an error.
        enableServerSideApply: true,
      },
      // An object is only applied once it would be let in, and its pods would run.
      { parent: this, dependsOn: [controlPlane, nodeAddons, ...homeGroups, clusterAddons] },
    );
    const onBoth = { parent: this, providers: [aws, this.provider] };
    defaultStorage(this, this.provider, keyArn, tags);

    if (karpenterPools.length > 0) {
      const karpenter = new Karpenter(
        "karpenter",
        {
          location,
          controlPlane,
          keyArn,
          nodePolicies,
          closed: settings.network.egress === "none",
          homes: homes.reduce((sum, { pool }) => sum + pool.min, 0),
          mirror: args.mirror,
        },
        onBoth,
      );
      for (const shape of karpenterPools) {
        const pool = new NodePool({ pool: inZones(shape.pool), region: location.region }, onBoth);
        karpenterPool(pool, shape, { location, karpenter, securityGroupId, keyArn, tags });
        pools.set(shape, pool);
      }
    }
    this.pools = shapes.map((shape) => pools.get(shape)!);
    this.registerOutputs({ clusterName: this.clusterName, region: this.region, capabilities: this.capabilities });
  }
}

/** Whether what runs the cluster itself can run there. */
const isHome = ({ pool }: NodeShape): boolean => !isGpuPool(pool) && pool.nodes === "group" && pool.min > 0;
