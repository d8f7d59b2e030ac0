import type { ComponentResource, Input, Output, Resource } from "@pulumi/pulumi";
import type { Mirror } from "../../stacks/environment";
import type { Exposure, GkeGateway } from "../../stacks/gateway";
import type { Release } from "../release";

/** What an implementation is told. */
export interface ImplementationArgs {
  /** Proxies that run. GKE's load balancer has no number of them. */
  readonly replicas: number;
  /** Who may call the models. Source: `gateway.exposure` of the environment. */
  readonly exposure: Exposure;
  /** What only the GKE gateway needs. */
  readonly gke?: GkeGateway;
  /** Definitions of Gateway API. */
  readonly gatewayApi: Release;
  /** Definitions of the inference extension. */
  readonly inferenceExtension: Release;
  readonly mirror: Mirror;
}

/** Who brings a Gateway to life: what it needs, how it is told, and how it treats answers that stream. */
export interface Implementation {
  readonly gatewayClassName: string;
  /** Who watches Gateways and routes. */
  readonly controller: Release;
  /** What the Gateway comes after. */
  readonly before: readonly Resource[];
  /**
   * Where the requests come from, as ranges of addresses. None where they come from proxies that run as pods: in the
   * Gateway's namespace, by its name in the label that the Gateway API has for that.
   */
  readonly ranges: readonly string[];
  /** Where proxies run as pods: the port that they answer on, and the namespace of who tells them what to do. */
  readonly proxies?: { readonly port: number; readonly controller: Output<string> };
  /** Writes what the proxies are made by, in their namespace, for the Gateway to refer to. */
  readonly parameters?: (name: string, namespace: Output<string>) => ParametersRef;
  /** Writes what holds for all routes of the Gateway. */
  readonly policies?: (gateway: { readonly name: Output<string>; readonly namespace: Output<string> }) => void;
}

export interface ParametersRef {
  readonly group: string;
  readonly kind: string;
  readonly name: Input<string>;
}

/** Makes an implementation, as children of `parent`. */
export type Implement = (args: ImplementationArgs, parent: ComponentResource) => Implementation;

/** Namespace of the Gateway and of its proxies. */
export const proxyNamespace = "inference-gateway";

/** Seconds that a stopping proxy gives answers which it is streaming. */
export const drainSeconds = 300;

/** What a proxy may use: it hands on what others compute. */
export const proxyResources = { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "1Gi" } } as const;

/** How often a connection that carries streams is asked whether it is still there, and how long for an answer. */
export const keepalive = { interval: "30s", timeout: "20s" } as const;

/**
 * How long a stream may be silent: as long as a request may take. A long prompt, or a full queue, keeps it so for minutes
 * before the first token.
 */
export const longestSilence = "1h";
