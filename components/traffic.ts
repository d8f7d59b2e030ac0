import type { input as inputs } from "@pulumi/kubernetes/types";
import type { Input } from "@pulumi/pulumi";
import { namespaceNameLabel } from "./labels";

/**
 * Who may talk to whom, as rules of network policies. A pod is reached when a policy of its own lets the caller in, and
 * one of the caller's lets it out.
 */
export type IngressRule = inputs.networking.v1.NetworkPolicyIngressRule;
export type EgressRule = inputs.networking.v1.NetworkPolicyEgressRule;

export const tcp = (...ports: readonly number[]) => ports.map((port) => ({ protocol: "TCP", port }));

/** All pods of a namespace, by the label that the API server gives it. */
export const podsOf = (namespace: Input<string>) => ({
  namespaceSelector: { matchLabels: { [namespaceNameLabel]: namespace } },
});

/**
 * Names are looked up with the cluster's own servers, in kube-system, or with what answers on the node itself: NodeLocal
 * DNSCache (169.254.20.10), Cloud DNS of GKE (169.254.169.254), the resolver of a VPC (169.254.169.253). Link-local
 * addresses lead no further than the node, so that all of them may be asked. The three were not read in their makers' pages.
 */
export const dns: EgressRule = {
  to: [podsOf("kube-system"), { ipBlock: { cidr: "169.254.0.0/16" } }],
  ports: [{ protocol: "UDP", port: 53 }, ...tcp(53)],
};

/**
 * The API server, by its ports alone: it is no pod, its addresses are the cluster's own affair, and network plugins differ
 * in whether they take those of a node for addresses at all. Whoever calls a cloud's API does so by the first port as well.
 */
export const apiServer: EgressRule = { ports: tcp(443, 6443) };

/** What the API server calls: webhooks, and APIs of others. From anywhere, for the reasons above. */
export const called = (...ports: readonly number[]): IngressRule => ({ ports: tcp(...ports) });

/** Port on which controllers answer webhooks. Default of controller-runtime (pkg/webhook/server.go), which all charts keep. */
export const webhookPort = 9443;

/** Where a pod is given what its service account may do at AWS, on its own node. docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html, read 2026-11-21 (address; the port is that of HTTP) */
export const podIdentity: EgressRule = {
  to: [{ ipBlock: { cidr: "169.254.170.23/32" } }],
  ports: tcp(80),
};

/**
 * The same of Google Cloud: GKE's metadata server, where Dataplane V2 enforces policies, and where it does not.
 * Unverified: Google's page on this (how-to/workload-identity) was not to be read.
 */
export const googleMetadata: EgressRule = {
  to: [{ ipBlock: { cidr: "169.254.169.254/32" } }, { ipBlock: { cidr: "169.254.169.252/32" } }],
  ports: tcp(80, 988),
};

/** Whatever is behind a port, wherever it is: for what lies outside the cluster and has no address that is known. */
export const anywhere = (...ports: readonly number[]): EgressRule => ({ ports: tcp(...ports) });
