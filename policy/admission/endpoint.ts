import { externalClass, gatewayNamespace, internal } from "../security/public-kubernetes";
import type { Admission, AdmissionContext } from "./admission";
import { all, each, quoted } from "./cel";

const subject = "variables.subject";

/** As CEL: whether annotations keep a load balancer inside; where the cluster is one's own, its addresses are too. */
function staysInside(annotations: string, { environment: { cluster } }: AdmissionContext): string {
  if (cluster.kind === "existing") return "true";
  const words = Object.entries(internal[cluster.kind]).map(([key, pattern]) => {
    const value = `${annotations}[${quoted(key)}]`;
    return {
      stated: `${quoted(key)} in ${annotations}`,
      inside: `${value}.matches(${quoted(`${pattern.ignoreCase ? "(?i)" : ""}${pattern.source}`)})`,
    };
  });
  const some = words.map(({ stated }) => stated).join(" || ");
  const none = words.map(({ stated, inside }) => `(!(${stated}) || ${inside})`).join(" && ");
  return `((${some}) && ${none})`;
}

/**
 * Services, Ingresses and Gateways. The Service of the platform's own gateway is made by its controller, of which a pull
 * request knows nothing: it is held to what the Gateway is.
 */
export function endpointAdmission(context: AdmissionContext): Admission {
  const { cluster, gateway } = context.environment;
  const home = `(request.?namespace.orValue("") == ${quoted(gatewayNamespace)})`;
  const declared = gateway.exposure === "public" ? home : "false";
  const annotations = `${subject}.annotations`;
  const inside = cluster.kind === "existing" ? home : staysInside(annotations, context);
  const chosen = `${subject}.class`;
  const infrastructure = `${subject}.infrastructure`;
  return {
    resources: [
      { group: "", resources: ["services"] },
      { group: "networking.k8s.io", resources: ["ingresses"] },
      { group: "gateway.networking.k8s.io", resources: ["gateways"] },
    ],
    subject: (object) => {
      const any = `dyn(${object})`;
      return `{"type": ${any}.?spec.?type.orValue(""), "addresses": ${any}.?spec.?externalIPs.orValue([]), "annotations": ${any}.?metadata.?annotations.orValue({}), "class": ${any}.?spec.?gatewayClassName.orValue(""), "infrastructure": ${any}.?spec.?infrastructure.?annotations.orValue({})}`;
    },
    finding: `request.kind.kind == "Ingress" ? "an Ingress lets requests in beside the gateway" : request.kind.kind == "Gateway" ? (${declared} ? "" : ${chosen}.startsWith("gke-l7-") ? (${chosen}.matches(${quoted(externalClass.source)}) ? "gatewayClassName is " + ${chosen} : "") : ${staysInside(infrastructure, context)} ? "" : "nothing keeps the load balancer of the Gateway inside the network") : ${all(
      `${subject}.type == "NodePort" ? "type is NodePort" : ""`,
      `${subject}.type == "LoadBalancer" && !(${declared}) && !${inside} ? "type is LoadBalancer, and nothing keeps it inside the network" : ""`,
      each(`${subject}.addresses`, "address", "true", '"externalIPs has " + address'),
    )}`,
    because: "which makes it reachable from outside, and the environment does not declare that",
    warnsOfReleases: true,
  };
}
