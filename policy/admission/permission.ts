import { everybody, raising } from "../security/rbac";
import type { Admission } from "./admission";
import { all, each, every, listAt, quoted } from "./cel";

const group = "rbac.authorization.k8s.io";
const subject = "variables.subject";

/** Who writes roles for the control plane: itself, and the controller that puts aggregated ones together. */
const controlPlane = ["system:apiserver", "system:serviceaccount:kube-system:clusterrole-aggregation-controller"];

const anybodys = `${quoted(`${group}/aggregate-to-`)}`;

export function permissionAdmission(): Admission {
  const word = (item: string) => `${item}.trim().lowerAscii()`;
  const wide = ["verbs", "resources", "apiGroups", "nonResourceURLs"].map((key) =>
    each(
      listAt("r", key),
      "item",
      key === "verbs" ? `(item.contains("*") || ${word("item")} in ${JSON.stringify(raising)})` : `item.contains("*")`,
      `${quoted(`${key} holds `)} + item`,
    ),
  );
  return {
    resources: [{ group, resources: ["roles", "clusterroles", "rolebindings", "clusterrolebindings"] }],
    subject: (object) => {
      const any = `dyn(${object})`;
      return `{"rules": ${listAt(any, "rules")}, "aggregated": dyn(has(${any}.aggregationRule)), "labels": ${any}.?metadata.?labels.orValue({}), "role": ${any}.?roleRef.?name.orValue(""), "subjects": ${listAt(any, "subjects")}}`;
    },
    finding: `request.userInfo.username in ${JSON.stringify(controlPlane)} ? "" : ${all(
      every(`${subject}.rules`, "r", all(...wide)),
      `${subject}.aggregated ? "it takes in rules by aggregationRule" : ""`,
      each(
        `${subject}.labels`,
        "key",
        `key.startsWith(${anybodys}) && ${subject}.labels[key] != "false"`,
        '"label " + key',
      ),
      `${subject}.role == "cluster-admin" ? "it gives cluster-admin" : ""`,
      each(
        `${subject}.subjects`,
        "s",
        `s.kind != "ServiceAccount" && ${word("s.name")} in ${JSON.stringify(Object.keys(everybody))}`,
        '"subject " + s.name',
      ),
    )}`,
    because: "which is more than anybody can list",
    warnsOfReleases: true,
    warnsOfClusterWide: true,
  };
}
