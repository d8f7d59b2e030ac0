import { declaredNamespaces, levels } from "../security/declared-namespaces";
import { capabilities, seLinuxTypes, sysctls, volumeTypes } from "../security/pod-standard";
import type { Admission } from "./admission";
import { all, each, every, listAt, quoted } from "./cel";
import { containersOf, podResources, podsOf } from "./pods";

const subject = "variables.subject";
const enforce = "pod-security.kubernetes.io/enforce";

const when = (condition: string, text: string) => `${condition} ? ${text} : ""`;
const listed = (items: Iterable<string>) => JSON.stringify([...items]);
const profiles = '["", "RuntimeDefault", "Localhost"]';

/** What pod and container may both state. `context` is an optional of CEL. */
const shared = (context: string, who: string) => [
  when(`${context}.?windowsOptions.?hostProcess.orValue(false)`, `${who} + " is a process of the node"`),
  when(`!(${context}.?appArmorProfile.?type.orValue("") in ${profiles})`, `${who} + " has AppArmor unconfined"`),
  when(`!(${context}.?seccompProfile.?type.orValue("") in ${profiles})`, `${who} + " has seccomp unconfined"`),
  when(
    `!(${context}.?seLinuxOptions.?type.orValue("") in ${listed(seLinuxTypes)}) || ${context}.?seLinuxOptions.?user.orValue("") != "" || ${context}.?seLinuxOptions.?role.orValue("") != ""`,
    `${who} + " chooses its SELinux label"`,
  ),
  when(`!${context}.?runAsNonRoot.orValue(true)`, `${who} + " may run as root"`),
  when(`${context}.?runAsUser.orValue(1) == 0`, `${who} + " runs as root"`),
];

const inherited = (path: string) =>
  `(has(c.securityContext) && has(c.securityContext.${path}) || has(p.securityContext) && has(p.securityContext.${path}))`;

function ofContainer(): string {
  const context = "c.?securityContext";
  const who = '"container " + c.name';
  const [first] = capabilities;
  const hosts = [
    ...["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.?postStart", "lifecycle.?preStop"].flatMap(
      (probe) => ["httpGet", "tcpSocket"].map((how) => `c.?${probe}.?${how}.?host.orValue("") != ""`),
    ),
  ];
  return all(
    ...shared(context, who),
    when(`${context}.?privileged.orValue(false)`, `${who} + " is privileged"`),
    when(`!(${context}.?procMount.orValue("") in ["", "Default"])`, `${who} + " sees the node's /proc"`),
    when(`${context}.?allowPrivilegeEscalation.orValue(true)`, `${who} + " may escalate its privileges"`),
    when(`!${inherited("runAsNonRoot")}`, `${who} + " does not state runAsNonRoot"`),
    when(
      `${context}.?seccompProfile.?type.orValue("") == "" && p.?securityContext.?seccompProfile.?type.orValue("") == ""`,
      `${who} + " states no seccompProfile"`,
    ),
    each(
      listAt(context, "capabilities", "add"),
      "capability",
      `capability != ${quoted(first!)}`,
      `${who} + " adds " + capability`,
    ),
    when(
      `!(${listAt(context, "capabilities", "drop")}.exists(capability, capability == "ALL"))`,
      `${who} + " does not drop ALL capabilities"`,
    ),
    when(
      `${listAt("c", "ports")}.exists(port, port.?hostPort.orValue(0) != 0)`,
      `${who} + " takes a port of the node"`,
    ),
    when(hosts.join(" || "), `${who} + " has other hosts probed"`),
  );
}

function ofPod(): string {
  const types = listed(["name", ...volumeTypes]);
  return all(
    ...["hostNetwork", "hostPID", "hostIPC"].map((key) => when(`p.?${key}.orValue(false)`, quoted(`${key} is true`))),
    ...shared("p.?securityContext", '"the pod"'),
    each(
      listAt("p", "securityContext", "sysctls"),
      "sysctl",
      `!(sysctl.name in ${listed(sysctls)})`,
      '"sysctl " + sysctl.name + " is set"',
    ),
    every(
      listAt("p", "volumes"),
      "v",
      `v.filter(type, !(type in ${types})).map(type, "volume " + v.name + " is a " + type).join("; ")`,
    ),
    every(containersOf("p"), "c", ofContainer()),
  );
}

/** Levels of a namespace that are strict enough for one that needs no more than `least`. */
const strictEnough = (least: (typeof levels)[number]) => levels.slice(levels.indexOf(least));

/**
 * Pod Security "restricted" for whatever carries pods, the level of namespaces, and volumes that are folders of nodes. In
 * the namespaces of releases it only says a word: there the API server's own admission holds pods to the namespace's level.
 */
export function podAdmission(): Admission {
  const least = Object.fromEntries(
    Object.entries(declaredNamespaces).map(([name, { level }]) => [name, strictEnough(level)] as const),
  );
  const name = `${subject}.name`;
  const allowed = `(${name} in ${JSON.stringify(least)} ? ${JSON.stringify(least)}[${name}] : ${JSON.stringify(strictEnough("restricted"))})`;
  const labels = `${subject}.labels`;
  const label = (key: string, fallback: string) =>
    `(${quoted(key)} in ${labels} ? ${labels}[${quoted(key)}] : ${fallback})`;
  return {
    resources: [...podResources, { group: "", resources: ["namespaces", "persistentvolumes"] }],
    subject: (object) => {
      const any = `dyn(${object})`;
      return `{"pods": dyn(${podsOf(object)}), "name": dyn(request.?name.orValue("")), "labels": request.kind.kind == "Namespace" ? ${any}.?metadata.?labels.orValue({}) : dyn({}), "folder": dyn(request.kind.kind == "PersistentVolume" && has(${any}.spec.hostPath))}`;
    },
    finding: all(
      every(`${subject}.pods`, "p", ofPod()),
      when(`${subject}.folder`, '"the volume is a folder of the node"'),
      when(
        `request.kind.kind == "Namespace" && !(${label(enforce, '""')} in ${allowed})`,
        `"label ${enforce} is \\"" + ${label(enforce, '""')} + "\\""`,
      ),
      when(
        `request.kind.kind == "Namespace" && ${label(`${enforce}-version`, '"latest"')} != "latest"`,
        `"label ${enforce}-version is \\"" + ${label(`${enforce}-version`, '"latest"')} + "\\""`,
      ),
    ),
    because: "which Pod Security restricted forbids",
    warnsOfReleases: true,
  };
}
