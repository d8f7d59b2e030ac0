import type { input as inputs } from "@pulumi/kubernetes/types";
import { customResource } from "../custom-resource";

export const envoyGatewayGroup = "gateway.envoyproxy.io";

interface TargetRef {
  readonly group: string;
  readonly kind: "Gateway";
  readonly name: string;
}

/** Source: Gateway API v1.5.0, standard channel. */
interface GatewayClassSpec {
  readonly controllerName: string;
}

/** Source: Envoy Gateway v1.9.0, envoyproxies.gateway.envoyproxy.io. Durations as `1h30m`. */
interface EnvoyProxySpec {
  readonly provider: {
    readonly type: "Kubernetes";
    readonly kubernetes: {
      readonly envoyDeployment: {
        readonly replicas: number;
        readonly container: { readonly image: string; readonly resources: inputs.core.v1.ResourceRequirements };
      };
      readonly envoyPDB: { readonly maxUnavailable: number };
    };
  };
  readonly shutdown: { readonly drainTimeout: string };
}

/** Between callers and the gateway. Source: Envoy Gateway v1.9.0, clienttrafficpolicies.gateway.envoyproxy.io. */
interface ClientTrafficPolicySpec {
  readonly targetRefs: readonly TargetRef[];
  readonly timeout: { readonly http: { readonly streamIdleTimeout: string } };
  readonly http2: { readonly connectionKeepalive: { readonly interval: string; readonly timeout: string } };
}

/** Between the gateway and servers. Source: Envoy Gateway v1.9.0, backendtrafficpolicies.gateway.envoyproxy.io. */
interface BackendTrafficPolicySpec {
  readonly targetRefs: readonly TargetRef[];
  readonly timeout: { readonly http: { readonly streamIdleTimeout: string } };
  readonly retry: {
    readonly numRetries: number;
    readonly retryOn: { readonly triggers: readonly ("connect-failure" | "refused-stream")[] };
  };
}

export const GatewayClass = customResource<GatewayClassSpec>("gateway-api", "GatewayClass");
export const EnvoyProxy = customResource<EnvoyProxySpec>("envoy-gateway-crds", "EnvoyProxy");
export const ClientTrafficPolicy = customResource<ClientTrafficPolicySpec>("envoy-gateway-crds", "ClientTrafficPolicy");
export const BackendTrafficPolicy = customResource<BackendTrafficPolicySpec>(
  "envoy-gateway-crds",
  "BackendTrafficPolicy",
);
