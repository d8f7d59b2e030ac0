import * as container from "@pulumi/gcp/container";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider";
import { Provider } from "@pulumi/kubernetes/provider";
import { all, ComponentResource, type ComponentResourceOptions, type Output, secret } from "@pulumi/pulumi";
import { gkeDriverInstaller } from "../../../catalog/gke";
import type { GoogleUniverse } from "../../../catalog/partitions";
import { universeOf } from "../../../catalog/regions";
import type { Environment, Mirror, Pool } from "../../../stacks/environment";
import { allocationLabels } from "../../allocation";
import type { AuditLogs } from "../audit-logs";
import type { Capabilities, Cluster, ClusterAccess } from "../cluster";
import { NodePool } from "../node-pool";
import { admission } from "./admission";
import { GkeAudit } from "./audit";
import { checkGke, systemPool } from "./checks";
import { controlPlane } from "./control-plane";
import { cosDriverRoot, GkeDriver, needsInstaller } from "./driver";
import { GkeEncryption } from "./encryption";
import { GkeFabric } from "./fabric";
import { GkeFabricObjects } from "./fabric-objects";
import { GkeIdentity } from "./identity";
import { kubeconfig } from "./kubeconfig";
import { labelValue } from "./names";
import { GkeNetwork } from "./network";
import { nodeGroup } from "./node-pools";
import { GkeProject } from "./project";
import type { GkeSettings } from "./settings";
import { defaultStorage } from "./storage";

export interface GkeClusterArgs {
  /** Project, region, network, keys and administrators. Source: `cluster` of the environment. */
  readonly cluster: GkeSettings;
  /** The nodes that are to be made. Source: `pools` of the environment. */
  readonly pools: readonly Pool[];
  /** Registries that the cluster admits images from. Source: `jurisdiction.registries`. */
  readonly registries: readonly string[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
  /** Name of the stack: every resource that can have labels carries it, so that bills can be told apart. */
  readonly stack: string;
  /** Source: `tier` of the environment; in the labels, as is who pays. */
  readonly tier: Environment["tier"];
  /** Source: `budget.costCentre` of the environment. */
  readonly costCentre?: string;
  /** Range from which GKE's load balancers call pods, where GKE brings the Gateway to life. Source: `gateway.gke`. */
  readonly proxyRange?: string;
  /** How long logs are kept. Source: `tier` and `jurisdiction` of the environment. */
  readonly auditLogs: AuditLogs;
  /** Whether Google's support has to ask before it looks at data. Source: `jurisdiction.sovereign` of the environment. */
  readonly supportAsks: boolean;
  /** Whether nothing that holds data may be deleted by an update. Source: `tier` of the environment. */
  readonly protectedFromDeletion: boolean;
  /** The Google cloud that the region belongs to. Default: what the catalog says of the region. */
  readonly universe?: GoogleUniverse;
}

/** Where the driver lies when the GPU Operator installs it. Source: dra-driver-nvidia-gpu docs, 2026-06. */
const operatorDriverRoot = "/run/nvidia/driver";

/**
 * A private regional GKE cluster, with its network, keys and node pools.
 *
 * @throws GkeError before anything is created, when GKE or the universe does not have what is asked for.
 */
export class GkeCluster extends ComponentResource implements Cluster {
  readonly clusterName: string;
  readonly provider: Provider;
  readonly access: ClusterAccess & { readonly kubeconfig: Output<string> };
  readonly region: string;
  readonly capabilities: Capabilities;
  readonly pools: readonly NodePool[];

  constructor(name: string, args: GkeClusterArgs, opts: ComponentResourceOptions) {
    const { cluster, pools, registries, mirror, auditLogs, supportAsks, protectedFromDeletion, proxyRange } = args;
    const allocation = allocationLabels(args);
    const universe = args.universe ?? universeOf(cluster.region);
    checkGke({ cluster, universe, pools, mirror });
    super("ai-platform:cluster:GkeCluster", name, {}, opts);
    this.clusterName = cluster.name;
    this.region = cluster.region;
    this.capabilities = {
      nvidiaDriverRoot: pools.some(({ driver }) => driver === "operator") ? operatorDriverRoot : cosDriverRoot,
      criticalPodsNeedQuota: true,
      autoscaler: "gke",
      provides: [],
    };

    const google = new GoogleProvider(
      "google",
      {
        project: cluster.project,
        region: cluster.region,
        universeDomain: universe.dnsSuffix,
        addPulumiAttributionLabel: false,
        defaultLabels: {
          "managed-by": "pulumi",
          ...allocation,
          "ai-platform-cluster": labelValue(cluster.name),
        },
      },
      { parent: this },
    );
    const onGoogle = { parent: this, providers: [google] };
    const project = new GkeProject("project", { cluster, supportAsks, protectedFromDeletion }, onGoogle);
    const network = new GkeNetwork("network", { cluster, universe, proxyRange, after: project }, onGoogle);
    const fabric = new GkeFabric("fabric", { cluster, pools, after: project }, onGoogle);
    const encryption = new GkeEncryption(
      "encryption",
      { cluster, universe, protectedFromDeletion, after: project },
      onGoogle,
    );
    const audit = new GkeAudit(
      "audit",
      { cluster, auditLogs, keyName: encryption.logs, after: [project, encryption] },
      onGoogle,
    );
    const identity = new GkeIdentity("identity", { cluster, after: project }, onGoogle);
    const installer = pools.some(needsInstaller);
    const admitted = admission(
      "admission",
      { registries, local: installer ? [gkeDriverInstaller.image] : [] },
      { parent: this, provider: google, dependsOn: [project] },
    );
    const made = new container.Cluster(
      "cluster",
      controlPlane({
        cluster,
        universe,
        pools,
        protectedFromDeletion,
        network,
        encryption,
        identity,
        multiNetworking: fabric.interfaces.length > 0,
        gateway: proxyRange !== undefined,
      }),
      {
        parent: this,
        provider: google,
        dependsOn: [network, encryption, audit, identity, admitted],
        // Of the first pool, which is gone.
        ignoreChanges: ["nodeConfig", "initialNodeCount"],
      },
    );

    const after = [identity, encryption, fabric];
    const groups = new Map<Pool, container.NodePool>();
    this.pools = pools.map((pool) => {
      const component = new NodePool({ pool, region: cluster.region }, onGoogle);
      if (pool.nodes === "group") {
        const interfaces = fabric.interfacesOf(pool);
        const { nodes } = identity;
        const { disks } = encryption;
        groups.set(
          pool,
          nodeGroup(component, pool, {
            cluster,
            controlPlane: made,
            interfaces,
            nodes,
            disks,
            labels: allocation,
            after,
          }),
        );
      }
      return component;
    });

    this.access = {
      kubeconfig: secret(
        all([made.endpoint, made.masterAuth]).apply(([endpoint, { clusterCaCertificate }]) =>
          kubeconfig(cluster.name, endpoint, clusterCaCertificate),
        ),
      ),
    };
    this.provider = new Provider(
      "kubernetes",
      {
        kubeconfig: this.access.kubeconfig,
        // Objects are shared with controllers: each side owns the fields that it writes, and a conflict is an error.
        enableServerSideApply: true,
      },
      { parent: this, dependsOn: [groups.get(systemPool(pools)!)!, identity] },
    );
    const inCluster = { parent: this, providers: [this.provider] };
    defaultStorage(encryption.disks, allocation, { parent: this, provider: this.provider });
    if (installer) {
      new GkeDriver("driver", inCluster);
    }
    if (fabric.interfaces.length > 0) {
      new GkeFabricObjects("fabric-objects", { interfaces: fabric.interfaces }, inCluster);
    }
    this.registerOutputs({ clusterName: this.clusterName, region: this.region, capabilities: this.capabilities });
  }
}
