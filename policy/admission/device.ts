import { isGpuPool } from "../../stacks/environment";
import { counters, devices, poolLabel } from "../security/device";
import type { Admission, AdmissionContext } from "./admission";
import { all, each, every, listAt, quoted } from "./cel";
import { containersOf, podResources, podsOf } from "./pods";

const subject = "variables.subject";
const adminLabel = "resource.kubernetes.io/admin-access";
const re = ({ source }: RegExp) => quoted(`(?i)${source}`);

/** As CEL: whether pod `p` may not count devices where it runs. */
function uncounted({ environment: { pools } }: AdmissionContext): string {
  const claimed = pools.filter((pool) => !isGpuPool(pool) || pool.devices.owner === "dra").map(({ name }) => name);
  const counting = pools.filter(isGpuPool).filter(({ devices: { owner } }) => owner !== "dra");
  return counting.length === 0
    ? "true"
    : `(has(p.nodeSelector) && ${quoted(poolLabel)} in p.nodeSelector && p.nodeSelector[${quoted(poolLabel)}] in ${JSON.stringify(claimed)})`;
}

export function deviceAdmission(context: AdmissionContext): Admission {
  const never = uncounted(context);
  const counted = (kind: string) =>
    `c.?resources.?${kind}.orValue({}).filter(key, key.matches(${re(counters)}) && string(c.resources.${kind}[key]) != "0" && ${never}).map(key, "container " + c.name + " counts " + key).join("; ")`;
  const requests = listAt(`${subject}.claim`, "devices", "requests");
  const admin = "r.?adminAccess.orValue(false) || r.?exactly.?adminAccess.orValue(false)";
  return {
    resources: [
      ...podResources,
      { group: "", resources: ["namespaces"] },
      { group: "resource.k8s.io", resources: ["resourceclaims", "resourceclaimtemplates"] },
    ],
    subject: (object) => {
      const any = `dyn(${object})`;
      return `{"pods": dyn(${podsOf(object)}), "claim": ${any}.?spec.?devices.hasValue() ? ${any}.spec : ${any}.?spec.?spec.orValue({}), "admin": request.kind.kind == "Namespace" ? ${any}.?metadata.?labels[?${quoted(adminLabel)}].orValue("false") : dyn("false")}`;
    },
    finding: all(
      every(
        `${subject}.pods`,
        "p",
        all(
          `p.?runtimeClassName.orValue("").matches("(?i)nvidia") ? "runtimeClassName is " + p.runtimeClassName : ""`,
          each(
            listAt("p", "volumes"),
            "v",
            `v.?hostPath.?path.orValue("").matches(${re(devices)})`,
            '"volume " + v.name + " is " + v.hostPath.path',
          ),
          every(
            containersOf("p"),
            "c",
            all(
              each(
                listAt("c", "env"),
                "e",
                `e.name.trim().matches("(?i)^NVIDIA_(VISIBLE_DEVICES|IMEX_CHANNELS)$") && !e.?value.orValue("").trim().matches("(?i)^(void|none|)$")`,
                '"variable " + e.name + " of container " + c.name + " is \\"" + e.value + "\\""',
              ),
              counted("limits"),
              counted("requests"),
            ),
          ),
        ),
      ),
      each(requests, "r", admin, '"request " + r.name + " has adminAccess"'),
      `${subject}.admin.lowerAscii() != "false" ? "label ${adminLabel} is \\"" + ${subject}.admin + "\\"" : ""`,
    ),
    because: "by which devices are taken that were not claimed",
    warnsOfReleases: true,
  };
}
