import { type Context, deferred, isObject, type Observation, type Resource, unknown, type Value } from "../rule";
import { at, groupOf, isTrue, kindOf, listOf, namespaceOf } from "./objects";

/** What makes something in the cluster reachable from outside. */

const kinds: readonly (readonly [kind: string, group: string])[] = [
  ["Service", ""],
  ["Ingress", "networking.k8s.io"],
  ["Gateway", "gateway.networking.k8s.io"],
  ["EnvoyProxy", "gateway.envoyproxy.io"],
  ["AgentgatewayParameters", "agentgateway.dev"],
  ["EC2NodeClass", "karpenter.k8s.aws"],
];

export const isExposing = (resource: Resource): boolean =>
  kinds.some(([kind, group]) => kindOf(resource) === kind && groupOf(resource) === group);

/** The namespace that the platform's own gateway is in: the one whose exposure the environment states. */
export const gatewayNamespace = "inference-gateway";

/** Annotations by which the controllers of a cloud keep a load balancer inside the network. */
export const internal: Readonly<Record<"eks" | "gke", Readonly<Record<string, RegExp>>>> = {
  eks: {
    "service.beta.kubernetes.io/aws-load-balancer-internal": /^true$/i,
    "service.beta.kubernetes.io/aws-load-balancer-scheme": /^internal$/,
  },
  gke: {
    "networking.gke.io/load-balancer-type": /^internal$/i,
    "cloud.google.com/load-balancer-type": /^internal$/i,
  },
};

/** Whether annotations keep a load balancer inside; where the cluster is one's own, its addresses are too. */
function staysInside(annotations: Value, { environment: { cluster } }: Context): boolean {
  if (cluster.kind === "existing") return true;
  const words = Object.entries(internal[cluster.kind]).map(([key, value]) => [at(annotations, key), value] as const);
  // One that says otherwise wins: which controller reads which is not known here.
  const stated = words.filter(([value]) => value !== undefined && value !== null);
  return stated.length > 0 && stated.every(([value, pattern]) => typeof value === "string" && pattern.test(value));
}

export const externalClass = /^gke-l7-(gxlb|global-external|regional-external|cross-regional-external)/;

export function ofKubernetes(resource: Resource, context: Context): Observation[] {
  const { props } = resource;
  const objects: readonly (readonly [Value, (string | number)[]])[] =
    resource.type.endsWith("List") && Array.isArray(props.items)
      ? listOf(props.items).map((item, index) => [item, ["items", index]] as const)
      : [[props, []]];
  return objects.flatMap(([object, prefix]) =>
    ofObject(kindOf(resource), object, namespaceOf(resource), context).map((seen) => ({
      ...seen,
      field: [...prefix, ...seen.field],
    })),
  );
}

function ofObject(kind: string, object: Value, namespace: Value, context: Context): Observation[] {
  const spec = at(object, "spec");
  if (spec === unknown) return [deferred(["spec"])];
  switch (kind) {
    case "Service":
      return ofService(object, ["spec"], spec, context);
    case "Ingress":
      return [
        {
          field: ["spec"],
          message: "lets requests in beside the gateway",
          remedy: "route to it from the Gateway, by an HTTPRoute",
        },
      ];
    case "Gateway":
      return ofGateway(object, namespace, context);
    case "EC2NodeClass":
      return isTrue(at(spec, "associatePublicIPAddress"))
        ? [
            {
              field: ["spec", "associatePublicIPAddress"],
              value: "true",
              message: "which gives nodes addresses of the internet",
            },
          ]
        : [];
    default: {
      const service = at(spec, "provider", "kubernetes", "envoyService") ?? at(spec, "service", "spec");
      return service === undefined || declared(namespace, context)
        ? []
        : ofService({ metadata: { annotations: at(service, "annotations") } }, ["spec"], service, context, false);
    }
  }
}

const declared = (namespace: Value, { environment: { gateway } }: Context): boolean =>
  namespace === gatewayNamespace && gateway.exposure === "public";

function ofService(object: Value, field: string[], spec: Value, context: Context, own = true): Observation[] {
  const type = at(spec, "type");
  const annotations = at(object, "metadata", "annotations");
  const addresses = at(spec, "externalIPs");
  if (type === unknown) return [deferred([...field, "type"])];
  return [
    ...(type === "NodePort"
      ? [{ field: [...field, "type"], value: "NodePort", message: "which opens a port on every node" }]
      : []),
    ...(type === "LoadBalancer" && annotations === unknown ? [deferred(["metadata", "annotations"])] : []),
    ...(type === "LoadBalancer" &&
    annotations !== unknown &&
    (own || at(object, "metadata", "annotations") !== undefined) &&
    (!staysInside(annotations, context) || context.environment.cluster.kind === "existing")
      ? [
          {
            field: [...field, "type"],
            value: "LoadBalancer",
            message: "and nothing says that its address is one of the network's own",
          },
        ]
      : []),
    ...(addresses === unknown ? [deferred([...field, "externalIPs"])] : []),
    ...listOf(addresses).map((address, index) => ({
      field: [...field, "externalIPs", index],
      ...(typeof address === "string" ? { value: address } : {}),
      message: "by which every node takes requests to that address",
    })),
  ];
}

function ofGateway(object: Value, namespace: Value, context: Context): Observation[] {
  const chosen = at(object, "spec", "gatewayClassName");
  const annotations = at(object, "spec", "infrastructure", "annotations");
  if (chosen === unknown) return [deferred(["spec", "gatewayClassName"])];
  if (namespace === unknown) return [deferred(["metadata", "namespace"])];
  if (declared(namespace, context)) return [];
  const remedy =
    "leave gateway.exposure at internal, or state gateway.exposure: public where models are to be called from the internet";
  if (typeof chosen === "string" && chosen.startsWith("gke-l7-")) {
    return externalClass.test(chosen)
      ? [
          {
            field: ["spec", "gatewayClassName"],
            value: chosen,
            message: "which is a load balancer of the internet",
            remedy,
          },
        ]
      : [];
  }
  if (annotations === unknown) return [deferred(["spec", "infrastructure", "annotations"])];
  if (staysInside(isObject(annotations) ? annotations : {}, context)) return [];
  return [
    {
      field: ["spec", "infrastructure", "annotations"],
      message: "do not keep its load balancer inside the network, and the environment does not declare it public",
      remedy,
    },
  ];
}
