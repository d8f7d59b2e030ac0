import { ComponentResource, type ComponentResourceOptions, output } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { Mirror } from "../../stacks/environment";
import type { Cluster } from "../cluster/cluster";
import { customResource, type Inputs } from "../custom-resource";
import type { InferenceGateway } from "../gateway/gateway";
import {
  componentLabel,
  endpointPicker,
  gatewayNameLabel,
  namespaceNameLabel,
  servingLabel,
  tenantLabel,
} from "../labels";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { gpuDaemonTolerations } from "../scheduling/placement";
import { anywhere, called, podsOf, tcp, webhookPort } from "../traffic";

export interface IdentityArgs {
  readonly cluster: Cluster;
  /** The gateway, which gets an identity of its own. */
  readonly gateway: InferenceGateway;
  /** The SPIFFE trust domain. Source: `identity` of the environment. */
  readonly trustDomain: string;
  /**
   * Whether the server keeps its keys and entries on a volume of the cluster's default StorageClass. Otherwise they are
   * lost with its pod, and agents and workloads are attested anew. Source: `tier` of the environment.
   */
  readonly durable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: "Exists" }[];
}

/** Source: spire-crds 0.6.0, clusterspiffeids.spire.spiffe.io. */
interface ClusterSpiffeIdSpec {
  /** Which controller manager acts on it: the chart's does so only for its own class. */
  readonly className: string;
  readonly spiffeIDTemplate: string;
  readonly namespaceSelector: LabelSelector;
  readonly podSelector: LabelSelector;
}

const ClusterSpiffeId = customResource<ClusterSpiffeIdSpec>("spire-crds", "ClusterSPIFFEID");

/** Namespace of the SPIRE server, apart from the agents, which are privileged. The chart's recommended layout. */
const serverNamespace = "spire-server";

/** Port on which the server's pods answer agents. Source: spiffe/helm-charts-hardened charts/spire-server/templates/configmap.yaml, `bind_port`. */
const agentPort = 8081;

/** Port of the kubelet's API. */
const kubeletPort = 10_250;

/** A workload is who its service account is, in its namespace: that is what Kubernetes itself attests. */
const spiffeIDTemplate = "spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}";

/** SPIRE, and the identities of what serves models. */
export class Identity extends ComponentResource {
  readonly spire: Release;
  readonly trustDomain: string;

  constructor(name: string, args: IdentityArgs, opts: ComponentResourceOptions) {
    super("ai-platform:identity:Identity", name, {}, opts);
    const { cluster, mirror } = args;
    const child = { parent: this };
    const entry = releases.spire;
    this.trustDomain = args.trustDomain;

    const definitions = new Release({ release: "spire-crds", mirror }, child);
    const system = new Namespace(
      "spire-system",
      {
        name: entry.namespace,
        // Agents and the CSI driver hand sockets to pods through host paths.
        podSecurity: "privileged",
        traffic: {
          callApi: true,
          // Whose a process is, an agent asks the kubelet of its own node.
          egress: [{ to: [podsOf(serverNamespace)], ports: tcp(agentPort) }, anywhere(kubeletPort)],
        },
        admitCriticalPods: cluster.capabilities.criticalPodsNeedQuota,
      },
      child,
    );
    const server = new Namespace(
      "spire-server",
      {
        name: serverNamespace,
        podSecurity: "restricted",
        traffic: {
          callApi: true,
          // By port alone: agents may run in the network of their nodes, which no selector names.
          ingress: [called(webhookPort), { ports: tcp(agentPort) }],
        },
        admitCriticalPods: cluster.capabilities.criticalPodsNeedQuota,
      },
      child,
    );
    this.spire = new Release(
      {
        release: "spire",
        mirror,
        namespaces: [system, server],
        after: [definitions],
        values: {
          global: {
            spire: {
              clusterName: cluster.clusterName,
              trustDomain: args.trustDomain,
              // Only stated for a mirror: the images come from more than one publisher, each with its own registry.
              ...(mirror.images === undefined
                ? {}
                : { image: { registry: releaseImage("spire", "spiffe/spire-server", mirror).registry } }),
              // Security contexts, priority classes, and servers apart from agents, as the chart's authors advise. Its
              // Prometheus part wants definitions that are not here.
              recommendations: { enabled: true, prometheus: false },
              namespaces: { server: { name: serverNamespace }, system: { name: entry.namespace } },
            },
            // Hooks do not run. All they do is to relax the webhook while the release changes.
            installAndUpgradeHooks: { enabled: false },
            deleteHooks: { enabled: false },
          },
          "spire-server": {
            caSubject: { country: "", organization: args.trustDomain, commonName: args.trustDomain },
            persistence: { type: args.durable ? "pvc" : "emptyDir" },
            controllerManager: {
              // The chart's catch-all gives every pod in the cluster an identity. Here a pod has one because an object
              // below says so.
              identities: {
                clusterSPIFFEIDs: {
                  default: { enabled: false },
                  "oidc-discovery-provider": { enabled: false },
                  "test-keys": { enabled: false },
                },
              },
            },
          },
          // Model servers run on tainted nodes, and an identity is handed out on the node.
          "spire-agent": {
            tolerations: gpuDaemonTolerations,
            // Root from the start, in a namespace for just that. As another user, and with further names for its socket,
            // it needs init containers that the chart takes from a registry of their own by the tag "latest".
            podSecurityContext: { runAsUser: 0, runAsGroup: 0, fsGroup: 0 },
            socketAlternate: { names: [] },
          },
          "spiffe-csi-driver": { tolerations: gpuDaemonTolerations },
          // Serves keys to parties outside; none is there.
          "spiffe-oidc-discovery-provider": { enabled: false },
        },
      },
      child,
    );

    const tenants: LabelSelector = { matchExpressions: [{ key: tenantLabel, operator: "Exists" }] };
    const workloads: Record<string, Inputs<Pick<ClusterSpiffeIdSpec, "namespaceSelector" | "podSelector">>> = {
      "model-server": { namespaceSelector: tenants, podSelector: { matchLabels: { [servingLabel]: "true" } } },
      "endpoint-picker": {
        namespaceSelector: tenants,
        podSelector: { matchLabels: { [componentLabel]: endpointPicker } },
      },
      gateway: {
        namespaceSelector: { matchLabels: { [namespaceNameLabel]: args.gateway.namespace } },
        podSelector: { matchLabels: { [gatewayNameLabel]: args.gateway.gatewayName } },
      },
    };
    for (const [workload, selectors] of Object.entries(workloads)) {
      new ClusterSpiffeId(
        workload,
        {
          metadata: { name: workload },
          spec: output(selectors).apply((selected) => ({
            // What the chart makes of its release's namespace and name.
            className: `${entry.namespace}-${entry.name}`,
            spiffeIDTemplate,
            ...selected,
          })),
        },
        { parent: this, dependsOn: [this.spire] },
      );
    }
    this.registerOutputs({ trustDomain: this.trustDomain });
  }
}
