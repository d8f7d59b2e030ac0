import { type Case, carriers, container, podSpec, resources, security } from "./case";

/** For tests: what the rules on pods, devices and scalers are asked. */

const pod = carriers.Pod!;

export const restrictions: readonly Case[] = [
  ...(
    [
      ["the node's network", { hostNetwork: true }, {}],
      ["the node's processes", { hostPID: true }, {}],
      ["the node's memory", { hostIPC: true }, {}],
      ["a folder of the node", { volumes: [{ name: "root", hostPath: { path: "/" } }] }, {}],
      ["a volume of another kind", { volumes: [{ name: "nfs", nfs: { server: "nfs", path: "/" } }] }, {}],
      ["root", { securityContext: { runAsNonRoot: true, runAsUser: 0 } }, {}],
      ["a sysctl", { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }, {}],
      ["privileges", {}, { securityContext: { ...security, allowPrivilegeEscalation: undefined, privileged: true } }],
      ["escalation", {}, { securityContext: { ...security, allowPrivilegeEscalation: undefined } }],
      ["a capability", {}, { securityContext: { ...security, capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } } }],
      ["all capabilities", {}, { securityContext: { ...security, capabilities: {} } }],
      ["no seccomp", {}, { securityContext: { ...security, seccompProfile: { type: "Unconfined" } } }],
      ["a user of the image's", { securityContext: {} }, { securityContext: { ...security, runAsNonRoot: undefined } }],
      ["an SELinux role", {}, { securityContext: { ...security, seLinuxOptions: { role: "x" } } }],
      ["a port of the node", {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
      ["a probe of other hosts", {}, { livenessProbe: { tcpSocket: { host: "203.0.113.7", port: 80 } } }],
    ] as const
  ).map(([what, over, only]) => ({ what, refused: true, object: pod(podSpec(over, only)) })),
  {
    what: "a privileged container that runs first, in a DaemonSet",
    refused: true,
    object: carriers.DaemonSet!(
      podSpec({ initContainers: [container({ name: "init", securityContext: { privileged: true } })] }),
    ),
  },
  {
    what: "the first of capabilities",
    refused: false,
    object: pod(
      podSpec({}, { securityContext: { ...security, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } } }),
    ),
  },
  {
    what: "a volume that is a folder of a node",
    refused: true,
    object: {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "case" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/" } },
    },
  },
  ...(["restricted", "baseline", "privileged", "none"] as const).map((level) => ({
    what: `a namespace of level ${level}`,
    refused: level !== "restricted",
    object: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "case",
        labels: level === "none" ? {} : { "pod-security.kubernetes.io/enforce": level },
      },
    },
  })),
];

export const devices: readonly Case[] = [
  ...(
    [
      ["a GPU by a counter", {}, { resources: { ...resources, limits: { memory: "64Mi", "nvidia.com/gpu": "1" } } }],
      ["every GPU by a variable", {}, { env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] }],
      ["NVIDIA's runtime", { runtimeClassName: "nvidia" }, {}],
      ["a device file", { volumes: [{ name: "gpu", hostPath: { path: "/dev/nvidia0" } }] }, {}],
    ] as const
  ).map(([what, over, only]) => ({ what, refused: true, object: carriers.Deployment!(podSpec(over, only)) })),
  {
    what: "no GPU by a variable",
    refused: false,
    object: pod(podSpec({}, { env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "void" }] })),
  },
  {
    what: "a counter of nothing",
    refused: false,
    object: pod(podSpec({}, { resources: { ...resources, limits: { memory: "64Mi", "nvidia.com/gpu": "0" } } })),
  },
  {
    what: "a namespace whose claims may take what others use",
    refused: true,
    object: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "case", labels: { "resource.kubernetes.io/admin-access": "true" } },
    },
  },
  ...([true, false] as const).map((adminAccess) => ({
    what: `a claim with adminAccess ${adminAccess}`,
    refused: adminAccess,
    object: {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaimTemplate",
      metadata: { name: "case" },
      spec: {
        spec: {
          devices: {
            requests: [
              {
                name: "gpu",
                exactly: { deviceClassName: "gpu.example.org", allocationMode: "ExactCount", count: 1, adminAccess },
              },
            ],
          },
        },
      },
    },
  })),
];

const scaler = (maxReplicas: number): Case["object"] => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "case" },
  spec: { maxReplicas, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "case" } },
});

/** The environment of the tests has one node, which holds 110 pods. */
export const scales: readonly Case[] = [
  { what: "as many pods as nodes hold", refused: false, object: scaler(110) },
  { what: "more pods than nodes hold", refused: true, object: scaler(111) },
];
