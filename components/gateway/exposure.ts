import type { Exposure } from "../../stacks/gateway";

/**
 * Annotations that have a cloud give a Service's load balancer an address of the network, and which every implementation
 * copies from its Gateway: agentgateway v1.4.1 controller/pkg/deployer/agentgateway_parameters.go; Envoy Gateway v1.9.0
 * internal/gatewayapi/translator.go; Istio 1.30 pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go.
 */
const internal: Readonly<Record<"existing" | "eks" | "gke", Readonly<Record<string, string>>>> = {
  // The first is read by Kubernetes' own controller for AWS, the second by AWS' load balancer controller.
  // Source: kubernetes-sigs.github.io/aws-load-balancer-controller, guide/service/annotations and nlb, read 2026-11-21.
  eks: {
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
  },
  // Source: Datadog's rule service_with_external_load_balancer, read 2026-11-21; Google's own page was not to be read.
  gke: { "networking.gke.io/load-balancer-type": "Internal" },
  // What hands out addresses there is not known.
  existing: {},
};

/** Annotations of a Gateway on a kind of cluster. By default clouds give an address of the internet, or none is public. */
export function exposureAnnotations(
  exposure: Exposure,
  clusterKind: "existing" | "eks" | "gke",
): Readonly<Record<string, string>> {
  if (exposure === "internal") return internal[clusterKind];
  // AWS' load balancer controller keeps a load balancer inside unless it is told otherwise.
  return clusterKind === "eks" ? { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing" } : {};
}
