import { describe, expect, it } from "vitest";
import { loadEnvironment } from "./load";

/** The problems of a stack that differs from another. */
function problemsOf(base: string, change: object): readonly string[] {
  try {
    loadEnvironment("changed", { config: { extends: base, ...change } });
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}

const file = "stacks/Pulumi.changed.yaml";

describe("an environment is refused", () => {
  it.each<[what: string, base: string, change: object, problem: string | RegExp]>([
    [
      "with hardware that the region does not have",
      "dev-aws",
      { pools: [{ name: "gpu", accelerator: "h100-80gb" }] },
      /pools\[\d\]\.accelerator: "h100-80gb"\. Expected a machine that eu-central-1 has; it has none with 8 x h100-80gb, but .*8 x l4-24gb \(g6\.48xlarge\)/,
    ],
    [
      "with a CPU machine larger than any",
      "dev-aws",
      { pools: [{ name: "system", machine: { cpus: 400, memoryGib: 64 } }] },
      /pools\[\d\]\.machine: .*it has none with 400 CPUs and 64 GiB, but 2 CPUs, 8 GiB \(m7i\.large\)/,
    ],
    [
      "with quotas above what the pools hold",
      "dev-aws",
      { tenants: [{ name: "search", gpus: { quota: 13 } }] },
      'stacks/Pulumi.changed.yaml: tenants: [{"name":"platform","gpus":{"quota":4}},{"name":"search","gpus":{"quota":13}}]. Expected guaranteed quotas of at most 16 GPUs together, which is what the pools hold; they add up to 17.',
    ],
    [
      "with a network that overlaps with a peer's",
      "prod-aws",
      { cluster: { network: { peers: ["10.80.128.0/20"] } } },
      `${file}: cluster.network.peers[0]: "10.80.128.0/20". Expected a range of its own: 10.80.128.0/20 overlaps with 10.80.0.0/16, which is network.cidr.`,
    ],
    [
      "with ranges of one cluster that overlap",
      "dev-gcp",
      { cluster: { network: { services: "10.68.0.0/20" } } },
      `${file}: cluster.network.services: "10.68.0.0/20". Expected a range of its own: 10.68.0.0/20 overlaps with 10.68.0.0/14, which is network.pods.`,
    ],
    [
      "with a range that does not begin at its first address",
      "dev-aws",
      { cluster: { network: { cidr: "10.64.1.0/16" } } },
      `${file}: cluster.network.cidr: "10.64.1.0/16". Expected the range by its first address, 10.64.0.0/16.`,
    ],
    [
      "with a VPC larger than a VPC may be",
      "dev-aws",
      { cluster: { network: { cidr: "10.0.0.0/12" } } },
      /cluster\.network\.cidr: .*from \/16/,
    ],
    [
      "with a Kubernetes too old for DRA",
      "prod-aws",
      { cluster: { kubernetes: "1.33" } },
      `${file}: cluster.kubernetes: "1.33". Expected at least 1.34: pool h100 hands its GPUs out by DRA, which is not complete before.`,
    ],
    [
      "with a Kubernetes too old for DRA devices as an extended resource",
      "prod-gcp",
      { cluster: { kubernetes: "1.35" } },
      /cluster\.kubernetes: "1\.35"\. Expected at least 1\.36: pool burst scales, and so hands its GPUs out by DRA/,
    ],
    [
      "with a Kubernetes that the cloud does not offer",
      "dev-gcp",
      { cluster: { kubernetes: "1.99" } },
      /cluster\.kubernetes: "1\.99"\. Expected a version that GKE offers: 1\./,
    ],
    [
      "with a release channel that does not have its Kubernetes",
      "dev-gcp",
      { cluster: { releaseChannel: "STABLE" } },
      /cluster\.releaseChannel: "STABLE"\. Expected a channel that has 1\.36; this one has 1\./,
    ],
    [
      "with node pools where GKE has none",
      "dev-gcp",
      { cluster: { region: "u-france-east1" }, jurisdiction: { regions: ["u-france-east1"] } },
      /cluster\.region: "u-france-east1"\. Expected a region whose GKE has node pools of one's own; s3nsapis\.fr offers Autopilot alone\./,
    ],
    [
      "that is sovereign in a commercial partition",
      "prod-aws",
      { jurisdiction: { sovereign: true } },
      `stacks/Pulumi.prod-aws.yaml: cluster.region: "eu-north-1". Expected a region of aws-eusc or s3nsapis.fr: the environment is sovereign, and aws is operated under the law of us.`,
    ],
    [
      "that is sovereign on Google Cloud without Assured Workloads",
      "sovereign-gcp-eu",
      { cluster: { assuredWorkload: null } },
      /cluster\.region: "europe-west4"\. Expected .*cluster\.assuredWorkload: the environment is sovereign/,
    ],
    [
      "that is sovereign and keeps something under another law",
      "sovereign-aws-eu",
      { jurisdiction: { regions: ["eusc-de-east-1", "us-east-1"] } },
      `${file}: jurisdiction.regions[1]: "us-east-1". Expected a place under the law of eu; it is under that of us.`,
    ],
    [
      "without a customer's key",
      "dev-aws",
      { cluster: { encryption: null } },
      /cluster\.encryption: missing\. Expected a mapping\. The customer-managed key/,
    ],
    [
      "with a key that is none",
      "dev-aws",
      { cluster: { encryption: { key: "alias/aws/eks" } } },
      /cluster\.encryption\.key: "alias\/aws\/eks"/,
    ],
    [
      "with a place that is nowhere",
      "onprem",
      { cluster: { region: "frankfurt-2" } },
      /cluster\.region: "frankfurt-2"\. Did you mean "frankfurt-1"\?/,
    ],
    [
      "without nodes for the platform itself",
      "dev-aws",
      { pools: [{ name: "system", nodes: "karpenter", min: 0 }] },
      /pools: .*Expected a CPU pool with nodes: "group" and min of at least 1/,
    ],
    [
      "with a node group that nothing scales",
      "dev-aws",
      { pools: [{ name: "system", max: 5 }] },
      /pools\[\d\]\.max: 5\. Expected equal to min \(2\): nothing scales a managed node group/,
    ],
    [
      "with a minimum that Karpenter does not keep",
      "dev-aws",
      { pools: [{ name: "gpu", min: 1 }] },
      /pools\[\d\]\.min: 1\. Expected 0: Karpenter makes nodes only when pods wait for them/,
    ],
    [
      "with Karpenter on a cloud that does not have it",
      "dev-gcp",
      { pools: [{ name: "gpu", nodes: "karpenter", min: 0 }] },
      /pools\[\d\]\.nodes: "karpenter"\. Expected group or auto-provisioned: the cluster is of kind gke/,
    ],
    [
      "with a reservation that is not named",
      "prod-aws",
      { pools: [{ name: "h100", reservation: null }] },
      /pools\[\d\]\.reservation: missing\. Expected reservation and capacity: "reserved" go together/,
    ],
    [
      "with a reservation in no zone",
      "prod-aws",
      { pools: [{ name: "h100", multiNode: false, zones: null }] },
      /pools\[\d\]\.zones: missing\. Expected exactly one: a reservation lies in one zone/,
    ],
    [
      "with nodes that models span in several zones",
      "prod-gcp",
      { pools: [{ name: "h100", zones: ["europe-west4-a", "europe-west4-b"] }] },
      /pools\[\d\]\.zones: .*Expected exactly one: nodes that models span stand side by side/,
    ],
    [
      "with a zone of another network",
      "prod-aws",
      { pools: [{ name: "h100", zones: ["d"] }] },
      /pools\[\d\]\.zones\[0\]: "d"\. Expected one of the network's zones: a, b, c/,
    ],
    [
      "with a zone of another region",
      "dev-gcp",
      { pools: [{ name: "gpu", zones: ["europe-west1-b"] }] },
      /pools\[\d\]\.zones\[0\]: "europe-west1-b"\. Expected a zone of europe-west4/,
    ],
    [
      "with GPUs in whatever zone of Google Cloud",
      "dev-gcp",
      { pools: [{ name: "gpu", zones: null }] },
      /pools\[\d\]\.zones: missing\. Expected the zones to use/,
    ],
    [
      "with a second driver on a node image that has one",
      "dev-aws",
      { pools: [{ name: "gpu", driver: "operator" }] },
      /pools\[\d\]\.driver: "operator"\. Expected image: /,
    ],
    [
      "with a MIG profile that the accelerator does not have",
      "prod-aws",
      { pools: [{ name: "slices", devices: { sharing: { profiles: ["1g.5gb"] } } }] },
      /pools\[\d\]\.devices\.sharing\.profiles\[0\]: "1g\.5gb"\. Expected a MIG profile of h100-80gb: 1g\.10gb/,
    ],
    [
      "with MIG on a GPU that cannot be partitioned",
      "dev-gcp",
      { pools: [{ name: "gpu", devices: { sharing: { how: "mig", profiles: ["1g.10gb"] } } }] },
      /profiles\[0\]: "1g\.10gb"\. Expected no MIG: l4-24gb cannot be partitioned/,
    ],
    [
      "with slices by NVIDIA's device plugin",
      "onprem",
      { pools: [{ name: "slices", devices: { owner: "device-plugin" } }] },
      /devices\.sharing: .*Expected nothing: the platform shares GPUs through the DRA driver or HAMi alone/,
    ],
    [
      "with MIG by HAMi",
      "onprem",
      { pools: [{ name: "slices", devices: { owner: "hami" } }] },
      /devices\.sharing\.how: "mig"\. Expected consumable: HAMi divides a GPU by memory and cores/,
    ],
    [
      "with a model on spot nodes that does not allow them",
      "prod-aws",
      { models: [{ name: "qwen3-32b-batch", spot: false }] },
      /models\[\d\]\.spot: false\. Expected true, or another pool: nodes of pool burst are spot capacity/,
    ],
    [
      "with replicas that span nodes which are not laid out for it",
      "dev-aws",
      { models: [{ name: "qwen3-32b", serving: { decode: { nodes: 2 } } }] },
      /serving\.decode\.nodes: 2\. Expected 1, or a pool with multiNode: true/,
    ],
    [
      "of a team that is no tenant",
      "prod-aws-team-search",
      { team: { tenant: "sales" } },
      /team\.tenant: "sales"\. Expected one of the platform's tenants: platform, search\./,
    ],
    [
      "of a team whose model the platform has already",
      "prod-aws-team-search",
      {
        team: {
          models: [
            { name: "qwen3-32b-search", remove: true },
            {
              name: "qwen3-32b",
              model: "qwen3-32b",
              pool: "h100",
              serving: { mode: "disaggregated", prefill: { replicas: 1 }, decode: { replicas: 1 } },
            },
          ],
        },
      },
      /team\.models\[\d\]\.name: "qwen3-32b"\. Expected a name of its own: "qwen3-32b" is taken/,
    ],
    [
      "with a slice of several GPUs",
      "dev-aws",
      { models: [{ name: "qwen3-32b", serving: { decode: { slice: { fraction: 0.5 } } } }] },
      /serving\.decode\.slice: .*Expected nothing beside gpus or nodes: a slice is a part of one GPU/,
    ],
    [
      "with a driver that a node image of no cloud brings",
      "onprem",
      { pools: [{ name: "h100", driver: "image" }] },
      /pools\[\d\]\.driver: "image"\. Expected host or operator/,
    ],
    [
      "whose model's GPUs its tensor parallelism does not divide",
      "local",
      { models: [{ name: "qwen3-32b", serving: { decode: { gpus: 8, tensorParallel: 3 } } }] },
      `${file}: models[0].serving.decode.tensorParallel: 3. Expected a divisor of the replica's GPUs, of which it has 8 on each of 1 node.`,
    ],
    [
      "whose model's versions share out more than all requests",
      "onprem",
      { models: [{ name: "qwen3-32b", versions: [{ name: "next", weight: 20 }] }] },
      /models\[0\]\.versions: .* Expected weights that add up to 100 percent; these add up to 110\.$/,
    ],
    [
      "whose model's weights are those of whatever a branch holds",
      "local",
      { models: [{ name: "qwen3-32b", source: { huggingFace: "Qwen/Qwen3-32B" } }] },
      `${file}: models[0].source.revision: missing. Expected the commit to serve, 40 hexadecimal digits: what a branch holds can change.`,
    ],
    [
      "whose model belongs to a tenant without quota",
      "local",
      { tenants: [{ name: "search", gpus: { quota: 0 } }] },
      /models\[0\]\.tenant: "search"\. Expected a tenant with a quota of GPUs: search has none, and model servers never hold more/,
    ],
    [
      "whose model is sized from an objective that nothing meets",
      "onprem",
      {
        models: [
          {
            name: "qwen3-14b",
            objective: { ttftMs: 1, tpotMs: 40, requestsPerSecond: 1, inputTokens: 8000, outputTokens: 100 },
            serving: { prefill: null },
          },
        ],
      },
      /models\[0\]\.serving\.prefill: missing\. Expected an objective that GPUs of pool h100 \(h100-80gb\) can meet: no layout computes a prompt in 1 ms/,
    ],
    [
      "whose weights lie nobody knows where",
      "local",
      { models: [{ name: "qwen3-32b", source: { uri: "s3://models/qwen", region: "nowhere-9" } }] },
      `${file}: models[0].source.region: "nowhere-9". Expected a key of catalog/regions.ts, or one of \`sites\`.`,
    ],
    [
      "whose gateway only another cloud has",
      "local",
      { gateway: { implementation: "gke", gke: { proxyRange: "10.9.0.0/23" } } },
      /gateway\.implementation: "gke"\. Expected agentgateway, istio or envoy-gateway/,
    ],
  ])("%s", (_, base, change, problem) => {
    const problems = problemsOf(base, change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual(typeof problem === "string" ? problem : expect.stringMatching(problem));
  });
});

describe("a pool comes to", () => {
  it("the machine that the region has, its price, and the labels of its nodes", () => {
    const pool = loadEnvironment("prod-aws").pools.find(({ name }) => name === "slices");
    expect(pool).toMatchObject({
      machine: { type: "p5.48xlarge", cpus: 192, memoryGib: 2048 },
      price: { like: "aws/eu-north-1/p5.48xlarge" },
      labels: { "ai-platform/pool": "slices", "ai-platform/devices": "dra", "ai-platform/sharing": "mig" },
      driver: "image",
    });
  });

  it("the cheapest machine that is large enough, without GPUs", () => {
    const pool = loadEnvironment("dev-gcp").pools.find(({ name }) => name === "system");
    expect(pool?.machine).toEqual({ type: "e2-standard-8", cpus: 8, memoryGib: 32 });
  });

  it("what the catalog could not confirm, said to be so", () => {
    const pool = loadEnvironment("sovereign-aws-eu").pools.find(({ name }) => name === "h100");
    expect(pool?.machine).toEqual({ type: "p5.48xlarge", cpus: 192, memoryGib: 2048, state: "unverified" });
  });

  it("what an existing cluster's owner says", () => {
    const pool = loadEnvironment("onprem").pools.find(({ name }) => name === "h100");
    expect(pool).toMatchObject({
      machine: { cpus: 192, memoryGib: 2048 },
      labels: { "example.org/gpus": "whole" },
      driver: "host",
    });
    expect(pool?.labels).not.toHaveProperty("ai-platform/pool");
  });
});
