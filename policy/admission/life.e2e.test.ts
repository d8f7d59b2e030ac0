import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextWith, environmentWith } from "../fixtures";
import { rules } from "../rules";
import { type Case, carriers, container, digest, image, podSpec } from "./case";
import { casesOf } from "./cases";
import { AdmissionLab, type Any, until } from "./testing";

/** What becomes of objects that were there before a rule, that change, or that an exception names. */

const registry = "sovereignty-registry";
const ids = rules.filter(({ admission }) => admission?.(contextWith()) !== undefined).map(({ id }) => id);
const foreign = `evil.com/app@${digest}`;
const refused = (id: string): Case["object"] => casesOf(false)[id]!.find((one) => one.refused && !one.warned)!.object;

let lab: AdmissionLab;

const install = (mark: string, policies: Record<string, unknown>, today = "2026-11-21") =>
  lab.install(contextWith({ environment: environmentWith({ policies }) }), mark, today, refused);

const exceptionOf = (resources: readonly string[], expires: string) => ({
  [registry]: {
    exceptions: [{ resources, expires, reason: "The mirror has no copy of it yet.", owner: "platform team" }],
  },
});

beforeAll(async () => {
  lab = await AdmissionLab.open();
  await install("plain", {});
});

afterAll(() => lab?.close());

const deployment = (name: string, ids: readonly string[], reference: string, over: Any = {}): Any => {
  const object = lab.own(carriers.Deployment!(podSpec({}, { image: reference })), "plain", ids, name);
  return { ...object, spec: { ...object.spec, ...over } };
};

describe("what was there before a rule", () => {
  const name = "old";

  beforeAll(async () => {
    await lab.make(deployment(name, [], foreign));
  });

  it("is taken up by the rule as it is", async () => {
    expect(await lab.refusal(deployment(name, [registry], foreign), false)).toBe("");
  });

  it("can be scaled", async () => {
    expect(await lab.refusal(deployment(name, [registry], foreign, { replicas: 0 }), false)).toBe("");
  });

  it("cannot be changed to something else that is wrong", async () => {
    expect(await lab.refusal(deployment(name, [registry], `evil.com/other@${digest}`))).toContain(`[${registry}]`);
  });

  it("can be put right", async () => {
    expect(await lab.refusal(deployment(name, [registry], image))).toBe("");
  });
});

describe("a pod that runs", () => {
  it("is given no container of a foreign image", async () => {
    const pod = await lab.make(lab.own(carriers.Pod!(podSpec()), "plain", ids, "running"));
    const path = `/api/v1/namespaces/${lab.run}/pods/${pod.metadata.name}/ephemeralcontainers`;
    const debug = (reference: string) =>
      lab.api.http.json("PATCH", path, {
        query: { dryRun: "All" },
        body: {
          spec: { ephemeralContainers: [{ ...container({ name: "debug", image: reference }), resources: undefined }] },
        },
        contentType: "application/strategic-merge-patch+json",
      });
    await expect(debug(foreign)).rejects.toThrow(`[${registry}] image of container debug is "${foreign}"`);
    await debug(image);
  });
});

describe("an exception", () => {
  it("leaves out the objects that it names, and what controllers make of them, and no others", async () => {
    await install("excepted", exceptionOf([`kubernetes:apps/v1:Deployment::${lab.run}-let`], "2999-12-31"));
    const held = (object: Case["object"], name: string): Any => {
      const own = lab.own(object, "excepted", [registry], name);
      const { template } = own.spec;
      return { ...own, spec: { ...own.spec, ...(template && { template: marked(template, own) }) } };
    };
    const marked = (template: Any, { metadata: { labels } }: Any) => ({
      ...template,
      metadata: { labels: { ...template.metadata.labels, ...labels } },
    });
    const spec = podSpec({}, { image: foreign });
    expect(await lab.refusal(held(carriers.Deployment!(spec), "other"))).toContain(`[${registry}]`);
    expect(await lab.refusal(held(carriers.StatefulSet!(spec), "let"))).toContain(`[${registry}]`);
    const forged = held(carriers.Pod!(spec), "let-by-hand");
    forged.metadata.ownerReferences = [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${lab.run}-let`, uid: randomUUID(), controller: true },
    ];
    expect(await lab.refusal(forged)).toContain(`[${registry}]`);
    await lab.make(held(carriers.Deployment!(spec), "let"));
    const selector = { labelSelector: "app=case" };
    const isMade = ({ metadata: { name } }: Any) => name.startsWith(`${lab.run}-let-`);
    await until(async () => (await lab.api.list("v1", "pods", lab.run, selector)).some(isMade));
  });

  it("lets nothing new in after its last day, without an update of the stack", async () => {
    // Written while it held, as of that day; the API server's clock says otherwise.
    await install("expired", exceptionOf(["*"], "2020-06-01"), "2020-01-01");
    const pod = lab.own(carriers.Pod!(podSpec({}, { image: foreign })), "expired", [registry]);
    expect(await lab.refusal(pod)).toContain(`[${registry}]`);
  });
});

it("judges an object whose name the API server makes, as controllers have it", async () => {
  const named = lab.own(carriers.Pod!(podSpec()), "plain", ids);
  const { name: _, ...metadata } = named.metadata;
  const unnamed = { ...named, metadata: { ...metadata, generateName: `${lab.run}-` } };
  expect(await lab.warnings(unnamed)).toBe("201 ");
  const foreignOne = { ...unnamed, spec: podSpec({}, { image: foreign }) };
  expect(await lab.warnings(foreignOne)).toMatch(/^403/);
});

it("a rule that is advisory says a word and lets pass", async () => {
  await install("advisory", { [registry]: { level: "advisory" } });
  const object = lab.own(carriers.Pod!(podSpec({}, { image: foreign })), "advisory", [registry]);
  expect(await lab.refusal(object)).toBe("");
  expect(await lab.warnings(object)).toMatch(/^201 .*\[sovereignty-registry\] image of container app is/);
});

it("names what is wrong, what is allowed, and the remedy", async () => {
  const message = await lab.refusal(lab.own(carriers.Pod!(podSpec({}, { image: foreign })), "plain", [registry]));
  expect(message).toContain(
    `[sovereignty-registry] image of container app is "${foreign}", which is in no registry of eu; ` +
      "allowed: registry.example.eu, ghcr.io/llm-d, registry.k8s.io. " +
      "Remedy: mirror it to a registry of jurisdiction.registries and set mirror.images or mirror.charts.",
  );
});

it("the largest pods cost no more than the API server grants a policy", async () => {
  const env = Array.from({ length: 100 }, (_, index) => ({ name: `VARIABLE_${index}`, value: "x".repeat(100) }));
  const containers = Array.from({ length: 50 }, (_, index) => container({ name: `c${index}`, env }));
  const values = Array.from({ length: 50 }, (_, index) => `eu-central-1${"abc"[index % 3]}`);
  const nodeSelectorTerms = Array.from({ length: 10 }, () => ({
    matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values }],
  }));
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  const volumes = Array.from({ length: 50 }, (_, index) => ({ name: `v${index}`, emptyDir: {} }));
  const spec = { ...podSpec({ affinity, volumes }), containers };
  expect(await lab.refusal(lab.own(carriers.Deployment!(spec), "plain", ids))).toBe("");
});
