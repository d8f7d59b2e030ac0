import { adding, changing, type Mutation } from "../mutation";
import type { Path, Properties, Resource, Value } from "../rule";

/** Stacks with one thing of security made wrong. */

/** Properties with another value at a path; undefined takes it away. */
function withAt(value: Value, path: Path, made: Value): Value {
  const [step, ...rest] = path;
  if (step === undefined) return made;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? withAt(item, rest, made) : item));
  }
  const { [step]: before, ...others } = (value ?? {}) as { [key: string]: Value };
  const after = withAt(before, rest, made);
  return (after === undefined ? others : { ...others, [step]: after }) as Properties;
}

const set =
  (...path: Path) =>
  (made: Value) =>
  (props: Properties): Properties =>
    withAt(props, path, made) as Properties;

const object = (type: string, name: string, props: Properties): Resource => ({
  urn: `urn:pulumi:test::ai-platform::kubernetes:${type}::${name}`,
  type: `kubernetes:${type}`,
  name,
  props: { metadata: { name }, ...props },
  secrets: [],
  options: { protect: false, ignoreChanges: [] },
});

const deployment = "kubernetes:apps/v1:Deployment";
const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const podSpec = ["spec", "template", "spec"] as const;

export const securityMutations: readonly Mutation[] = [
  {
    rule: "security-pod",
    stack: "local",
    when: "a model server may run as root",
    patch: changing(deployment, set(...podSpec, "securityContext", "runAsNonRoot")(undefined), "qwen3-32b-decode"),
  },
  {
    rule: "security-pod",
    stack: "prod-aws",
    when: "a tenant's namespace no longer enforces a level",
    patch: changing(
      "kubernetes:core/v1:Namespace",
      set("metadata", "labels", "pod-security.kubernetes.io/enforce")("baseline"),
      "tenant-search",
    ),
  },
  {
    rule: "security-wildcard-permission",
    stack: "prod-gcp",
    when: "an endpoint picker may do everything with pods",
    patch: changing("kubernetes:rbac.authorization.k8s.io/v1:Role", set("rules", 0, "verbs", 0)("*")),
  },
  {
    rule: "security-wildcard-permission",
    stack: "prod-aws",
    when: "the role of a controller may do everything at EC2",
    patch: changing(
      "aws:iam/rolePolicy:RolePolicy",
      set("policy")(
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ec2:*", Resource: "*" }] }),
      ),
      "karpenter",
    ),
  },
  {
    rule: "security-network-policy",
    stack: "local",
    when: "the policy that closes a tenant's namespace is left out",
    patch: (resources) => resources.filter(({ type, props }) => type !== policy || !isClosing(props)),
  },
  {
    rule: "security-network-policy",
    stack: "onprem",
    when: "a model's servers may call anything",
    patch: changing(policy, set("spec", "egress")([{}]), "qwen3-32b"),
  },
  {
    rule: "security-public-endpoint",
    stack: "prod-gcp",
    when: "the gateway takes an address of the internet that nobody declared",
    patch: changing(
      "kubernetes:gateway.networking.k8s.io/v1:Gateway",
      set("spec", "infrastructure", "annotations")(undefined),
    ),
  },
  {
    rule: "security-public-endpoint",
    stack: "dev-aws",
    when: "the API server is open to more ranges than the environment names",
    patch: changing("aws:eks/cluster:Cluster", set("vpcConfig", "publicAccessCidrs")(["0.0.0.0/0"])),
  },
  {
    rule: "security-secret-encryption",
    stack: "local",
    when: "a ConfigMap holds a token of Hugging Face",
    patch: adding(
      object("core/v1:ConfigMap", "settings", {
        metadata: { name: "settings", namespace: "tenant-search" },
        data: { "settings.env": `HF=hf_${"a1B2".repeat(9)}` },
      }),
    ),
  },
  {
    rule: "security-cloud-key",
    stack: "prod-aws",
    when: "a model server is given a key of AWS",
    patch: changing(
      deployment,
      set(
        ...podSpec,
        "containers",
        0,
        "env",
      )([{ name: "AWS_SECRET_ACCESS_KEY", valueFrom: { secretKeyRef: { name: "bucket", key: "secret" } } }]),
      "qwen3-32b-decode",
    ),
  },
  {
    rule: "security-service-account-token",
    stack: "local",
    when: "a model server mounts the token of its account",
    patch: changing(deployment, set(...podSpec, "automountServiceAccountToken")(true), "qwen3-32b-decode"),
  },
  {
    rule: "security-catalog-image",
    stack: "local",
    when: "a model server runs another version of its image",
    patch: changing(
      deployment,
      set(...podSpec, "containers", 0, "image")("ghcr.io/llm-d/llm-d-cuda:v0.8.0"),
      "qwen3-32b-decode",
    ),
  },
  {
    rule: "security-device",
    stack: "prod-gcp",
    when: "a model server counts GPUs in a pool whose GPUs are claimed",
    patch: changing(
      deployment,
      set(...podSpec, "containers", 0, "resources", "limits")({ "nvidia.com/gpu": "1" }),
      "qwen3-32b-decode",
    ),
  },
  {
    rule: "security-workload-identity",
    stack: "local",
    when: "no identity selects model servers",
    patch: (resources) =>
      resources.filter(
        ({ type, name }) => type !== "kubernetes:spire.spiffe.io/v1alpha1:ClusterSPIFFEID" || name !== "model-server",
      ),
  },
];

/** Whether a policy is one that denies what nothing else opens, of a tenant's namespace. */
function isClosing(props: Properties): boolean {
  const { namespace, name } = props.metadata as { namespace?: string; name?: string };
  return namespace === "tenant-search" && (name === "default-deny" || name === "allowed");
}
