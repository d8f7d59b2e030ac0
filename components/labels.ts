/**
 * Labels and names by which the parts of the platform find each other's objects. Where a key is upstream's own, its
 * source is named; the others start with `ai-platform/`.
 */

/** On the nodes of a pool, on a cluster that the platform makes; part of the pool's own definition. */
export { devicesLabel, poolLabel, sharingLabel } from "../stacks/pool";

/** What keeps pods off nodes that may go at any time; only models that allow it tolerate it. */
export const spotTaint = { key: "ai-platform/spot", value: "true", effect: "NoSchedule" } as const;

/** On a tenant's namespace and everything in it: whose it is. */
export const tenantLabel = "ai-platform/tenant";

/** On every pod of one model, its endpoint picker included: which model of the environment it belongs to. */
export const modelLabel = "llm-d.ai/model";

/** On a model's pods: which of its versions they serve, where it has several. */
export const versionLabel = "ai-platform/version";

/** On pods that requests reach through a Service of their own, without an endpoint picker. */
export const routingLabel = "ai-platform/routing";

/** On pods that answer inference requests, `"true"`. Source: llm-d guides/recipes/modelserver, 2026-08. */
export const servingLabel = "llm-d.ai/inference-serving";

/** `prefill`, `decode` or `prefill-decode`. Source: llm-d-router v0.10.0 pkg/epp/framework/plugins/scheduling/filter/bylabel/roles.go. */
export const roleLabel = "llm-d.ai/role";

/** What a pod is for. Kubernetes' recommended label. */
export const componentLabel = "app.kubernetes.io/component";
export const endpointPicker = "endpoint-picker";

/** On a gateway's proxies: the gateway's name. Source: agentgateway v1.4.1 controller/pkg/helm/agentgateway. */
export const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

/** The name of a namespace, set by the API server itself. */
export const namespaceNameLabel = "kubernetes.io/metadata.name";

/** Namespace and queue of a tenant. Prefixed, so that no tenant's name can meet a namespace of the platform. */
export const tenantScope = (tenant: string) => `tenant-${tenant}`;
