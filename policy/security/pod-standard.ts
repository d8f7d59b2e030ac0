import { deferred, isObject, type Observation, type Path, type Properties, unknown, type Value } from "../rule";
import type { Level } from "./declared-namespaces";
import { at, containersOf, isTrue, listOf, type Pod } from "./objects";

/**
 * The Pod Security Standards as the API server's own admission has them, for a pod wherever it is stated.
 * Source: k8s.io/pod-security-admission v0.36.0 policy/check_*.go. What it lets pass for a pod in a user namespace, or on
 * Windows, is not let pass here: the catalog's oldest Kubernetes does not, and there are no such nodes.
 */

export interface Breach extends Observation {
  /** The open-most level that forbids it. */
  readonly level: "baseline" | "restricted";
}

/** Capabilities that "baseline" lets a container add; "restricted" lets it add the first alone. */
export const capabilities = [
  ...["NET_BIND_SERVICE", "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "SETFCAP"],
  ...["SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

export const sysctls = new Set([
  "kernel.shm_rmid_forced",
  ...["ip_local_port_range", "tcp_syncookies", "ping_group_range", "ip_unprivileged_port_start"].map(ipv4),
  ...["ip_local_reserved_ports", "tcp_keepalive_time", "tcp_fin_timeout", "tcp_keepalive_intvl"].map(ipv4),
  ...["tcp_keepalive_probes", "tcp_rmem", "tcp_wmem"].map(ipv4),
]);

function ipv4(name: string): string {
  return `net.ipv4.${name}`;
}

export const volumeTypes = new Set([
  ...[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
  ],
]);

export const seLinuxTypes = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);

const hostProcess = (context: Value, field: Path) =>
  forbidden(
    [...field, "windowsOptions", "hostProcess"],
    at(context, "windowsOptions", "hostProcess"),
    isTrue,
    "which runs it on the node itself",
  );

/** What stands where nothing may, in the words of the rule; deferred where it is not known. */
function forbidden(
  field: Path,
  value: Value,
  bad: (value: Value) => boolean,
  message: string,
  level: Breach["level"] = "baseline",
): Breach[] {
  if (value === unknown) return [{ ...deferred(field), level }];
  return bad(value) ? [{ field, value: textOf(value), message, level }] : [];
}

const textOf = (value: Value): string | undefined =>
  value === undefined || value === null || value === unknown || typeof value === "object" ? undefined : String(value);

const stated = (value: Value): boolean => value !== undefined && value !== null && value !== "";

/** What pod and container may both state, of which the container's counts. */
function shared(context: Value, field: Path): Breach[] {
  const seLinux = at(context, "seLinuxOptions");
  const appArmor = at(context, "appArmorProfile", "type");
  return [
    ...hostProcess(context, field),
    ...forbidden(
      [...field, "appArmorProfile", "type"],
      appArmor,
      (value) => stated(value) && !["RuntimeDefault", "Localhost"].includes(String(value)),
      "and AppArmor must be RuntimeDefault or Localhost",
    ),
    ...forbidden(
      [...field, "seLinuxOptions", "type"],
      at(seLinux, "type"),
      (value) => value !== null && value !== undefined && !seLinuxTypes.has(String(value)),
      "which is no SELinux type of containers",
    ),
    ...(["user", "role"] as const).flatMap((part) =>
      forbidden(
        [...field, "seLinuxOptions", part],
        at(seLinux, part),
        stated,
        "and SELinux' user and role are not a pod's to choose",
      ),
    ),
    ...forbidden(
      [...field, "seccompProfile", "type"],
      at(context, "seccompProfile", "type"),
      (value) => stated(value) && !["RuntimeDefault", "Localhost"].includes(String(value)),
      "and seccomp must be RuntimeDefault or Localhost",
    ),
    ...forbidden(
      [...field, "runAsNonRoot"],
      at(context, "runAsNonRoot"),
      (value) => value === false || String(value).toLowerCase() === "false",
      "which lets it run as root",
      "restricted",
    ),
    ...forbidden(
      [...field, "runAsUser"],
      at(context, "runAsUser"),
      (value) => stated(value) && Number(value) === 0,
      "which is root",
      "restricted",
    ),
  ];
}

function ofContainer(container: Properties, field: Path, pod: Value): Breach[] {
  const context = container.securityContext;
  const own: Path = [...field, "securityContext"];
  if (context === unknown) return [{ ...deferred(own), level: "baseline" }];
  const inherited = (key: string, ...rest: string[]): Value => {
    const mine = at(context, key, ...rest);
    return mine === undefined || mine === null ? at(pod, key, ...rest) : mine;
  };
  const must = (path: Path, value: Value, good: (value: Value) => boolean, message: string): Breach[] =>
    value === unknown
      ? [{ ...deferred([...own, ...path]), level: "restricted" }]
      : good(value)
        ? []
        : [{ field: [...own, ...path], value: textOf(value), message, level: "restricted" }];
  const added = at(context, "capabilities", "add");
  const dropped = at(context, "capabilities", "drop");
  const breaches = [
    ...shared(context, own),
    ...forbidden([...own, "privileged"], at(context, "privileged"), isTrue, "which gives it the node"),
    ...forbidden(
      [...own, "procMount"],
      at(context, "procMount"),
      (value) => stated(value) && value !== "Default",
      "which shows it the node's /proc",
    ),
    ...must(
      ["allowPrivilegeEscalation"],
      at(context, "allowPrivilegeEscalation"),
      (value) => value === false,
      "and must be false: a process may otherwise gain more rights than its parent",
    ),
    ...must(
      ["runAsNonRoot"],
      inherited("runAsNonRoot"),
      (value) => value !== undefined && value !== null,
      "is not stated, of the container or its pod, and must be true",
    ),
    ...must(
      ["seccompProfile", "type"],
      inherited("seccompProfile", "type"),
      stated,
      "is not stated, of the container or its pod, and must be RuntimeDefault or Localhost",
    ),
    ...(added === unknown
      ? [{ ...deferred([...own, "capabilities", "add"]), level: "baseline" as const }]
      : listOf(added).flatMap((capability, index) => {
          const name = String(capability).toUpperCase().replace(/^CAP_/, "");
          const allowed = typeof capability === "string" && name === capability && capabilities.includes(name);
          return forbidden(
            [...own, "capabilities", "add", index],
            capability,
            () => !allowed || name !== capabilities[0],
            `and a container may add ${capabilities[0]} alone`,
            allowed ? "restricted" : "baseline",
          );
        })),
    ...must(
      ["capabilities", "drop"],
      dropped === unknown || listOf(dropped).includes(unknown) ? unknown : dropped,
      (value) => listOf(value).includes("ALL"),
      "does not hold ALL",
    ),
    ...listOf(container.ports).flatMap((port, index) =>
      forbidden(
        [...field, "ports", index, "hostPort"],
        at(port, "hostPort"),
        (value) => stated(value) && Number(value) !== 0,
        "which is a port of the node",
      ),
    ),
    ...["livenessProbe", "readinessProbe", "startupProbe"].flatMap((probe) =>
      ["httpGet", "tcpSocket"].flatMap((how) => hostOf(container, field, [probe, how, "host"])),
    ),
    ...["postStart", "preStop"].flatMap((hook) =>
      ["httpGet", "tcpSocket"].flatMap((how) => hostOf(container, field, ["lifecycle", hook, how, "host"])),
    ),
  ];
  return breaches;
}

const hostOf = (container: Properties, field: Path, path: readonly string[]) =>
  forbidden(
    [...field, ...path],
    at(container, ...path),
    stated,
    "by which the kubelet would ask hosts other than the pod",
  );

function volumes({ spec, field }: Pod): Breach[] {
  if (spec.volumes === unknown) return [{ ...deferred([...field, "volumes"]), level: "baseline" }];
  return listOf(spec.volumes).flatMap((volume, index): Breach[] => {
    const path: Path = [...field, "volumes", index];
    if (volume === unknown) return [{ ...deferred(path), level: "baseline" }];
    if (!isObject(volume)) return [];
    if (stated(volume.hostPath)) {
      const host = at(volume, "hostPath", "path");
      return [
        {
          field: [...path, "hostPath"],
          value: textOf(host),
          message: "which is a folder of the node",
          level: "baseline",
        },
      ];
    }
    const kinds = Object.keys(volume).filter((key) => key !== "name" && stated(volume[key]));
    const other = kinds.find((kind) => !volumeTypes.has(kind));
    return other === undefined
      ? []
      : [{ field: [...path, other], message: "is no type of volume that a pod may have", level: "restricted" }];
  });
}

/** What a pod breaks of the standards, at whatever level. */
export function breachesOf(pod: Pod): readonly Breach[] {
  const { spec, field, metadata } = pod;
  const context = spec.securityContext;
  const own: Path = [...field, "securityContext"];
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const template: Path = field.slice(0, -1);
  return [
    ...(["hostNetwork", "hostPID", "hostIPC"] as const).flatMap((key) =>
      forbidden([...field, key], spec[key], isTrue, "which is the node's own"),
    ),
    ...(context === unknown ? [{ ...deferred(own), level: "baseline" as const }] : shared(context, own)),
    ...listOf(at(context, "sysctls")).flatMap((sysctl, index) =>
      forbidden(
        [...own, "sysctls", index, "name"],
        at(sysctl, "name"),
        (name) => !sysctls.has(String(name)),
        "which is no sysctl that a pod may set",
      ),
    ),
    ...Object.entries(annotations).flatMap(([key, value]) =>
      /^container\.apparmor\.security\.beta\.kubernetes\.io\//.test(key)
        ? forbidden(
            [...template, "metadata", "annotations", key],
            value,
            (profile) => !/^(runtime\/default|localhost\/.*)?$/.test(String(profile)),
            "and AppArmor must be runtime/default or localhost/*",
          )
        : [],
    ),
    ...volumes(pod),
    ...containersOf(pod).flatMap(({ container, field: path }) => ofContainer(container, path, context)),
    ...(["containers", "initContainers", "ephemeralContainers"] as const).flatMap((list) =>
      listOf(spec[list]).flatMap((container, index): Breach[] =>
        container === unknown ? [{ ...deferred([...field, list, index]), level: "baseline" }] : [],
      ),
    ),
  ];
}

/** Those of them that a level forbids. */
export const breachesAt = (pod: Pod, level: Level): readonly Breach[] =>
  level === "privileged"
    ? []
    : breachesOf(pod).filter((breach) => level === "restricted" || breach.level === "baseline");
