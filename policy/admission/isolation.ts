import { tenantScope } from "../../components/labels";
import { encrypted, inMachine } from "../sovereignty/isolation-pods";
import type { Admission, AdmissionContext } from "./admission";
import { all, quoted } from "./cel";
import { podResources, podsOf } from "./pods";

const subject = "variables.subject";

/** Runtime classes of tenants' pods on a cluster of one's own; on a cloud it is the nodes that isolate. */
export function isolationAdmission({ environment }: AdmissionContext): Admission | undefined {
  const { cluster, jurisdiction, tenants } = environment;
  if (cluster.kind !== "existing" || jurisdiction.isolation === "none") return undefined;
  const isolates = jurisdiction.isolation === "confidential" ? encrypted : inMachine;
  const [name, handler] = [`${subject}.name`, `${subject}.handler`];
  return {
    resources: [...podResources, { group: "node.k8s.io", resources: ["runtimeclasses"] }],
    subject: (object) =>
      `{"pods": dyn(${podsOf(object)}), "name": dyn(request.?name.orValue("")), "handler": dyn(${object}).?handler.orValue("")}`,
    finding: all(
      `request.?namespace.orValue("") in ${JSON.stringify(tenants.map((tenant) => tenantScope(tenant.name)))} ? ${subject}.pods.filter(p, !p.?runtimeClassName.orValue("").matches(${quoted(isolates.source)})).map(p, "runtimeClassName is \\"" + p.?runtimeClassName.orValue("") + "\\"").join("; ") : ""`,
      `request.kind.kind == "RuntimeClass" && ${name}.matches(${quoted(inMachine.source)}) && !${handler}.matches(${name}.matches(${quoted(isolates.source)}) ? ${quoted(isolates.source)} : ${quoted(inMachine.source)}) ? "handler of " + ${name} + " is " + ${handler} : ""`,
    ),
    because:
      jurisdiction.isolation === "confidential"
        ? "which is no virtual machine whose memory is encrypted"
        : "which is no virtual machine of its own",
  };
}
