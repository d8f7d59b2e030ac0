import { request } from "node:https";
import { RunError } from "@pulumi/pulumi";
import { kubernetes } from "../../catalog/kubernetes";
import { type ReleaseName, releases } from "../../catalog/releases";
import type { Environment } from "../../stacks/environment";
import { unchosen } from "../chosen-releases";

/** What a cluster that was there before says of itself, as far as the platform depends on it. */
export interface ClusterFacts {
  /** As the API server states it, such as `v1.36.3`. */
  readonly version: string;
  /** API groups with their versions, such as `resource.k8s.io/v1`. */
  readonly apis: readonly string[];
  /** Definitions of custom resources by name, with the field managers that wrote them. */
  readonly definitions: readonly { readonly name: string; readonly managers: readonly string[] }[];
  /** Nodes on which a device plugin hands GPUs out. */
  readonly devicePluginNodes: readonly string[];
}

/**
 * The cluster cannot carry the platform. `problems` holds one line each, and the message all of them. The engine shows
 * an error of its SDK's kind without the stack of calls, which is no news to whoever runs the update.
 */
export class ClusterError extends RunError {
  constructor(
    context: string,
    readonly problems: readonly string[],
  ) {
    super(
      [`cluster.context "${context}" cannot carry this platform:`, ...problems.map((line) => `  ${line}`)].join("\n"),
    );
  }
}

/** How Pulumi's Kubernetes provider signs what it writes; the rest of the name differs from resource to resource. */
const ownManager = /^pulumi-kubernetes/;

/** What a cluster lacks, or has that is somebody else's: one line each, with what to do. */
export function shortcomings(facts: ClusterFacts, environment: Environment): string[] {
  const found: string[] = [];
  const provides: readonly string[] = environment.mirror.provided ?? [];
  const gpuPools = environment.pools.filter((pool) => pool.accelerator !== undefined);
  const dra = gpuPools.find((pool) => pool.devices.owner === "dra");
  if (dra !== undefined) {
    const [major = 0, minor = 0] = facts.version.replace(/^v/, "").split(".").map(Number);
    const [wantedMajor = 0, wantedMinor = 0] = kubernetes.minimumForDra.split(".").map(Number);
    if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
      found.push(
        `Kubernetes ${facts.version} is too old: pool ${dra.name} hands its GPUs out by DRA, which needs ${kubernetes.minimumForDra} or newer. Upgrade the cluster, or state devices.owner: hami.`,
      );
    } else if (!facts.apis.includes("resource.k8s.io/v1")) {
      found.push(
        `the API server does not serve resource.k8s.io/v1, by which pool ${dra.name} hands its GPUs out. Turn dynamic resource allocation on, or state devices.owner: hami.`,
      );
    }
    // Where some pools are a plugin's or HAMi's, nodes that offer such a resource are as they should be.
    if (facts.devicePluginNodes.length > 0 && gpuPools.every((pool) => pool.devices.owner === "dra")) {
      found.push(
        `a device plugin hands out the GPUs of ${some(facts.devicePluginNodes)}, and so would the DRA driver. Turn the plugin off on these nodes, or state devices.owner: device-plugin.`,
      );
    }
  }
  const others = unchosen(environment);
  for (const release of Object.values(releases)) {
    if (provides.includes(release.name) || others.has(release.name as ReleaseName)) {
      continue;
    }
    const names = new Set(release.crds.map(({ plural, group }) => `${plural}.${group}`));
    const foreign = facts.definitions.filter(
      ({ name, managers }) => names.has(name) && !managers.some((manager) => ownManager.test(manager)),
    );
    if (foreign.length > 0) {
      const managers = [...new Set(foreign.flatMap((definition) => definition.managers))].sort();
      found.push(
        `${some(foreign.map(({ name }) => name))} ${foreign.length === 1 ? "is" : "are"} there already, by ${managers.join(", ") || "an unknown hand"}. If the cluster brings ${release.name}, add it to cluster.provides; else remove what is there.`,
      );
    }
  }
  return found;
}

const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

/**
 * Makes sure that a cluster which was there before can carry the platform; a cluster that the platform makes need not be
 * asked. Throws a ClusterError that says all that it lacks, and an Error where it cannot be reached.
 */
export async function checkCluster(environment: Environment): Promise<void> {
  if (environment.cluster.kind !== "existing") {
    return;
  }
  const { context, kubeconfig } = environment.cluster;
  const problems = shortcomings(await factsOf(context, kubeconfig), environment);
  if (problems.length > 0) {
    throw new ClusterError(context, problems);
  }
}

async function factsOf(context: string, kubeconfig: string | undefined): Promise<ClusterFacts> {
  // Half a second to load, which only this kind of cluster pays for.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    config.loadFromFile(kubeconfig);
  }
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new RunError(
      `cluster.context "${context}" is not in the kubeconfig (${kubeconfig ?? "$KUBECONFIG or ~/.kube/config"}); it has ${known.join(", ") || "none"}`,
    );
  }
  config.setCurrentContext(context);
  const get = (path: string, accept = "application/json") => ask(config, context, path, accept);
  const metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const [version, groups, definitions, nodes] = await Promise.all([
    get("/version"),
    get("/apis"),
    get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", metadata),
    get("/api/v1/nodes"),
  ]);
  return {
    version: version.gitVersion,
    apis: groups.groups.flatMap((group: { versions: { groupVersion: string }[] }) =>
      group.versions.map(({ groupVersion }) => groupVersion),
    ),
    definitions: (definitions.items ?? []).map(
      ({
        metadata: { name, managedFields },
      }: {
        metadata: { name: string; managedFields?: { manager: string }[] };
      }) => ({
        name,
        managers: (managedFields ?? [])
          .map(({ manager }) => manager)
          // The API server's own hand, which is on every definition.
          .filter((manager) => manager !== "kube-apiserver"),
      }),
    ),
    devicePluginNodes: (nodes.items ?? [])
      .filter(
        (node: { status?: { capacity?: Record<string, string> } }) =>
          Number(node.status?.capacity?.["nvidia.com/gpu"]) > 0,
      )
      .map((node: { metadata: { name: string } }) => node.metadata.name),
  };
}

async function ask(
  config: import("@kubernetes/client-node").KubeConfig,
  context: string,
  path: string,
  accept: string,
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API server, of which a few fields are read.
): Promise<any> {
  const server = config.getCurrentCluster()?.server;
  const options = { method: "GET", headers: { accept }, timeout: 15_000 };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new RunError(`cluster.context "${context}": ${server}${path} ${why}`));
    const call = request(`${server}${path}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        if (response.statusCode !== 200) {
          fail(`answered ${response.statusCode}: the platform needs to read versions, definitions and nodes`);
          return;
        }
        resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 15 s")));
    call.on("error", (error) => fail(`cannot be reached: ${error.message}`));
    call.end();
  });
}
