import { describe, expect, it } from "vitest";
import type { Model, Role } from "../../../stacks/model";
import { scale } from "../../../stacks/scale";
import { checkScale, mostGpus, type ScaleSurroundings } from "./check";

const autoscaling = { by: "keda", prometheus: "https://prometheus.example.org" } as const;
const decides = { by: "variant-autoscaler", prometheus: "https://prometheus.example.org" } as const;

const role = (change: Partial<Role> = {}): Role => ({
  replicas: 1,
  gpus: 2,
  nodes: 1,
  tensorParallel: 2,
  expertParallel: false,
  scale: scale.parse({ min: 1, max: 3 }),
  ...change,
});

/** Of weights of a size, from a bucket. */
const version = (weightsGib = 15) => ({ source: { kind: "s3" }, weight: 100, architecture: { weightsGib } });

type Change = Partial<Model> & { servers?: Role; weightsGib?: number };

const model = ({ servers = role(), weightsGib = 15, ...change }: Change = {}): Model =>
  ({
    name: "llama",
    tenant: "search",
    pool: "l40s",
    backend: "llm-d",
    routing: "picker",
    variants: [],
    adapters: [],
    versions: [{ ...version(weightsGib), serving: { mode: "aggregated", servers } }],
    ...change,
  }) as unknown as Model;

const issuesOf = (of: Model, around: ScaleSurroundings = { autoscaling }) =>
  checkScale(of, around).map(({ path, expected }) => `${path.join(".")}: ${expected}`);

const zero = scale.parse({ min: 0, max: 2 });
const disaggregated = (prefill: Role, decode: Role) =>
  [{ ...version(), serving: { mode: "disaggregated", prefill, decode } }] as unknown as Model["versions"];

describe("checkScale", () => {
  it("has nothing to say of a model that can be scaled, or is not", () => {
    expect(issuesOf(model())).toEqual([]);
    expect(issuesOf(model({ servers: role({ scale: undefined }) }), {})).toEqual([]);
    expect(issuesOf(model({ servers: role({ scale: zero, replicas: 0 }) }))).toEqual([]);
    expect(issuesOf(model({ variants: [{ pool: "h100" }] }))).toEqual([]);
    expect(issuesOf(model(), { autoscaling: decides })).toEqual([]);
  });

  it.each<[string, Model, ScaleSurroundings, RegExp]>([
    ["nobody scales", model(), {}, /^serving\.servers\.scale: nothing, or autoscaling in the environment/],
    [
      "it starts below its bounds",
      model({ servers: role({ replicas: 0 }) }),
      { autoscaling },
      /^serving\.servers\.replicas: between scale\.min \(1\) and scale\.max \(3\)/,
    ],
    [
      "it starts above its bounds",
      model({ servers: role({ replicas: 4 }) }),
      { autoscaling },
      /^serving\.servers\.replicas: between/,
    ],
    [
      "it overflows without scaling",
      model({ servers: role({ scale: undefined }), variants: [{ pool: "h100" }] }),
      { autoscaling },
      /^variants: nothing, or scale on every role/,
    ],
    [
      "only one of its roles overflows",
      model({ versions: disaggregated(role(), role({ scale: undefined })), variants: [{ pool: "h100" }] }),
      { autoscaling },
      /^variants:/,
    ],
    [
      "one of two roles goes to zero",
      model({ versions: disaggregated(role({ scale: zero }), role()) }),
      { autoscaling },
      /^serving\.prefill\.scale\.min: at least 1: prefill and decode/,
    ],
    [
      "nobody sees who waits",
      model({ servers: role({ scale: zero }), routing: "service" }),
      { autoscaling },
      /^serving\.servers\.scale\.min: at least 1, or routing: picker/,
    ],
    [
      "nobody waits so long",
      model({ servers: role({ scale: zero }), weightsGib: 600 }),
      { autoscaling },
      /^serving\.servers\.scale\.min: at least 1: it takes about \d+ minutes to load/,
    ],
    [
      "Dynamo has its own way",
      model({ backend: "dynamo" }),
      { autoscaling },
      /^serving\.servers\.scale: nothing: Dynamo/,
    ],
    [
      "prefill would stand in for decode",
      model({ versions: disaggregated(role(), role()) }),
      { autoscaling: decides },
      /^serving\.prefill\.scale: nothing, or autoscaling\.by: keda/,
    ],
    [
      "its replicas are no Deployment",
      model({ servers: role({ nodes: 2 }) }),
      { autoscaling: decides },
      /scales Deployments alone/,
    ],
    [
      "latencies are not looked at",
      model({ servers: role({ scale: scale.parse({ min: 1, max: 2, ttftMs: 500 }) }) }),
      { autoscaling: decides },
      /^serving\.servers\.scale\.ttftMs: nothing/,
    ],
    [
      "Prometheus is not asked by https",
      model(),
      { autoscaling: { ...decides, prometheus: "http://prometheus.monitoring:9090" } },
      /by https/,
    ],
    [
      "its tenant has too few GPUs",
      model(),
      { autoscaling, tenant: { name: "search", quota: 8, others: 3 } },
      /^serving\.servers\.scale\.max: less: at its most the model holds 6 GPUs and the other models of search 3, of a quota of 8/,
    ],
  ])("says when %s", (_, of, around, expected) => {
    expect(issuesOf(of, around)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
  });

  it("knows how long a gateway waits for a picker", () => {
    const slow = model({ servers: role({ scale: zero, replicas: 0 }), weightsGib: 40 });
    expect(issuesOf(slow, { autoscaling, gateway: "agentgateway" })).toEqual([]);
    expect(issuesOf(slow, { autoscaling, gateway: "envoy-gateway" }).join()).toContain("requests wait 5 at most");
  });

  it("names the version that it speaks of", () => {
    const servers = role({ replicas: 9 });
    const versions = [
      { name: "v1", ...version(), serving: { mode: "aggregated", servers: role() } },
      { name: "v2", ...version(), weight: 0, serving: { mode: "aggregated", servers } },
    ] as unknown as Model["versions"];
    expect(issuesOf(model({ versions }))).toEqual([expect.stringMatching(/^versions\.1\.serving\.servers\.replicas:/)]);
    expect(issuesOf(model({ versions }), { autoscaling: decides }).join()).toContain("servers of one version");
  });

  it("counts what a model may come to on all of its hardware", () => {
    expect(mostGpus(model())).toBe(6);
    expect(mostGpus(model({ variants: [{ pool: "h100" }] }))).toBe(12);
    expect(mostGpus(model({ servers: role({ scale: undefined, replicas: 5 }) }))).toBe(10);
  });
});
