import { frameworks } from "../frameworks";
import { statesChart } from "../installed";
import { type Context, deferred, type Observation, type ResourceRule } from "../rule";
import { judgeNetworks } from "./egress-networks";
import { judgeProviders } from "./egress-providers";
import { type Call, calls } from "./egress-texts";
import { addressesIn, hostName, objectionTo, privateAddress, withoutCredentials } from "./hosts";
import { cloudOf } from "./partitions";

/**
 * Whatever the platform calls outside is an endpoint that jurisdiction.endpoints names, and where the environment is
 * sovereign its operator is under its law.
 *
 * What an endpoint is, egress-texts.ts says: the host of an address, or of a value whose name says that it is one, in what
 * runs or configures what runs. It is outside unless it is in the cluster (`name`, `name.namespace`, `*.svc`), in a private
 * network, the environment's own (its gateway, trust domain, Prometheus, API server and registries), or a cloud's, which
 * sovereignty-partition judges. Besides, hosted models that a gateway knows by name are endpoints; and where it is sovereign,
 * a network that opens a way to public addresses is refused, for nothing says who answers there.
 */
export const egress: ResourceRule = {
  id: "sovereignty-egress",
  title: "What is called outside is declared, and under the law of the jurisdiction",
  concern: "sovereignty",
  severity: "high",
  frameworks: frameworks["sovereignty-egress"],
  remedy: "run it inside, or have the owner of the environment name it in jurisdiction.endpoints",
  applies: (resource) =>
    statesChart(resource) ||
    (/^(kubernetes|aws|aws-native|gcp|google-native):/.test(resource.type) &&
      !resource.type.endsWith(":CustomResourceDefinition")),
  check(resource, context) {
    const own = ownHosts(resource, context);
    const secret = resource.type.endsWith("/v1:Secret");
    return [
      ...calls(resource).flatMap((call) => judge(call, own, secret, context)),
      ...judgeProviders(resource, context),
      ...judgeNetworks(resource, context),
    ];
  },
};

function judge(call: Call, own: readonly string[], secret: boolean, context: Context): Observation[] {
  const { field, host, written } = call;
  if (call.kind === "unknown") return [deferred(field)];
  if (call.kind === "reference") {
    const { sovereign } = context.environment.jurisdiction;
    return sovereign
      ? [
          {
            kind: "unverified",
            field,
            value: written,
            message: "whose host stands in an object that is not judged here",
            remedy: "see to it that the host is one of jurisdiction.endpoints, or in the cluster",
          },
        ]
      : [];
  }
  if (!outside(host, own, context)) return [];
  const message = objectionTo(host, context);
  if (message === undefined) return [];
  return [
    secret
      ? { field, message: message.replaceAll(host, "(secret)") }
      : { field, value: short(withoutCredentials(written), host), message },
  ];
}

/** The text that was found, or its host where it is long. */
const short = (text: string, host: string) => (text.length > 160 || text.includes("\n") ? host : text);

/** Hosts of the environment itself. */
function ownHosts({ provider }: Parameters<ResourceRule["check"]>[0], { environment }: Context): readonly string[] {
  const { gateway, identity, jurisdiction, mirror, autoscaling } = environment;
  const kubeconfig = provider?.props.kubeconfig;
  const servers = typeof kubeconfig === "string" ? addressesIn(kubeconfig).map(({ host }) => host) : [];
  const registries = [...jurisdiction.registries, mirror.images, mirror.charts]
    .map((entry) => entry?.replace(/^[a-z]+:\/\//i, "").split("/")[0])
    .map((entry) => (entry === undefined || entry === "" || entry === "." ? undefined : hostName(entry)));
  return [
    gateway.host.toLowerCase(),
    identity.trustDomain.toLowerCase(),
    ...(autoscaling === undefined ? [] : addressesIn(autoscaling.prometheus).map(({ host }) => host)),
    ...servers,
    ...registries.flatMap((host) => (host === undefined ? [] : [host])),
  ];
}

/** Ends of names that no public DNS answers: of clusters, and those that are reserved for private use (RFC 6761, 6762, 8375; ICANN for `internal`). */
const innerEnds = /\.(svc|local|localhost|internal|test|invalid|home\.arpa)$/;

function outside(host: string, own: readonly string[], context: Context): boolean {
  const inner = privateAddress(host);
  if (inner !== undefined) return !inner;
  if (!host.includes(".") || innerEnds.test(host) || /\.svc\./.test(host)) return false;
  if (own.some((name) => host === name || host.endsWith(`.${name}`))) return false;
  if (cloudOf(host) !== undefined) return false;
  const labels = host.split(".");
  const last = labels.at(-1) ?? "";
  // The public DNS ends in letters alone, or in what stands for letters of other alphabets.
  if (/[^a-z]/.test(last) && !last.startsWith("xn--")) return false;
  return labels.length > 2 || !namespaces(context).has(last);
}

/** Namespaces that the platform makes or knows, by which `name.namespace` is told from a name of the public DNS. */
function namespaces({ environment, releases }: Context): ReadonlySet<string> {
  return new Set([
    "default",
    "kube-system",
    environment.autoscaling?.namespace ?? "monitoring",
    ...Object.values(releases).map(({ namespace }) => namespace),
    ...environment.tenants.map(({ name }) => `tenant-${name}`),
  ]);
}
