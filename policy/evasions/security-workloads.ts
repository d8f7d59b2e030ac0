import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { unknown } from "../rule";
import {
  catalogChart,
  container,
  deployment,
  good,
  here,
  image,
  inNamespace,
  object,
  optionsUnder,
  podSpec,
} from "./security-objects";

type Attempt = Omit<Evasion, "context"> & Partial<Pick<Evasion, "context">>;

/** Ways past the rules for pods, images, devices, tokens and identities. */
const attempts: readonly Attempt[] = [
  {
    rule: "security-pod",
    attempt: "a privileged container hides among those that run first",
    resources: [
      deployment("a", podSpec({ initContainers: [container({ securityContext: { ...good, privileged: true } })] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "an ephemeral container adds a capability in the kernel's own spelling",
    resources: [
      object("core/v1:Pod", "a", {
        spec: podSpec({
          ephemeralContainers: [
            container({ securityContext: { ...good, capabilities: { drop: ["ALL"], add: ["CAP_SYS_ADMIN"] } } }),
          ],
        }),
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a custom resource keeps its template where no list of kinds looks",
    resources: [
      object("example.org/v1:Crawler", "a", { spec: { workers: { blueprint: podSpec({ hostNetwork: true }) } } }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the pod is JSON text in a ConfigMap that a controller lays over its own",
    resources: [
      object("core/v1:ConfigMap", "a", {
        data: {
          deployment: JSON.stringify({ spec: { template: { spec: { hostPID: true, containers: [{ name: "x" }] } } } }),
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the same text is YAML",
    resources: [
      object("core/v1:ConfigMap", "a", {
        data: { deployment: "spec:\n  template:\n    spec:\n      hostNetwork: true\n" },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the gateway's proxies are told by an overlay to run privileged, without a list of containers",
    resources: [
      object("gateway.envoyproxy.io/v1alpha1:EnvoyProxy", "a", {
        spec: {
          provider: { kubernetes: { envoyDeployment: { container: { securityContext: { privileged: true } } } } },
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the pod's context is right, and a container takes it back",
    resources: [
      deployment("a", podSpec({ containers: [container({ securityContext: { ...good, runAsNonRoot: false } })] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the node's folder comes as a volume that a claim stands for",
    resources: [
      object("core/v1:PersistentVolume", "a", { spec: { hostPath: { path: "/" }, capacity: { storage: "1Gi" } } }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a liveness probe asks another host, from the kubelet's network",
    resources: [
      deployment(
        "a",
        podSpec({ containers: [container({ livenessProbe: { httpGet: { host: "169.254.169.254", port: 80 } } })] }),
      ),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the namespace states a level and an older version of it",
    resources: [
      resourceWith("kubernetes:core/v1:Namespace", {
        metadata: {
          name: "tenant-x",
          labels: {
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "v1.0",
          },
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a second resource patches the level of a namespace that is there",
    resources: [
      resourceWith("kubernetes:core/v1:NamespacePatch", {
        metadata: { name: "tenant-search", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a chart that is not the catalog's calls itself like one that is",
    resources: [
      deployment("a", podSpec({ hostNetwork: true }), {
        props: { ...inNamespace("spire-system", "a"), spec: { template: { spec: podSpec({ hostNetwork: true }) } } },
        options: optionsUnder("kubernetes:helm.sh/v4:Chart", "spire"),
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a chart of the catalog puts a workload into a tenant's namespace",
    resources: [
      deployment("a", podSpec({ containers: [{ name: "x", image }] }), {
        options: optionsUnder(catalogChart, "gpu-operator"),
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a pod of one's own goes where the platform's node agents are",
    resources: [
      deployment("a", podSpec(), {
        props: {
          ...inNamespace("dra-driver-nvidia-gpu", "mine"),
          spec: { template: { spec: podSpec({ hostPID: true }) } },
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a chart of the catalog reaches the node from a namespace that is not there for it",
    resources: [
      deployment("keda", podSpec(), {
        props: {
          ...inNamespace("keda", "keda"),
          spec: { template: { spec: podSpec({ volumes: [{ name: "v", hostPath: { path: "/var/run" } }] }) } },
        },
        options: optionsUnder(catalogChart, "keda"),
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "helm itself makes the objects, which no rule is shown",
    resources: [resourceWith("kubernetes:helm.sh/v3:Release", { chart: "lws", namespace: "lws-system" })],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "a program on the machine of the update applies the objects",
    resources: [resourceWith("command:local:Command", { create: "kubectl apply -f pod.yaml" })],
    caught: "violation",
  },
  {
    rule: "security-pod",
    attempt: "the pod depends on a resource that is not there yet",
    resources: [object("apps/v1:DaemonSet", "a", { spec: { template: unknown } })],
    caught: "deferred",
  },
  {
    rule: "security-pod",
    attempt: "whether it is privileged is not known",
    resources: [
      deployment("a", podSpec({ containers: [container({ securityContext: { ...good, privileged: unknown } })] })),
    ],
    caught: "deferred",
  },
  {
    rule: "security-catalog-image",
    attempt: "a tag looks like the digest of the catalog's image",
    resources: [deployment("a", podSpec({ containers: [container({ image: `${image}-sha256-${"0".repeat(64)}` })] }))],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "the catalog's repository, by a digest of another image",
    resources: [deployment("a", podSpec({ containers: [container({ image: `${image}@sha256:${"0".repeat(64)}` })] }))],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "another repository whose name begins like the catalog's",
    resources: [
      deployment("a", podSpec({ containers: [container({ image: "ghcr.io/llm-d/llm-d-cuda-extra:v0.9.0" })] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "an image is mounted as a volume and never run",
    resources: [
      deployment("a", podSpec({ volumes: [{ name: "w", image: { reference: "docker.io/library/alpine:3" } }] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "a chart with the name of the catalog's comes from elsewhere",
    resources: [
      resourceWith(
        "kubernetes:helm.sh/v4:Chart",
        { chart: "oci://registry.elsewhere.example/charts/lws", version: "v0.10.0" },
        { name: "lws" },
      ),
    ],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "the catalog's chart, without a version",
    resources: [
      resourceWith("kubernetes:helm.sh/v4:Chart", { chart: "oci://registry.k8s.io/lws/charts/lws" }, { name: "lws" }),
    ],
    caught: "violation",
  },
  {
    rule: "security-catalog-image",
    attempt: "a chart of the catalog is told by a value to run another image",
    resources: [
      deployment("lws", podSpec(), {
        props: {
          ...inNamespace("lws-system", "lws"),
          spec: { template: { spec: podSpec({ containers: [container({ image: "registry.k8s.io/pause:3.10" })] }) } },
        },
        options: optionsUnder(catalogChart, "lws"),
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-device",
    attempt: "a claim asks for administrators' access to devices that others use",
    resources: [
      object("resource.k8s.io/v1:ResourceClaimTemplate", "a", {
        spec: {
          spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu", adminAccess: true } }] } },
        },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-device",
    attempt: "a variable asks the runtime for every GPU",
    resources: [
      deployment(
        "a",
        podSpec({ containers: [container({ env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] })] }),
      ),
    ],
    caught: "violation",
  },
  {
    rule: "security-device",
    attempt: "the device's path goes around",
    resources: [deployment("a", podSpec({ volumes: [{ name: "d", hostPath: { path: "//dev/./nvidia0" } }] }))],
    caught: "violation",
  },
  {
    rule: "security-device",
    attempt: "a slice is counted by its MIG profile where GPUs are claimed",
    resources: [
      deployment("a", podSpec({ containers: [container({ resources: { limits: { "nvidia.com/mig-1g.10gb": 1 } } })] })),
    ],
    caught: "violation",
  },
  {
    rule: "security-service-account-token",
    attempt: "the token is projected, though none is mounted by itself",
    resources: [
      deployment(
        "a",
        podSpec({ volumes: [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }] }),
      ),
    ],
    caught: "violation",
  },
  {
    rule: "security-service-account-token",
    attempt: "neither the pod nor its account says anything, which is yes",
    resources: [
      object("core/v1:ServiceAccount", "a", { automountServiceAccountToken: false }),
      deployment("b", podSpec({ automountServiceAccountToken: undefined, serviceAccountName: "default" })),
    ],
    caught: "violation",
  },
  {
    rule: "security-service-account-token",
    attempt: "an account of the same name in another namespace has a role",
    resources: [
      object("core/v1:ServiceAccount", "a", {}),
      object("rbac.authorization.k8s.io/v1:RoleBinding", "a", {
        roleRef: { kind: "Role", name: "a" },
        subjects: [{ kind: "ServiceAccount", name: "a", namespace: "elsewhere" }],
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-workload-identity",
    attempt: "servers leave out the label by which they would have an identity",
    resources: [
      object("core/v1:Service", "model", { spec: { selector: { app: "mine" } } }),
      object("gateway.networking.k8s.io/v1:HTTPRoute", "model", {
        spec: { rules: [{ backendRefs: [{ name: "model", port: 8000 }] }] },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-workload-identity",
    attempt: "an identity is there, for another namespace",
    resources: [
      resourceWith("kubernetes:core/v1:Namespace", {
        metadata: { name: "tenant-search", labels: { "ai-platform/tenant": "search" } },
      }),
      object("spire.spiffe.io/v1alpha1:ClusterSPIFFEID", "a", {
        spec: {
          spiffeIDTemplate:
            "spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}",
          podSelector: { matchLabels: { "llm-d.ai/inference-serving": "true" } },
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elsewhere" } },
        },
      }),
      deployment("a", podSpec(), {}, { "llm-d.ai/inference-serving": "true" }),
    ],
    caught: "violation",
  },
  {
    rule: "security-workload-identity",
    attempt: "a pod chooses its own identity by a label",
    resources: [
      object("spire.spiffe.io/v1alpha1:ClusterSPIFFEID", "a", {
        spec: { spiffeIDTemplate: 'spiffe://{{ .TrustDomain }}/{{ index .PodMeta.Labels "as" }}', podSelector: {} },
      }),
    ],
    caught: "violation",
  },
  {
    rule: "security-workload-identity",
    attempt: "an agent runs without any",
    resources: [deployment("agent", podSpec(), {}, { "app.kubernetes.io/component": "agent" })],
    caught: "violation",
  },
];

export const workloadEvasions: readonly Evasion[] = attempts.map((attempt) => ({ context: here, ...attempt }));
