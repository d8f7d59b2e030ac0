import type { ReleaseName } from "../catalog/release";
import type { Environment } from "../stacks/environment";
import type { GatewayImplementation } from "../stacks/gateway";

/** Releases that an environment chooses among, and what chooses them. What is not here every environment may have. */
const ofGateway: Readonly<Record<GatewayImplementation, readonly ReleaseName[]>> = {
  agentgateway: ["agentgateway-crds", "agentgateway"],
  istio: ["istio-base", "istiod"],
  "envoy-gateway": ["envoy-gateway-crds", "envoy-gateway", "envoy-ai-gateway-crds", "envoy-ai-gateway"],
  gke: [],
};
const ofDynamo: readonly ReleaseName[] = ["grove-charts", "dynamo-platform"];
const ofKeda: readonly ReleaseName[] = ["prometheus-operator-crds", "keda"];
const ofDecider: readonly ReleaseName[] = ["workload-variant-autoscaler"];

type Choice = Pick<Environment, "gateway" | "backends" | "models" | "autoscaling">;

/** Whether an environment serves models by Dynamo, or has it for its teams'. */
export const hasDynamo = ({ backends, models }: Pick<Choice, "backends" | "models">): boolean =>
  backends.includes("dynamo") || models.some(({ backend }) => backend === "dynamo");

/** Releases that an environment could have chosen and has not. */
export function unchosen(environment: Choice): ReadonlySet<ReleaseName> {
  const { gateway, autoscaling } = environment;
  return new Set([
    ...Object.entries(ofGateway).flatMap(([name, releases]) => (name === gateway.implementation ? [] : releases)),
    ...(hasDynamo(environment) ? [] : ofDynamo),
    ...(autoscaling === undefined ? ofKeda : []),
    ...(autoscaling?.by === "variant-autoscaler" ? [] : ofDecider),
  ]);
}
