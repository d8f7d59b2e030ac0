import { describe, expect, it } from "vitest";
import { type Architecture, models as catalog } from "../catalog/models";
import { model, resolveModel, type StatedModel } from "./model";

const revision = "0123456789012345678901234567890123456789";

const stated = (change: Record<string, unknown> = {}): StatedModel =>
  model.parse({
    name: "assistant",
    model: "qwen3-32b",
    source: { huggingFace: "Qwen/Qwen3-32B", revision },
    tenant: "search",
    serving: { mode: "disaggregated", prefill: { replicas: 2 }, decode: { replicas: 1, gpus: 2 } },
    ...change,
  });

const sized = (replicas: number, gpus: number) => ({
  replicas,
  gpus,
  nodes: 1,
  tensorParallel: gpus,
  expertParallel: false,
});

const around = {
  pools: ["h100"],
  plan: () => ({
    prefill: sized(3, 1),
    decode: sized(2, 4),
    servers: sized(5, 2),
  }),
};

function resolved(change?: Record<string, unknown>, surroundings = around) {
  const problems: string[] = [];
  const value = resolveModel(stated(change), surroundings, (path, message) =>
    problems.push(`${path.join(".")}: ${message}`),
  );
  return { value, problems };
}

const problemsOf = (change: Record<string, unknown>, surroundings = around) => resolved(change, surroundings).problems;

describe("a model", () => {
  it("that states one source has one version, without a name, for all requests", () => {
    const { value, problems } = resolved();
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ pool: "h100", routing: "picker", backend: "llm-d", cache: "approximate" });
    expect(value!.architecture.layers).toBe(catalog["qwen3-32b"].layers);
    expect(value!.versions).toEqual([
      {
        architecture: value!.architecture,
        source: { kind: "huggingFace", repository: "Qwen/Qwen3-32B", revision },
        weight: 100,
        serving: {
          mode: "disaggregated",
          prefill: { replicas: 2, gpus: 1, nodes: 1, tensorParallel: 1, expertParallel: false },
          decode: { replicas: 1, gpus: 2, nodes: 1, tensorParallel: 2, expertParallel: false },
        },
      },
    ]);
  });

  it("is known to the catalog by its repository, and takes the catalog's revision where it states no source", () => {
    expect(resolved({ model: undefined }).value!.model).toBe("qwen3-32b");
    expect(resolved({ source: undefined }).value!.versions[0]!.source).toEqual({
      kind: "huggingFace",
      repository: "Qwen/Qwen3-32B",
      revision: catalog["qwen3-32b"].revision,
    });
  });

  it("that nobody knows is refused, and so is one that is known twice", () => {
    const own = { huggingFace: "example/own", revision };
    expect(problemsOf({ model: undefined, source: own })).toEqual([
      "model: a key of catalog/models.ts, or architecture: the catalog does not know this source",
    ]);
    const { layers, hidden, heads, kvHeads, headDim, vocabulary, feedForward, attention, precision } =
      catalog["qwen3-32b"];
    const { parametersBillions, weightsGib, maxContext } = catalog["qwen3-32b"];
    const architecture = {
      ...{ layers, hidden, heads, kvHeads, headDim, vocabulary, feedForward, attention, precision },
      ...{ parametersBillions, weightsGib, maxContext },
    };
    expect(resolved({ model: undefined, source: own, architecture }).value!.architecture).toEqual(architecture);
    expect(problemsOf({ architecture })).toEqual(["architecture: nothing: `model` says which it is"]);
  });

  it("names its pool where there are several", () => {
    expect(problemsOf({}, { ...around, pools: ["a", "b"] })).toEqual(["pool: one of the GPU pools: a, b"]);
  });

  it("has the roles that it does not state sized from its objective", () => {
    const objective = { ttftMs: 1500, tpotMs: 40, requestsPerSecond: 20, inputTokens: 5000, outputTokens: 500 };
    const serving = { mode: "disaggregated", prefill: { replicas: 7 } };
    expect(resolved({ objective, serving }).value!.versions[0]!.serving).toMatchObject({
      prefill: { replicas: 7, gpus: 1 },
      decode: { replicas: 2, gpus: 4, tensorParallel: 4 },
    });
    expect(resolved({ objective, serving: { mode: "aggregated" } }).value!.versions[0]!.serving).toMatchObject({
      servers: { replicas: 5, gpus: 2 },
    });
    expect(problemsOf({ serving })).toEqual(["serving.decode: the role, or an objective from which it is sized"]);
    const impossible = { ...around, plan: () => "no GPU is that fast" as never };
    expect(problemsOf({ objective, serving }, impossible)).toEqual(["serving.decode: no GPU is that fast"]);
  });

  it("is reached through a Service where there is at most one server to choose", () => {
    const servers = { replicas: 1 };
    const routing = (change: Record<string, unknown>) => resolved(change).value!.routing;
    expect(routing({ serving: { mode: "aggregated", servers } })).toBe("service");
    expect(routing({ serving: { mode: "aggregated", servers: { replicas: 2 } } })).toBe("picker");
    expect(routing({ serving: { mode: "aggregated", servers: { replicas: 1, scale: { min: 1, max: 2 } } } })).toBe(
      "picker",
    );
    expect(routing({ serving: { mode: "aggregated", servers }, routing: "picker" })).toBe("picker");
    const adapters = [{ name: "legal", source: { huggingFace: "example/legal", revision } }];
    expect(routing({ serving: { mode: "aggregated", servers }, adapters })).toBe("picker");
    expect(routing({ serving: { mode: "aggregated", servers }, priority: -1 })).toBe("picker");
    expect(routing({ serving: { mode: "aggregated", servers }, cache: "precise" })).toBe("picker");
  });
});

describe("a longest request", () => {
  it("is no shorter than those that are asked for", () => {
    const objective = { ttftMs: 500, tpotMs: 50, requestsPerSecond: 2, inputTokens: 1000, outputTokens: 200 };
    expect(problemsOf({ objective, maxContext: 1200 })).toEqual([]);
    expect(problemsOf({ objective, maxContext: 1199 })).toEqual([
      "maxContext: at least 1200, the tokens of a request of its objective",
    ]);
  });
});

describe("a Service", () => {
  it("stands before servers that are alike, and knows no adapters", () => {
    const adapters = [{ name: "legal", source: { huggingFace: "example/legal", revision } }];
    expect(problemsOf({ routing: "service" })).toEqual([
      "routing: picker, or serving.mode: aggregated: a Service would send requests to prefill servers as well",
    ]);
    const serving = { mode: "aggregated", servers: { replicas: 2 } };
    expect(problemsOf({ routing: "service", serving })).toEqual([]);
    expect(problemsOf({ routing: "service", serving, adapters })).toEqual([
      "routing: picker, or no adapters: only a picker knows them by their names",
    ]);
    expect(problemsOf({ routing: "service", serving, priority: 5, cache: "precise" })).toEqual([
      "routing: picker, or no priority: only a picker knows of one",
      "routing: picker, or cache: approximate: only a picker knows what servers have cached",
    ]);
  });
});

describe("an adapter", () => {
  it("has a name of its own", () => {
    const adapter = { name: "legal", source: { huggingFace: "example/legal", revision } };
    expect(problemsOf({ adapters: [adapter, adapter] })).toEqual([
      'adapters.1.name: a name of its own: "legal" is taken',
    ]);
    expect(problemsOf({ adapters: [{ ...adapter, name: "assistant" }] })).toEqual([
      'adapters.0.name: a name of its own: "assistant" is what the model is asked for by',
    ]);
  });
});

describe("a role", () => {
  const servers = (role: Record<string, unknown>) => ({ serving: { mode: "aggregated", servers: role } });
  const roleOf = (role: Record<string, unknown>) => {
    const { serving } = resolved(servers(role)).value!.versions[0]!;
    return serving.mode === "aggregated" ? serving.servers : undefined;
  };

  it("shares layers among all GPUs of a replica, or none where experts are spread", () => {
    expect(roleOf({ replicas: 1, gpus: 8, nodes: 2 })!.tensorParallel).toBe(16);
    expect(roleOf({ replicas: 1, gpus: 8, nodes: 2, expertParallel: true })!.tensorParallel).toBe(1);
    expect(roleOf({ replicas: 1, gpus: 8, tensorParallel: 4 })!.tensorParallel).toBe(4);
  });

  it("has a number of GPUs that tensor parallelism divides", () => {
    expect(problemsOf(servers({ replicas: 1, gpus: 8, nodes: 2, tensorParallel: 3 }))).toEqual([
      "serving.servers.tensorParallel: a divisor of the replica's GPUs, of which it has 8 on each of 2 nodes",
    ]);
  });

  it("takes a slice of one GPU, and of no more", () => {
    expect(problemsOf(servers({ replicas: 1, gpus: 2, slice: { fraction: 0.5 } }))).toEqual([
      "serving.servers.slice: nothing beside gpus or nodes: a slice is a part of one GPU",
    ]);
  });

  it("starts with the fewest that it scales to, and from none only where it scales", () => {
    expect(roleOf({ scale: { min: 0, max: 3 } })!.replicas).toBe(0);
    expect(problemsOf(servers({}))).toEqual([
      "serving.servers.replicas: how many, or scale, or nothing of the role at all but an objective to size it from",
    ]);
    expect(problemsOf(servers({ replicas: 0 }))).toEqual([
      "serving.servers.replicas: at least 1: nothing would start it from none but scale, with min: 0",
    ]);
  });
});

describe("versions", () => {
  const version = (name: string, weight: number, more = {}) => ({
    name,
    weight,
    source: { huggingFace: "Qwen/Qwen3-32B", revision },
    ...more,
  });

  it("divide the requests, each with the model's servers or its own", () => {
    const own = { mode: "aggregated", servers: { replicas: 1 } };
    const versions = [version("v1", 90), version("v2", 10, { serving: own })];
    const { value, problems } = resolved({ source: undefined, versions });
    expect(problems).toEqual([]);
    expect(value!.versions.map(({ name, weight, serving }) => [name, weight, serving.mode])).toEqual([
      ["v1", 90, "disaggregated"],
      ["v2", 10, "aggregated"],
    ]);
  });

  it("are each sized by their own weights", () => {
    const sizedFor: string[] = [];
    const plan = ({ precision }: Architecture) => {
      sizedFor.push(precision);
      return around.plan();
    };
    const fp8 = { name: "v2", weight: 10, source: { huggingFace: "Qwen/Qwen3-32B-FP8", revision } };
    const objective = { ttftMs: 500, tpotMs: 50, requestsPerSecond: 2, inputTokens: 1000, outputTokens: 200 };
    const versions = [version("v1", 90), fp8];
    const problems = problemsOf(
      { source: undefined, versions, objective, serving: { mode: "disaggregated" } },
      { ...around, plan: plan as typeof around.plan },
    );
    expect(problems).toEqual([]);
    expect(sizedFor).toEqual(["bf16", "fp8"]);
  });

  it("add up to 100 percent, have names of their own, and leave the model no source", () => {
    const versions = [version("v1", 90), version("v1", 20)];
    expect(problemsOf({ versions })).toEqual([
      "source: nothing: each of the versions states its own",
      "versions: weights that add up to 100 percent; these add up to 110",
      'versions.1.name: a name of its own: "v1" is taken',
    ]);
  });
});

describe("a source", () => {
  const source = (value: Record<string, unknown>) => resolved({ source: value });
  const digest = `sha256:${"a".repeat(64)}`;

  it.each([
    [
      { uri: `oci://registry.example.org/models/x@${digest}` },
      { kind: "oci", reference: `registry.example.org/models/x@${digest}` },
    ],
    [
      { uri: "s3://models/x", region: "eu-north-1" },
      { kind: "s3", uri: "s3://models/x", region: "eu-north-1" },
    ],
    [
      { uri: "gs://models/x", region: "europe-west4" },
      { kind: "gs", uri: "gs://models/x", region: "europe-west4" },
    ],
    [{ uri: "pvc://weights/qwen/v1" }, { kind: "pvc", claim: "weights", path: "qwen/v1" }],
    [{ uri: "pvc://weights" }, { kind: "pvc", claim: "weights", path: "" }],
  ])("%j is one place", (value, expected) => {
    const { value: found, problems } = source(value);
    expect(problems).toEqual([]);
    expect(found!.versions[0]!.source).toEqual(expected);
  });

  it.each([
    [
      { huggingFace: "Qwen/Qwen3-32B" },
      "source.revision: the commit to serve, 40 hexadecimal digits: what a branch holds can change",
    ],
    [{}, "source: either huggingFace or uri"],
    [{ huggingFace: "a/b", revision, uri: "pvc://c/d" }, "source: either huggingFace or uri"],
    [
      { uri: "pvc://c/d", revision },
      "source.revision: nothing: it belongs to huggingFace; a uri names its state itself",
    ],
    [
      { uri: "s3://models/x" },
      "source.region: where the bucket is: under what law weights lie decides who may serve them",
    ],
    [{ uri: "pvc://c/d", region: "eu-north-1" }, "source.region: nothing: it belongs to s3:// and gs://"],
    [{ uri: "pvc://c/d", signature: { key: "k" } }, "source.signature: nothing: it belongs to oci://"],
  ])("%j is refused", (value, problem) => {
    expect(source(value).problems).toEqual([problem]);
  });

  it.each(["oci://registry.example.org/models/x:latest", "https://example.org/x", "s3://models"])(
    "%s is no address of one state",
    (uri) => {
      expect(() => stated({ source: { uri } })).toThrow(/oci:\/\/<host>\/<repository>@sha256/);
    },
  );

  it("takes no branch for a revision", () => {
    expect(() => stated({ source: { huggingFace: "a/b", revision: "main" } })).toThrow(/40 hexadecimal digits/);
  });
});
