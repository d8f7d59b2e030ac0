import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnControlPlane, ownControlPlane } from "../../rehearsal/control-plane/testing";
import { loadEnvironment } from "../../stacks/load";
import { contextWith, environmentWith } from "../fixtures";
import { contextOf } from "../mutation";
import type { Context, Properties } from "../rule";
import { type Case, carriers, digest, image, podSpec } from "./case";
import { casesOf } from "./cases";
import { AdmissionLab, refusedByRule } from "./testing";

/** Kinds of operators, by definitions that take anything: what is asked here is where the pods are in them. */

const preserved = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const definition = (group: string, version: string, kind: string, plural: string): Case["object"] => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${plural}.${group}`,
    // Definitions of this group are refused without it.
    annotations: { "api-approved.kubernetes.io": "unapproved, for a test" },
  },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: preserved } }],
  },
});

const template = (spec: Properties) => ({ metadata: {}, spec });

/** A specification of pods in each kind. */
const kinds: readonly (readonly [string, string, string, string, (spec: Properties) => Properties])[] = [
  ["leaderworkerset.x-k8s.io", "v1", "LeaderWorkerSet", "leaderworkersets", workers("leaderTemplate")],
  ["leaderworkerset.x-k8s.io", "v1", "LeaderWorkerSet", "leaderworkersets", workers("workerTemplate")],
  [
    "nvidia.com",
    "v1beta1",
    "DynamoGraphDeployment",
    "dynamographdeployments",
    (spec) => ({ components: [{ name: "none" }, { name: "worker", podTemplate: template(spec) }] }),
  ],
  [
    "nvidia.com",
    "v1beta1",
    "DynamoComponentDeployment",
    "dynamocomponentdeployments",
    (spec) => ({ podTemplate: template(spec) }),
  ],
  [
    "grove.io",
    "v1alpha1",
    "PodCliqueSet",
    "podcliquesets",
    (spec) => ({ template: { cliques: [{ name: "worker", spec: { podSpec: spec } }] } }),
  ],
  ["grove.io", "v1alpha1", "PodClique", "podcliques", (spec) => ({ podSpec: spec })],
  ["keda.sh", "v1alpha1", "ScaledJob", "scaledjobs", (spec) => ({ jobTargetRef: { template: template(spec) } })],
];

function workers(of: string) {
  return (spec: Properties): Properties => ({ replicas: 1, leaderWorkerTemplate: { size: 2, [of]: template(spec) } });
}

const gateway = ["gateway.networking.k8s.io", "v1", "Gateway", "gateways"] as const;

let plane: OwnControlPlane;
let lab: AdmissionLab;

beforeAll(async () => {
  plane = await ownControlPlane();
  lab = await AdmissionLab.open(plane.kubeconfig);
  const served = new Map([...kinds, gateway].map((entry) => [entry[3], entry] as const));
  for (const [group, version, kind, plural] of served.values()) {
    await lab.apply(definition(group, version, kind, plural), false);
    await lab.api.awaitMapping({ apiVersion: `${group}/${version}`, kind }, 60, AbortSignal.timeout(60_000));
  }
});

afterAll(async () => {
  lab?.api.http.close();
  await plane?.stop();
});

describe("the pods of operators", () => {
  const rules = ["sovereignty-registry", "sovereignty-region", "sovereignty-digest", "security-pod", "security-device"];
  const context = contextWith();
  const bad: Readonly<Record<string, Properties>> = {
    "sovereignty-registry": podSpec({}, { image: `evil.com/app@${digest}` }),
    "sovereignty-region": podSpec({ nodeSelector: { "topology.kubernetes.io/zone": "us-east-1a" } }),
    "sovereignty-digest": podSpec({}, { image: "registry.example.eu/app:1" }),
    "security-pod": podSpec({ hostNetwork: true }),
    "security-device": podSpec({ runtimeClassName: "nvidia" }),
  };

  beforeAll(async () => {
    await lab.install(context, "operators", context.today, (id) => carriers.Deployment!(bad[id]!), { only: rules });
  });

  describe.each(kinds)("in %s/%s %s", (group, version, kind, _, carry) => {
    const objectOf = (spec: Properties): Case["object"] => ({
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: "case" },
      spec: carry(spec),
    });

    it("are taken when they comply", async () => {
      expect(await lab.refusal(lab.own(objectOf(podSpec()), "operators", rules))).toBe("");
    });

    it.each(rules)("are refused by %s, as in the pull request", async (id) => {
      const object = objectOf(bad[id]!);
      expect(refusedByRule(id, object, context)).toBe(true);
      expect(await lab.refusal(lab.own(object, "operators", [id]))).toContain(`[${id}]`);
    });
  });
});

describe("what a cloud makes public", () => {
  const rule = "security-public-endpoint";
  const service = (annotations: Properties): Case["object"] => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "case", annotations },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  });
  const through = (gatewayClassName: string, annotations?: Properties): Case["object"] => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "case" },
    spec: { gatewayClassName, ...(annotations === undefined ? {} : { infrastructure: { annotations } }) },
  });
  const aws = "service.beta.kubernetes.io/aws-load-balancer";
  const google = "networking.gke.io/load-balancer-type";
  const tried: readonly (readonly [string, string, boolean, Case["object"]])[] = [
    ["prod-aws", "a load balancer", true, service({})],
    ["prod-aws", "an internal one", false, service({ [`${aws}-scheme`]: "internal" })],
    ["prod-aws", "one for the internet", true, service({ [`${aws}-scheme`]: "internet-facing" })],
    [
      "prod-aws",
      "one that says both",
      true,
      service({ [`${aws}-scheme`]: "internet-facing", [`${aws}-internal`]: "true" }),
    ],
    ["prod-aws", "a Gateway", true, through("agentgateway")],
    ["prod-aws", "an internal Gateway", false, through("agentgateway", { [`${aws}-scheme`]: "internal" })],
    ["prod-gcp", "a load balancer", true, service({ [`${aws}-scheme`]: "internal" })],
    ["prod-gcp", "an internal one", false, service({ [google]: "Internal" })],
    ["prod-gcp", "a Gateway of Google's for the internet", true, through("gke-l7-global-external-managed")],
    ["prod-gcp", "a Gateway of Google's inside", false, through("gke-l7-rilb")],
  ];
  const contexts: Record<string, Context> = {};

  beforeAll(async () => {
    for (const stack of ["prod-aws", "prod-gcp"]) {
      contexts[stack] = contextOf(loadEnvironment(stack));
      await lab.install(contexts[stack], stack, "2026-11-21", () => service({}), { only: [rule] });
    }
  });

  it.each(tried)("%s: %s", async (stack, _, refused, object) => {
    const placed = { ...object, metadata: { ...(object.metadata as Properties), namespace: lab.run } };
    expect(refusedByRule(rule, placed, contexts[stack]!)).toBe(refused);
    expect((await lab.refusal(lab.own(object, stack, [rule]))).includes(`[${rule}]`)).toBe(refused);
  });
});

describe("how many servers there are", () => {
  const rule = "cost-scale-bounds";
  const tenant = "tenant-search";

  it("is not raised above what the environment states, by whatever hand", async () => {
    const environment = loadEnvironment("local");
    const deployment = (replicas: number): Case["object"] => ({
      ...carriers.Deployment!(podSpec({}, { image })),
      spec: { ...(carriers.Deployment!(podSpec({}, { image })).spec as Properties), replicas },
    });
    const [over] = casesOf(false)[rule]!.filter(({ refused }) => refused);
    // Three nodes of the stack hold more than the one of the cases.
    const shown = { ...over!.object, spec: { ...(over!.object.spec as Properties), maxReplicas: 10_000 } };
    await lab.install(contextOf(environment), "scale", "2026-11-21", () => shown, { only: [rule], whole: true });
    await lab.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: tenant } }, false);
    const own = (replicas: number) => {
      const object = lab.own(deployment(replicas), "scale", []);
      return { ...object, metadata: { ...object.metadata, name: "qwen3-32b-decode", namespace: tenant } };
    };
    const finding = (replicas: number) => `replicas of qwen3-32b-decode are ${replicas}, and the environment states 1`;
    expect(await lab.refusal(own(2))).toContain(finding(2));
    await lab.apply(own(1), false);
    const path = `/apis/apps/v1/namespaces/${tenant}/deployments/qwen3-32b-decode/scale`;
    const scale = (replicas: number) =>
      lab.api.http.json("PATCH", path, { body: { spec: { replicas } }, contentType: "application/merge-patch+json" });
    await expect(scale(3)).rejects.toThrow(finding(3));
    await scale(0);
    await scale(1);
  });
});

describe("what keeps tenants' pods apart", () => {
  const rule = "sovereignty-isolation";
  const namespace = "tenant-isolated";
  const environment = environmentWith({
    tenants: [{ name: "isolated", gpus: { quota: 8 } }],
    jurisdiction: { name: "eu", regions: ["local"], registries: ["registry.example.eu"], isolation: "confidential" },
  });
  const context = contextWith({ environment });
  const inClass = (runtimeClassName?: string): Case["object"] =>
    carriers.Deployment!(podSpec(runtimeClassName === undefined ? {} : { runtimeClassName }));
  const classOf = (name: string, handler: string): Case["object"] => ({
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name },
    handler,
  });

  beforeAll(async () => {
    await lab.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, false);
    const shown = () => classOf("kata-qemu-snp", "runc");
    const name = "kata-qemu-snp";
    await lab.install(context, "isolation", "2026-11-21", shown, { only: [rule], whole: true, name });
  });

  it.each([
    ["no class", true, inClass()],
    ["another class", true, inClass("gvisor")],
    ["a class whose memory is not encrypted", true, inClass("kata-qemu")],
    ["a class whose memory is", false, inClass("kata-qemu-snp")],
    ["a class that lies", true, classOf("kata-qemu-tdx", "runc")],
    ["a class that tells the truth", false, classOf("kata-qemu-tdx", "kata-qemu-tdx")],
    ["a class that claims nothing", false, classOf("gvisor", "runsc")],
  ])("%s", async (_, refused, object) => {
    const placed = object.kind === "RuntimeClass" ? object : { ...object, metadata: { name: "case", namespace } };
    expect(refusedByRule(rule, placed, context)).toBe(refused);
    expect((await lab.refusal(placed)).includes(`[${rule}]`)).toBe(refused);
  });

  it("is nothing of other namespaces", async () => {
    expect(await lab.refusal(lab.own(inClass(), "isolation", []))).toBe("");
  });
});
