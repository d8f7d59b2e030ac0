import { z } from "zod";
import { cidr } from "./cidr";

/** What routes requests to models: a Gateway of the Gateway API, and who brings it to life. */

export const implementation = z
  .enum(["agentgateway", "istio", "envoy-gateway", "gke"])
  .default("agentgateway")
  .describe(
    "Who brings the Gateway to life: agentgateway, Istio, Envoy Gateway with Envoy AI Gateway, or GKE's own load balancer.",
  );

/** What only Google Cloud's load balancer needs to be told. */
export const gkeGateway = z.strictObject({
  proxyRange: cidr.describe("Range of the region's proxy-only subnet, from which the load balancer calls pods."),
});

export const exposure = z
  .enum(["internal", "public"])
  .default("internal")
  .describe(
    "Whether the models are called from the network alone, or from the internet too: it decides which address the load balancer takes on a cloud. On a cluster of one's own, whoever hands out addresses there decides.",
  );

export type Exposure = z.output<typeof exposure>;

/** Fields of `gateway` that belong to the implementation. */
export const gatewayImplementation = {
  implementation,
  exposure,
  gke: gkeGateway.optional().describe("Of implementation gke, and of no other."),
};

export type GatewayImplementation = z.output<typeof implementation>;
export type GkeGateway = z.output<typeof gkeGateway>;

interface Chosen {
  readonly implementation: GatewayImplementation;
  readonly gke?: GkeGateway;
}

/**
 * Whether an implementation can work on a cluster.
 *
 * @returns what was expected of `implementation` instead; nothing where it works
 */
export const checkGateway = (
  chosen: GatewayImplementation,
  clusterKind: "existing" | "eks" | "gke",
): string | undefined =>
  chosen === "gke" && clusterKind !== "gke"
    ? `agentgateway, istio or envoy-gateway: gke is Google Cloud's load balancer, which a cluster of kind gke alone has; this one is of kind ${clusterKind}`
    : undefined;

/**
 * Implementations that ask one endpoint picker for all backends of a route's rule. Istio asks that of the last of them
 * (1.30 pilot/pkg/config/kube/gateway/conversion.go, buildHTTPDestination); Envoy AI Gateway takes a rule of two
 * InferencePools for a fault and translates no routes at all then (v1.1.0 internal/extensionserver/post_route_modify.go).
 */
const onePicker: readonly GatewayImplementation[] = ["istio", "envoy-gateway"];

/** Whether requests can be divided among versions that have pickers of their own: what was expected of them instead. */
export const checkDivided = (
  chosen: GatewayImplementation,
  { versions, routing }: { readonly versions: readonly object[]; readonly routing: "picker" | "service" },
): string | undefined =>
  versions.length > 1 && routing === "picker" && onePicker.includes(chosen)
    ? `one, or gateway.implementation: agentgateway or gke: ${chosen} asks one endpoint picker for all versions of a model`
    : undefined;

/** Whether what belongs to an implementation is stated with it, and with no other: what was expected of `gke` instead. */
export const checkGkeGateway = ({ implementation: chosen, gke }: Chosen): string | undefined => {
  if (chosen === "gke") {
    return gke === undefined
      ? "proxyRange, the range of the region's proxy-only subnet: implementation is gke"
      : undefined;
  }
  return gke === undefined ? undefined : `nothing: implementation is ${chosen}`;
};
