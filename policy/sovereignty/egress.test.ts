import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../stacks/load";
import { resourceWith } from "../fixtures";
import { contextOf } from "../mutation";
import { type Context, evaluate, type Properties, describe as text, unknown, type Value } from "../rule";
import { egress } from "./egress";

const sovereign = contextOf({ ...loadEnvironment("sovereign-onprem-eu"), policies: {} });
const free = contextOf(loadEnvironment("onprem"));
const onAws = contextOf({ ...loadEnvironment("sovereign-aws-eu"), policies: {} });
const onGoogle = contextOf({ ...loadEnvironment("sovereign-gcp-eu"), policies: {} });

const run = (type: string, props: Properties, context: Context = sovereign, over = {}) =>
  evaluate(egress, resourceWith(type, props, over), context);
const container = (more: Properties): Properties => ({
  spec: { template: { spec: { containers: [{ name: "a", ...more }] } } },
});
const variable = (name: string, value: Value) => container({ env: [{ name, value }] });

const pod = "kubernetes:apps/v1:Deployment";
const config = "kubernetes:core/v1:ConfigMap";
const chart = "kubernetes:helm.sh/v4:Chart";
const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

test("says what it is", () => {
  expect(egress).toMatchObject({ id: "sovereignty-egress", concern: "sovereignty", severity: "high" });
});

test("a violation names the field, the host, and what to do", () => {
  const [finding] = run(pod, variable("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.com:4317"));
  expect(text(finding!)).toBe(
    "[sovereignty-egress] thing (kubernetes:apps/v1:Deployment): spec.template.spec.containers[0].env[0].value is " +
      '"https://otlp.example.com:4317", which calls otlp.example.com, a host outside that jurisdiction.endpoints does not name. ' +
      "Remedy: run it inside, or have the owner of the environment name it in jurisdiction.endpoints.",
  );
});

describe("lets through", () => {
  test.each<[string, string, Properties, Context?]>([
    ["services of the cluster", pod, variable("URL", "http://openfga.openfga.svc.cluster.local:8080")],
    ["a service by its name and namespace", pod, variable("NATS_SERVER", "nats.dynamo-system:4222")],
    ["a service by its name alone", pod, variable("URL", "http://collector:4317")],
    ["a private address", pod, variable("URL", "http://10.1.2.3:80/ http://[fd00::1]:80/")],
    ["what it listens on", pod, container({ args: ["--health-addr=:8081", "--metrics-address=0.0.0.0:8080"] })],
    ["the metadata of its cloud", pod, variable("METADATA_HOST", "169.254.169.254")],
    ["the own gateway", pod, variable("URL", "https://models.sovereign.example.org/v1")],
    ["a registry of the jurisdiction", pod, variable("MIRROR_URL", "https://registry.sovereign.example.org")],
    ["a cloud, which another rule judges", config, { data: { u: "https://s3.us-east-1.amazonaws.com" } }],
    ["a declared host, under the law of the jurisdiction", config, { data: { url: "https://s3.fr-par.scw.cloud/a" } }],
    [
      "a declared host under another law, where it is not sovereign",
      config,
      { data: { url: "https://huggingface.co" } },
      free,
    ],
    [
      "an address in a label or annotation",
      config,
      { metadata: { annotations: { docs: "https://evil.com" } }, data: {} },
    ],
    ["a comment", config, { data: { "a.conf": "# see https://evil.com\nhost = 10.0.0.1\n" } }],
    [
      "a schema and a description",
      config,
      { data: { a: '{"$schema":"https://json-schema.org/x","description":"https://evil.com"}' } },
    ],
    [
      "an identity",
      "kubernetes:spire.spiffe.io/v1alpha1:ClusterSPIFFEID",
      { spec: { spiffeIDTemplate: "spiffe://evil.com/ns/a" } },
    ],
    [
      "names of groups and drivers",
      "kubernetes:resource.k8s.io/v1:DeviceClass",
      { spec: { selectors: [{ cel: { expression: "gpu.nvidia.com" } }] } },
    ],
    [
      "hosts that an entry answers to",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
      { spec: { hostnames: ["models.elsewhere.com"] } },
    ],
    [
      "a chart and its images",
      chart,
      { chart: "oci://evil.com/a", values: { image: { repository: "evil.com/a", tag: "1" } } },
    ],
    ["definitions", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", { spec: { x: "https://evil.com" } }],
    [
      "a model of one's own by a host of one's own",
      "kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend",
      { spec: { ai: { provider: { openai: {}, host: "vllm.tenant-a.svc" } } } },
    ],
    [
      "a policy for pods, namespaces and private ranges",
      policy,
      {
        spec: {
          egress: [
            { to: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "fd00::/8" } }] },
          ],
        },
      },
    ],
    ["no way out at all", policy, { spec: { policyTypes: ["Egress"] } }],
    [
      "a policy that names nobody, in a network that leads nowhere",
      policy,
      { spec: { egress: [{ ports: [{ port: 443 }] }] } },
      onAws,
    ],
    ["a policy to everybody, where it is not sovereign", policy, { spec: { egress: [{}] } }, free],
    [
      "the addresses of Google's APIs in a closed network",
      "gcp:compute/firewall:Firewall",
      { direction: "EGRESS", allows: [{}], destinationRanges: ["199.36.153.4/30"] },
      onGoogle,
    ],
    [
      "what denies everything",
      "gcp:compute/firewall:Firewall",
      { direction: "EGRESS", denies: [{}], destinationRanges: ["0.0.0.0/0"] },
      onGoogle,
    ],
  ])("%s", (_name, type, props, context) => {
    expect(run(type, props, context)).toEqual([]);
  });

  test("the API server that the provider was given", () => {
    const kubeconfig = '{"clusters":[{"cluster":{"server":"https://api.example.com"}}]}';
    const provider = { provider: { type: "kubernetes", name: "a", props: { kubeconfig } } };
    expect(run(chart, { values: { clusterEndpoint: "https://api.example.com" } }, sovereign, provider)).toEqual([]);
  });
});

describe("refuses", () => {
  test.each<[string, string, Properties, string, Context?]>([
    [
      "telemetry",
      pod,
      variable("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp.evil.com:4317"),
      "spec.template.spec.containers[0].env[0].value",
    ],
    ["a flag", pod, container({ args: ["--server=evil.com"] }), "spec.template.spec.containers[0].args[0]"],
    [
      "a program's address",
      pod,
      container({ command: ["sh", "-c", "wget evil.com/a"] }),
      "spec.template.spec.containers[0].command",
    ],
    ["a public address", pod, variable("URL", "http://8.8.8.8/"), "spec.template.spec.containers[0].env[0].value"],
    [
      "a receiver of alerts",
      config,
      { data: { "a.yaml": "receivers:\n  - webhook_configs:\n      - url: https://hooks.evil.com\n" } },
      'data["a.yaml"].receivers[0].webhook_configs[0].url',
    ],
    ["a chart's value", chart, { values: { otlp: { endpoint: "https://evil.com" } } }, "values.otlp.endpoint"],
    [
      "a webhook",
      "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration",
      { webhooks: [{ clientConfig: { url: "https://evil.com" } }] },
      "webhooks[0].clientConfig.url",
    ],
    ["an external name", "kubernetes:core/v1:Service", { spec: { externalName: "evil.com" } }, "spec.externalName"],
    [
      "a hosted model",
      "kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend",
      { spec: { ai: { provider: { anthropic: {} } } } },
      "spec.ai.provider.anthropic",
    ],
    [
      "a hosted model of a cloud that is not the environment's",
      "kubernetes:agentgateway.dev/v1alpha1:AgentgatewayBackend",
      { spec: { ai: { provider: { bedrock: {} } } } },
      "spec.ai.provider.bedrock",
    ],
    [
      "an entry of a mesh",
      "kubernetes:networking.istio.io/v1:ServiceEntry",
      { spec: { hosts: ["evil.com"] } },
      "spec.hosts[0]",
    ],
    ["a way to everybody", policy, { spec: { egress: [{ ports: [{ port: 443 }] }] } }, "spec.egress[0]"],
    [
      "all of IPv4",
      policy,
      { spec: { egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }] }] } },
      "spec.egress[0].to[0].ipBlock.cidr",
    ],
    [
      "all of IPv6, in a closed network too",
      policy,
      { spec: { egress: [{ to: [{ ipBlock: { cidr: "::/0" } }] }] } },
      "spec.egress[0].to[0].ipBlock.cidr",
      onAws,
    ],
    [
      "a security group",
      "aws:ec2/securityGroup:SecurityGroup",
      { egress: [{ cidrBlocks: ["0.0.0.0/0"] }] },
      "egress[0].cidrBlocks[0]",
      onAws,
    ],
    [
      "a firewall",
      "gcp:compute/firewall:Firewall",
      { direction: "egress", allows: [{}] },
      "destinationRanges",
      onGoogle,
    ],
    [
      "a push outside",
      "gcp:pubsub/subscription:Subscription",
      { pushConfig: { pushEndpoint: "https://evil.com/in" } },
      "pushConfig.pushEndpoint",
      onGoogle,
    ],
  ])("%s", (_name, type, props, field, context) => {
    expect(run(type, props, context)).toMatchObject([{ kind: "violation", field }]);
  });
});

test("the host in a Secret is judged and not printed", () => {
  const url = Buffer.from("https://hooks.evil.com/T0/hunter2").toString("base64");
  const [finding] = run("kubernetes:core/v1:Secret", { data: { url } });
  expect(finding).toMatchObject({ kind: "violation", field: "data.url" });
  expect(text(finding!)).not.toMatch(/evil|hunter2/);
});

test("credentials in an address are not printed", () => {
  const [finding] = run(pod, variable("URL", "https://ada:hunter2@evil.com/"));
  expect(text(finding!)).toContain("//(credentials)@evil.com");
  expect(text(finding!)).not.toContain("hunter2");
});

test("a host that stands in a Secret of somebody else is let through with a word, where it is sovereign", () => {
  const props = container({
    env: [{ name: "DATABASE_URI", valueFrom: { secretKeyRef: { name: "postgres", key: "uri" } } }],
  });
  expect(run(pod, props)).toMatchObject([{ kind: "unverified", value: "postgres/uri" }]);
  expect(run(pod, props, free)).toEqual([]);
});

describe("what is not known is deferred to up, and refused there", () => {
  test.each<[string, string, Properties, string]>([
    ["a variable", pod, variable("OTLP_ENDPOINT", unknown), "spec.template.spec.containers[0].env[0].value"],
    ["all arguments", pod, container({ args: unknown }), "spec.template.spec.containers[0].args"],
    ["a ConfigMap", config, { data: unknown }, "data"],
    ["a value of it", config, { data: { a: unknown } }, "data.a"],
    ["a chart's values", chart, { values: unknown }, "values"],
    ["a policy", policy, { spec: unknown }, "spec"],
  ])("%s", (_name, type, props, field) => {
    expect(run(type, props)).toMatchObject([{ kind: "deferred", field }]);
    expect(run(type, props, { ...sovereign, preview: false })).toMatchObject([{ kind: "violation", field }]);
  });
});
