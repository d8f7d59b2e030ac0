import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  mergeOptions,
  type Resource,
} from "@pulumi/pulumi";
import type { Environment, GpuPool, Mirror, Model } from "../../stacks/environment";
import type { ClaimTemplates } from "../accelerators/claims";
import type { BackendRef } from "../gateway/types";
import { gatewayNameLabel, modelLabel, namespaceNameLabel } from "../labels";
import type { EgressRule } from "../traffic";
import { pickerPort } from "./endpoint-picker";
import { type ModelGateway, type PublishedModel, routeModel } from "./model-route";
import { serverPort } from "./model-server";
import { type Backend, ServedVersion } from "./served-version";
import { spansNodes, workloadsOf } from "./workloads";

export interface ServedModelArgs {
  /** Source: one of `models` of the environment. */
  readonly model: Model;
  /** GPU pools by name. Source: `pools` of the environment. */
  readonly pools: ReadonlyMap<string, GpuPool>;
  /** The cluster's region, in which its nodes lie. */
  readonly region: string;
  /** Where it lives, and what may be claimed there. */
  readonly namespace: Input<string>;
  readonly claims: ClaimTemplates;
  /** The KAI queue that its GPUs count against. */
  readonly queue: Input<string>;
  readonly gateway: ModelGateway;
  /** Claims of volumes that hold weights, by the pool whose servers read them. */
  readonly caches: ReadonlyMap<string, Input<string>>;
  /** What scales its servers. Source: `autoscaling` of the environment. */
  readonly autoscaling?: Environment["autoscaling"];
  /** What must be there first, as far as the same stack makes it. */
  readonly after: readonly Resource[];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** The header by which the picker knows a request's objective. Source: llm-d-router v0.10.0 pkg/epp/metadata/consts.go. */
const objectiveHeader = "x-llm-d-inference-objective";

/** One model: the servers of each of its versions, and the route that divides its requests among them. */
export class ServedModel extends ComponentResource {
  /** Base address of its OpenAI-compatible API. */
  readonly url: string;
  readonly published: PublishedModel;

  constructor(args: ServedModelArgs, opts: ComponentResourceOptions) {
    const { model, namespace, claims, queue, gateway, mirror } = args;
    const { name } = model;
    super("ai-platform:serving:ServedModel", name, {}, mergeOptions(opts, { dependsOn: [...args.after] }));
    const child = { parent: this };
    const metadata = { name, namespace };

    const account = new core.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    // Models behind a Service are many and alike: one policy of the tenant's admits the gateway to all of them. It lets no
    // pods talk to each other, which those of a replica that spans nodes must.
    if (model.routing === "picker" || model.versions.some(spansNodes)) {
      const labels = { [modelLabel]: name };
      const ports = model.routing === "picker" ? [serverPort, pickerPort] : [serverPort];
      admitGateway(name, { metadata, gateway, labels, ports, among: true }, child);
    }
    const workloads = workloadsOf(model, args.pools);
    const versions = model.versions.map(
      (version) =>
        new ServedVersion(
          {
            model,
            version,
            workloads: workloads.filter((workload) => workload.version === version),
            region: args.region,
            namespace,
            serviceAccount: account.metadata.name,
            claims,
            gateway,
            caches: args.caches,
            queue,
            autoscaling: args.autoscaling,
            mirror,
          },
          child,
        ),
    );
    const only = versions.length === 1 ? versions[0] : undefined;
    this.published = routeModel(
      {
        model,
        namespace,
        gateway,
        filters: objectiveOf(only),
        backends: versions.map((version, index) =>
          only === undefined
            ? // An objective belongs to one pool, so each version's requests are given their own.
              { ...refOf(version.backend), weight: model.versions[index]!.weight, filters: objectiveOf(version) }
            : refOf(version.backend),
        ),
      },
      child,
    );
    this.url = this.published.url;
    this.registerOutputs({ url: this.url });
  }
}

type Ref = { readonly [key in keyof Omit<BackendRef, "name">]: BackendRef[key] } & { readonly name: Input<string> };

const refOf = ({ group, kind, name, port }: Backend): Ref => ({
  group,
  kind,
  name,
  ...(port === undefined ? {} : { port }),
});

/** Set and not added: a caller cannot give its requests another priority than the model's. */
const objectiveOf = (version: ServedVersion | undefined) =>
  version?.objective === undefined
    ? []
    : [
        {
          type: "RequestHeaderModifier" as const,
          requestHeaderModifier: { set: [{ name: objectiveHeader, value: version.objective }] },
        },
      ];

interface Admission {
  readonly metadata: { readonly name: string; readonly namespace: Input<string> };
  readonly gateway: Pick<ModelGateway, "namespace" | "gatewayName" | "ranges">;
  /** Of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the gateway may reach. */
  readonly ports: readonly number[];
  /** Whether the pods talk among themselves. */
  readonly among: boolean;
  /** Whom else they may call. Default: nobody. */
  readonly egress?: readonly EgressRule[];
}

/** Opens pods of models to the gateway, in a namespace that nothing enters or leaves unasked. */
export const admitGateway = (
  name: string,
  { metadata, gateway, labels, ports, among, egress = [] }: Admission,
  opts: ComponentResourceOptions,
) =>
  new networking.NetworkPolicy(
    name,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress", "Egress"],
        egress: [...(among ? [{ to: [{ podSelector: { matchLabels: labels } }] }] : []), ...egress],
        ingress: [
          // On any port: NIXL and NCCL pick theirs as they go, and the picker reads metrics.
          ...(among ? [{ from: [{ podSelector: { matchLabels: labels } }] }] : []),
          {
            from:
              gateway.ranges.length > 0
                ? gateway.ranges.map((cidr) => ({ ipBlock: { cidr } }))
                : [
                    {
                      namespaceSelector: { matchLabels: { [namespaceNameLabel]: gateway.namespace } },
                      podSelector: { matchLabels: { [gatewayNameLabel]: gateway.gatewayName } },
                    },
                  ],
            ports: ports.map((port) => ({ protocol: "TCP", port })),
          },
        ],
      },
    },
    opts,
  );
