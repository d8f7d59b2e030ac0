import type { input as inputs } from "@pulumi/kubernetes/types";
import { customResource } from "../custom-resource";

/** Source: Gateway API v1.5.0, standard channel. */
interface GatewaySpec {
  readonly gatewayClassName: string;
  readonly infrastructure?: {
    /** On whatever a controller makes for the Gateway, its Service among it. */
    readonly annotations?: Readonly<Record<string, string>>;
    readonly parametersRef?: { readonly group: string; readonly kind: string; readonly name: string };
  };
  readonly listeners: readonly {
    readonly name: string;
    readonly hostname: string;
    readonly port: number;
    readonly protocol: "HTTP" | "HTTPS";
    readonly allowedRoutes: {
      readonly namespaces: {
        readonly from: "Selector";
        readonly selector: {
          readonly matchExpressions: readonly { readonly key: string; readonly operator: "Exists" }[];
        };
      };
    };
  }[];
}

export interface HeaderFilter {
  readonly type: "RequestHeaderModifier";
  readonly requestHeaderModifier: { readonly set: readonly { readonly name: string; readonly value: string }[] };
}

/** Where a route's requests go: an InferencePool, or a Service (of group "") and its port. */
export interface BackendRef {
  readonly group: string;
  readonly kind: "InferencePool" | "Service";
  readonly name: string;
  readonly port?: number;
  /** Share of the requests, relative to the others'. */
  readonly weight?: number;
  readonly filters?: readonly HeaderFilter[];
}

/** Source: Gateway API v1.5.0, standard channel. Durations as `1h30m`. */
interface HttpRouteSpec {
  readonly parentRefs: readonly { readonly name: string; readonly namespace: string; readonly sectionName?: string }[];
  readonly hostnames: readonly string[];
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { readonly type: "PathPrefix"; readonly value: string } }[];
    readonly filters: readonly (
      | {
          readonly type: "URLRewrite";
          readonly urlRewrite: {
            readonly path: { readonly type: "ReplacePrefixMatch"; readonly replacePrefixMatch: string };
          };
        }
      | HeaderFilter
    )[];
    readonly backendRefs: readonly BackendRef[];
    readonly timeouts: { readonly request: string };
  }[];
}

/** What is merged into an object that the controller makes. */
interface Overlay<Spec> {
  readonly spec: Spec;
}

/** Source: agentgateway v1.4.1, agentgatewayparameters.agentgateway.dev. */
interface AgentgatewayParametersSpec {
  readonly resources: inputs.core.v1.ResourceRequirements;
  /** Seconds that open requests get when a proxy stops. */
  readonly shutdown: { readonly min: number; readonly max: number };
  readonly logging: { readonly format: "json" | "text" };
  readonly deployment: Overlay<{
    readonly replicas: number;
    readonly template: { readonly spec: Partial<inputs.core.v1.PodSpec> };
  }>;
  readonly podDisruptionBudget: Overlay<{ readonly maxUnavailable: number }>;
}

/** Source: agentgateway v1.4.1, agentgatewaypolicies.agentgateway.dev. */
interface AgentgatewayPolicySpec {
  readonly targetRefs: readonly { readonly group: string; readonly kind: "Gateway"; readonly name: string }[];
  readonly frontend: {
    readonly http: {
      readonly maxBufferSize: string;
      readonly http2KeepaliveInterval: string;
      readonly http2KeepaliveTimeout: string;
    };
  };
}

export const Gateway = customResource<GatewaySpec>("gateway-api", "Gateway");
export const HttpRoute = customResource<HttpRouteSpec>("gateway-api", "HTTPRoute");
export const AgentgatewayParameters = customResource<AgentgatewayParametersSpec>(
  "agentgateway-crds",
  "AgentgatewayParameters",
);
export const AgentgatewayPolicy = customResource<AgentgatewayPolicySpec>("agentgateway-crds", "AgentgatewayPolicy");

/** API groups of objects that refer to one another by group. */
export const gatewayGroup = "gateway.networking.k8s.io";
export const inferenceGroup = "inference.networking.k8s.io";
export const agentgatewayGroup = "agentgateway.dev";
