import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { Mirror } from "../../stacks/environment";
import type { Exposure, GatewayImplementation, GkeGateway } from "../../stacks/gateway";
import { tenantLabel } from "../labels";
import { Namespace, type Traffic } from "../namespace";
import { Release } from "../release";
import { podsOf, tcp } from "../traffic";
import { agentgateway } from "./agentgateway";
import { envoyGateway } from "./envoy-gateway";
import { exposureAnnotations } from "./exposure";
import { gke } from "./gke";
import { type Implement, type Implementation, proxyNamespace } from "./implementation";
import { istio } from "./istio";
import { Gateway } from "./types";

export interface InferenceGatewayArgs {
  /** Host, replicas, and who brings it to life. Source: `gateway` of the environment. */
  readonly gateway: {
    readonly host: string;
    readonly replicas: number;
    readonly implementation: GatewayImplementation;
    readonly exposure: Exposure;
    readonly gke?: GkeGateway;
  };
  /** What the cluster is, which decides how its load balancers are told where to be. Source: `cluster.kind`. */
  readonly clusterKind: "existing" | "eks" | "gke";
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

const implementations: Readonly<Record<GatewayImplementation, Implement>> = {
  agentgateway,
  istio,
  "envoy-gateway": envoyGateway,
  gke,
};

/** Port of the one listener. */
const listenerPort = 80;

/** Ports on which tenants' pods take requests, and answer which of them should: serving's `serverPort` and `pickerPort`. */
const backendPorts = [8000, 9002];

/** What proxies need: callers, who may be anywhere, who tells them what to do, and the models. */
const trafficOf = (proxies: Implementation["proxies"]): Traffic =>
  proxies === undefined
    ? {}
    : {
        ingress: [{ ports: tcp(proxies.port) }],
        egress: [
          { to: [podsOf(proxies.controller)] },
          {
            to: [{ namespaceSelector: { matchExpressions: [{ key: tenantLabel, operator: "Exists" }] } }],
            ports: tcp(...backendPorts),
          },
        ],
      };

/** Gateway API, its inference extension, who implements them, and the gateway that models are served through. */
export class InferenceGateway extends ComponentResource {
  /** Definitions of Gateway API: HTTPRoute and the like. */
  readonly gatewayApi: Release;
  /** Definitions of the inference extension: InferencePool. */
  readonly inferenceExtension: Release;
  /** Definitions of llm-d: InferenceObjective. */
  readonly llmD: Release;
  readonly controller: Release;
  readonly implementation: GatewayImplementation;
  /** Host name that the models are served under. */
  readonly host: string;
  /** Name of the Gateway, known once it exists. */
  readonly gatewayName: Output<string>;
  /** Namespace of the Gateway and of its proxies, known once it exists. */
  readonly namespace: Output<string>;
  /** Addresses from which requests come, where no pods send them: as CIDRs. */
  readonly ranges: readonly string[];

  constructor(name: string, args: InferenceGatewayArgs, opts: ComponentResourceOptions) {
    super("ai-platform:gateway:InferenceGateway", name, {}, opts);
    const { mirror } = args;
    const { host, replicas, implementation, exposure, gke: stated } = args.gateway;
    const child = { parent: this };
    // GKE brings the definitions of what its own gateway implements.
    const install = implementation !== "gke";

    this.gatewayApi = new Release({ release: "gateway-api", mirror, install }, child);
    this.inferenceExtension = new Release(
      { release: "inference-extension", mirror, after: [this.gatewayApi], install },
      child,
    );
    this.llmD = new Release({ release: "llm-d-router-crds", mirror, after: [this.inferenceExtension] }, child);
    const { gatewayApi, inferenceExtension } = this;
    const chosen = implementations[implementation](
      { replicas, exposure, gke: stated, gatewayApi, inferenceExtension, mirror },
      this,
    );
    this.implementation = implementation;
    this.controller = chosen.controller;
    this.ranges = chosen.ranges;

    // Proxies live apart from their controller: they face callers, and need none of its rights.
    const namespace = new Namespace(
      "inference-gateway",
      { name: proxyNamespace, podSecurity: "restricted", traffic: trafficOf(chosen.proxies) },
      child,
    );
    this.namespace = namespace.name;
    const parametersRef = chosen.parameters?.("inference-gateway", this.namespace);
    const annotations = implementation === "gke" ? {} : exposureAnnotations(exposure, args.clusterKind);
    const infrastructure = {
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(parametersRef === undefined ? {} : { parametersRef }),
    };
    const gateway = new Gateway(
      "inference-gateway",
      {
        metadata: { name: "inference-gateway", namespace: this.namespace },
        spec: {
          gatewayClassName: chosen.gatewayClassName,
          ...(Object.keys(infrastructure).length === 0 ? {} : { infrastructure }),
          listeners: [
            {
              name: "http",
              hostname: host,
              port: listenerPort,
              protocol: "HTTP",
              // Only tenants may attach routes, and only from their own namespaces.
              allowedRoutes: {
                namespaces: {
                  from: "Selector",
                  selector: { matchExpressions: [{ key: tenantLabel, operator: "Exists" }] },
                },
              },
            },
          ],
        },
      },
      { parent: this, dependsOn: [...chosen.before] },
    );
    chosen.policies?.({ name: gateway.metadata.name, namespace: this.namespace });

    this.host = host;
    this.gatewayName = gateway.metadata.name;
    this.registerOutputs({ host: this.host, gatewayName: this.gatewayName, namespace: this.namespace });
  }
}
