import * as networking from "@pulumi/kubernetes/networking/v1";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { componentLabel, endpointPicker, namespaceNameLabel, servingLabel } from "../../labels";
import { PodMonitor } from "./types";

export interface TenantMetricsArgs {
  /** The tenant's namespace. */
  readonly namespace: Input<string>;
  /** Namespaces that read metrics: Prometheus', and that of an autoscaler which asks endpoint pickers itself. */
  readonly readers: readonly Input<string>[];
}

/** Names of the ports that show metrics: of a model server, and of an endpoint picker. */
const ports = { server: "server", picker: "metrics" } as const;

const path = "/metrics";
const interval = "15s";

/**
 * Has a Prometheus operator scrape all model servers and endpoint pickers of a tenant, and lets it in. Queries find pods
 * by the labels `namespace` and `pod`, which an operator sets on what it scrapes; a Prometheus that is set up otherwise
 * must set them too. Source: prometheus-operator v0.93.1 PodMonitor.
 */
export class TenantMetrics extends ComponentResource {
  constructor(name: string, args: TenantMetricsArgs, opts: ComponentResourceOptions) {
    super("ai-platform:serving:TenantMetrics", name, {}, opts);
    const child = { parent: this };
    for (const [what, port, matchLabels] of [
      // Leaders alone, where a replica spans nodes: its workers answer nothing, not even this.
      ["model-servers", ports.server, { [servingLabel]: "true" }],
      ["endpoint-pickers", ports.picker, { [componentLabel]: endpointPicker }],
    ] as const) {
      new PodMonitor(
        `${name}-${what}`,
        {
          metadata: { name: what, namespace: args.namespace },
          spec: { selector: { matchLabels }, podMetricsEndpoints: [{ port, path, interval }] },
        },
        child,
      );
    }
    new networking.NetworkPolicy(
      `${name}-metrics`,
      {
        metadata: { name: "metrics", namespace: args.namespace },
        spec: {
          podSelector: {},
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: args.readers.map((reader) => ({
                namespaceSelector: { matchLabels: { [namespaceNameLabel]: reader } },
              })),
              ports: Object.values(ports).map((port) => ({ protocol: "TCP", port })),
            },
          ],
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}
