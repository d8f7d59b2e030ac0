import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import { googleHealthChecks } from "../../catalog/load-balancers";
import type { Implement } from "./implementation";
import { inferenceGroup } from "./types";

/**
 * Classes of GKE's own controller, for one cluster and a load balancer of the region: the two with which GKE serves an
 * InferencePool. Source: https://llm-d.ai/docs/dev/resources/gateway/gke, read 2026-11-21.
 */
const classes = { internal: "gke-l7-rilb", public: "gke-l7-regional-external-managed" } as const;

/**
 * Google Cloud's load balancer, outside the cluster. Nothing is installed: the cluster must have Gateway API turned on,
 * which brings the definitions of it and of InferencePool (from GKE 1.34), and its region a proxy-only subnet.
 *
 * @throws when nothing is said of that subnet
 */
export const gke: Implement = ({ gke: stated, exposure, gatewayApi }) => {
  if (stated === undefined) {
    throw new Error("gateway.gke: the GKE gateway needs proxyRange, the range of the region's proxy-only subnet");
  }
  return {
    gatewayClassName: classes[exposure],
    controller: gatewayApi,
    before: [gatewayApi],
    // It calls pods from its subnet, and looks from elsewhere whether they are well.
    ranges: [stated.proxyRange, ...googleHealthChecks.ranges],
  };
};

export interface ModelBackend {
  readonly namespace: Input<string>;
  readonly kind: "InferencePool" | "Service";
  /** Name of the InferencePool or Service. */
  readonly name: Input<string>;
  /** Port that its servers answer on. */
  readonly port: number;
  /** Seconds that a request may take. */
  readonly timeoutSeconds: number;
}

/** Groups and kinds that GKE defines. Source: as below. */
const apiVersion = "networking.gke.io/v1";

/**
 * Fits the load balancer to one model: it ends requests after half a minute by default, and asks servers for `/`, which
 * they do not have. Its access log is left off, which upstream's chart turns on. Source: llm-d-router v0.10.0
 * config/charts/llm-d-router-gateway/templates/gke.yaml. The definitions are GKE's own, and were not to be read.
 */
export function fitBackend(
  name: string,
  { namespace, kind, name: backend, port, timeoutSeconds }: ModelBackend,
  opts: { readonly parent: ComponentResource },
): void {
  const metadata = { name: backend, namespace };
  const targetRef = { group: kind === "Service" ? "" : inferenceGroup, kind, name: backend };
  new CustomResource(
    `${name}-health`,
    {
      apiVersion,
      kind: "HealthCheckPolicy",
      metadata,
      spec: {
        targetRef,
        default: {
          timeoutSec: 2,
          checkIntervalSec: 2,
          config: { type: "HTTP", httpHealthCheck: { requestPath: "/health", port } },
        },
      },
    },
    opts,
  );
  new CustomResource(
    `${name}-backend`,
    {
      apiVersion,
      kind: "GCPBackendPolicy",
      metadata,
      spec: { targetRef, default: { timeoutSec: timeoutSeconds, logging: { enabled: false } } },
    },
    opts,
  );
}
