import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";
import { type ReleaseName, releases } from "../../../catalog/releases";
import type { Mirror } from "../../../stacks/environment";
import { tenantLabel } from "../../labels";
import { Namespace } from "../../namespace";
import { Release, releaseImage } from "../../release";
import { anywhere, called, tcp, webhookPort } from "../../traffic";
import { metricsPort as pickerMetricsPort } from "../endpoint-picker";
import type { Autoscaler } from "./autoscaling";
import { type DecidedModel, Decider } from "./decider";

export interface AutoscalersArgs {
  readonly by: Autoscaler;
  /** Address of a server that answers Prometheus' queries; https for the variant autoscaler. */
  readonly prometheus: string;
  /** PEM of who signed its certificate, where no public authority did. */
  readonly prometheusCa?: string;
  /** Namespace that Prometheus runs in. */
  readonly scrapedFrom: string;
  /** Those of this stack that state `scale`. */
  readonly models: readonly DecidedModel[];
  /** Definitions of InferencePool. */
  readonly inferenceExtension: Release;
  /** Whether control pods are doubled. Source: `tier` of the environment. */
  readonly highlyAvailable: boolean;
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

export type { DecidedModel } from "./decider";

/** Port of an address, stated or by its scheme. */
const portOf = (address: string): number => {
  const { port, protocol } = new URL(address);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
};

const decider = "workload-variant-autoscaler";

/** KEDA, and with it the workload variant autoscaler where that decides. What is scaled comes after `releases`. */
export class Autoscalers extends ComponentResource {
  readonly releases: readonly Release[];
  /** Namespaces that read the metrics of model servers and endpoint pickers. */
  readonly readers: readonly string[];

  constructor(name: string, args: AutoscalersArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:Autoscalers", name, {}, opts);
    const { mirror } = args;
    const monitors = new Release({ release: "prometheus-operator-crds", mirror }, { parent: this });
    const keda = this.installKeda(args);
    const decides = args.by === "variant-autoscaler";
    this.releases = [monitors, keda, ...(decides ? [this.installDecider(args, [monitors, keda])] : [])];
    // Of a model without replicas it asks the picker itself whether anybody waits.
    this.readers = [args.scrapedFrom, ...(decides ? [releases[decider].namespace] : [])];
    this.registerOutputs({ readers: [...this.readers] });
  }

  private installKeda({ prometheus, highlyAvailable, mirror }: AutoscalersArgs): Release {
    const release = "keda" satisfies ReleaseName;
    const namespace = new Namespace(
      release,
      {
        name: releases[release].namespace,
        podSecurity: "restricted",
        traffic: {
          callApi: true,
          // Webhooks, and its metrics as an API of the cluster's (charts/keda values.yaml, `service.portHttpsTarget`).
          ingress: [called(webhookPort, 6443)],
          egress: [anywhere(portOf(prometheus))],
        },
      },
      { parent: this },
    );
    const image = (name: string) => {
      const { registry, path, tag } = releaseImage(release, `kedacore/${name}`, mirror);
      return { registry, repository: path, tag };
    };
    const replicaCount = highlyAvailable ? 2 : 1;
    return new Release(
      {
        release,
        mirror,
        namespaces: [namespace],
        values: {
          image: {
            keda: image("keda"),
            metricsApiServer: image("keda-metrics-apiserver"),
            webhooks: image("keda-admission-webhooks"),
            pullPolicy: "IfNotPresent",
          },
          operator: { replicaCount },
          metricsServer: { replicaCount },
          webhooks: { replicaCount },
          // It may scale what the platform has scaled: Deployments, which the chart always adds, and these. By default
          // it may scale, and read, everything.
          rbac: { scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }] },
          // Secrets of its own namespace only. Credentials for Prometheus are in a ClusterTriggerAuthentication's there.
          permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
        },
      },
      { parent: this },
    );
  }

  private installDecider(args: AutoscalersArgs, after: readonly Release[]): Release {
    const { prometheus, prometheusCa, models, highlyAvailable, mirror } = args;
    const namespace = new Namespace(
      decider,
      {
        name: releases[decider].namespace,
        podSecurity: "restricted",
        traffic: {
          callApi: true,
          egress: [
            anywhere(portOf(prometheus)),
            // Of a model without replicas it asks the picker whether anybody waits.
            {
              to: [{ namespaceSelector: { matchExpressions: [{ key: tenantLabel, operator: "Exists" }] } }],
              ports: tcp(pickerMetricsPort),
            },
          ],
        },
      },
      { parent: this },
    );
    const definitions = new Release(
      {
        release: decider,
        mirror,
        namespaces: [namespace],
        after: [...after, args.inferenceExtension],
        // Its definitions, and roles for people, are all that is taken from the chart.
        values: {
          controller: { enabled: false },
          va: { enabled: false },
          hpa: { enabled: false },
          vllmService: { enabled: false },
        },
      },
      { parent: this },
    );
    new Decider(
      decider,
      { namespace, prometheus, prometheusCa, models, highlyAvailable, mirror },
      { parent: this, dependsOn: [definitions] },
    );
    return definitions;
  }
}
