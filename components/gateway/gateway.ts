import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { releases } from "../../catalog/releases";
import type { Environment, Mirror } from "../../stacks/environment";
import { tenantLabel } from "../labels";
import { Namespace } from "../namespace";
import { Release, releaseImage } from "../release";
import { AgentgatewayParameters, AgentgatewayPolicy, agentgatewayGroup, Gateway, gatewayGroup } from "./types";

export interface InferenceGatewayArgs {
  /** Host and replicas. Source: `gateway` of the environment. */
  readonly gateway: Environment["gateway"];
  /** Source: `mirror` of the environment. */
  readonly mirror: Mirror;
}

/** The controller creates this class itself. Source: agentgateway v1.4.1 values.yaml, `gatewayClassName`. */
const gatewayClassName = "agentgateway";

/** Port of the one listener. */
const listenerPort = 80;

/** Gateway API, its inference extension, the agentgateway controller, and the gateway that models are served through. */
export class InferenceGateway extends ComponentResource {
  /** Definitions of Gateway API: HTTPRoute and the like. */
  readonly gatewayApi: Release;
  /** Definitions of the inference extension: InferencePool. */
  readonly inferenceExtension: Release;
  /** Definitions of llm-d: InferenceObjective. */
  readonly llmD: Release;
  readonly controller: Release;
  /** Host name that the models are served under. */
  readonly host: string;
  /** Name of the Gateway, known once it exists. */
  readonly gatewayName: Output<string>;
  /** Namespace of the Gateway and of its proxies, known once it exists. */
  readonly namespace: Output<string>;

  constructor(name: string, args: InferenceGatewayArgs, opts: ComponentResourceOptions) {
    super("ai-platform:gateway:InferenceGateway", name, {}, opts);
    const { mirror } = args;
    const child = { parent: this };

    this.gatewayApi = new Release({ release: "gateway-api", mirror }, child);
    this.inferenceExtension = new Release({ release: "inference-extension", mirror, after: [this.gatewayApi] }, child);
    this.llmD = new Release({ release: "llm-d-router-crds", mirror, after: [this.inferenceExtension] }, child);
    const definitions = new Release({ release: "agentgateway-crds", mirror, after: [this.gatewayApi] }, child);

    const controllerNamespace = new Namespace(
      "agentgateway-system",
      { name: releases.agentgateway.namespace, podSecurity: "restricted" },
      child,
    );
    const controllerImage = releaseImage("agentgateway", "controller", mirror);
    const proxyImage = releaseImage("agentgateway", "agentgateway", mirror);
    this.controller = new Release(
      {
        release: "agentgateway",
        mirror,
        namespaces: [controllerNamespace],
        after: [this.gatewayApi, this.inferenceExtension, definitions],
        values: {
          controller: {
            image: {
              registry: controllerImage.registry,
              repository: controllerImage.path,
              tag: controllerImage.tag,
            },
          },
          proxy: { image: { registry: proxyImage.registry, repository: proxyImage.path, tag: proxyImage.tag } },
          // Without it an InferencePool is not a backend that a route may name.
          inferenceExtension: { enabled: true },
          podSecurityContext: { seccompProfile: { type: "RuntimeDefault" } },
        },
      },
      child,
    );

    // Proxies live apart from their controller: they face callers, and need none of its rights.
    const namespace = new Namespace(
      "inference-gateway",
      { name: "inference-gateway", podSecurity: "restricted" },
      child,
    );
    this.namespace = namespace.name;
    const parameters = new AgentgatewayParameters(
      "inference-gateway",
      {
        metadata: { name: "inference-gateway", namespace: this.namespace },
        spec: {
          resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "1Gi" } },
          // A stopping proxy lets the answers that it is streaming come to an end.
          shutdown: { min: 10, max: 300 },
          logging: { format: "json" },
          deployment: {
            spec: {
              replicas: args.gateway.replicas,
              // What the controller's own template lacks of the level "restricted".
              template: { spec: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } } },
            },
          },
          podDisruptionBudget: { spec: { maxUnavailable: 1 } },
        },
      },
      { parent: this, dependsOn: [definitions] },
    );
    const gateway = new Gateway(
      "inference-gateway",
      {
        metadata: { name: "inference-gateway", namespace: this.namespace },
        spec: {
          gatewayClassName,
          infrastructure: {
            parametersRef: {
              group: agentgatewayGroup,
              kind: "AgentgatewayParameters",
              name: parameters.metadata.name,
            },
          },
          listeners: [
            {
              name: "http",
              hostname: args.gateway.host,
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
      { parent: this, dependsOn: [this.controller] },
    );
    new AgentgatewayPolicy(
      "inference-gateway",
      {
        metadata: { name: "inference-gateway", namespace: this.namespace },
        spec: {
          targetRefs: [{ group: gatewayGroup, kind: "Gateway", name: gateway.metadata.name }],
          frontend: {
            http: {
              // The endpoint picker reads whole request bodies. A prompt of 128k tokens is near the 2 MB that agentgateway
              // would buffer by default, and images in a prompt are beyond it.
              maxBufferSize: "16Mi",
              // A long prompt, or a full queue, keeps a stream silent for minutes before its first token.
              http2KeepaliveInterval: "30s",
              http2KeepaliveTimeout: "20s",
            },
          },
        },
      },
      { parent: this, dependsOn: [definitions] },
    );

    this.host = args.gateway.host;
    this.gatewayName = gateway.metadata.name;
    this.registerOutputs({ host: this.host, gatewayName: this.gatewayName, namespace: this.namespace });
  }
}
