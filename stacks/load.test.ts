import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { images } from "../catalog/images";
import { HOURS_PER_MONTH, prices } from "../catalog/prices";
import { releases } from "../catalog/releases";
import { unchosen } from "../components/chosen-releases";
import { EnvironmentError, environmentFiles, loadEnvironment } from "./load";

// biome-ignore lint/suspicious/noExplicitAny: these tests write what the types forbid.
type Loose = any;

const repository = join(__dirname, "..");
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stacks-"));
  mkdirSync(join(root, "stacks"));
  copyFileSync(join(repository, "stacks/Pulumi.local.yaml"), join(root, "stacks/Pulumi.local.yaml"));
});

afterEach(() => rmSync(root, { recursive: true }));

const write = (stack: string, text: string) => writeFileSync(join(root, `stacks/Pulumi.${stack}.yaml`), text);

/** A stack file whose environment is the given YAML. */
const environment = (stack: string, text: string) =>
  write(stack, stringify({ config: { "ai-platform:environment": parse(text) } }));

/** The local environment with one thing changed, as a stack of its own. */
function changed(change: (environment: Loose) => void): string {
  const file = parse(readFileSync(join(root, "stacks/Pulumi.local.yaml"), "utf8"));
  change(file.config["ai-platform:environment"]);
  write("changed", stringify(file));
  return "changed";
}

function problems(stack: string, config?: unknown): readonly string[] {
  try {
    loadEnvironment(stack, { root, config });
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return (error as EnvironmentError).problems;
  }
  throw new Error("accepted");
}

describe("the local environment", () => {
  it("loads from the repository", () => {
    const local = loadEnvironment("local");
    expect(local.stack).toBe("local");
    expect(local.pools.map((pool) => pool.name)).toEqual(["system", "gpu"]);
    expect(local.cluster).toMatchObject({ kind: "existing", context: "platform-local", region: "local" });
  });

  it("admits every registry that its charts, manifests and images come from", () => {
    const local = loadEnvironment("local");
    const { registries } = local.jurisdiction;
    // What only other kinds of cluster and pool ask for.
    const elsewhere: string[] = ["karpenter-crd", "karpenter", "gpu-operator", "hami", ...unchosen(local)];
    // Nothing there is signed, or fetched from a bucket, or served by Dynamo.
    const { dynamoVllm: _graph, cosign: _signed, rclone: _bucket, ...ownImages } = images;
    const installed = Object.values(releases).filter(({ name }) => !elsewhere.includes(name));
    const sources = installed.map(({ source }) => (source.kind === "chart" ? source.registry : source.url));
    const repositories = [...installed.flatMap((release) => release.images), ...Object.values(ownImages)];
    const places = [...sources, ...repositories.map((image) => image.repository)].map((it) =>
      it.replace(/^\w+:\/\//, ""),
    );
    const under = (place: string) => registries.filter((it) => place === it || place.startsWith(`${it}/`));
    expect(places.filter((place) => under(place).length === 0)).toEqual([]);
    expect(registries.filter((it) => !places.some((place) => under(place).includes(it)))).toEqual([]);
  });

  it("costs less than its budget, with a margin", () => {
    const local = loadEnvironment("local");
    const hourly = local.pools.map(
      ({ max, price }) => max * prices[(price as { like: keyof typeof prices }).like].usdPerHour,
    );
    const monthly = hourly.reduce((sum, usd) => sum + usd, 0) * HOURS_PER_MONTH;
    expect(local.budget.monthlyUsd / monthly).toBeGreaterThan(1.05);
    expect(local.budget.monthlyUsd / monthly).toBeLessThan(1.5);
  });

  it("is the same every time", () => {
    expect(JSON.stringify(loadEnvironment("local"))).toBe(JSON.stringify(loadEnvironment("local")));
  });
});

describe("extends", () => {
  it("merges objects, and lists by name", () => {
    environment(
      "big",
      `
extends: local
gateway: { replicas: 3 }
pools: [{ name: gpu, min: 2, max: 2 }]
tenants: [{ name: research, gpus: { quota: 4 } }]
`,
    );
    const [local, big] = [loadEnvironment("local", { root }), loadEnvironment("big", { root })];
    expect(big.gateway).toEqual({ ...local.gateway, replicas: 3 });
    expect(big.pools).toEqual([local.pools[0], { ...local.pools[1], min: 2, max: 2 }]);
    expect(big.tenants.map((tenant) => tenant.name)).toEqual(["platform", "search", "research"]);
    expect({ ...big, stack: "local", gateway: local.gateway, pools: local.pools, tenants: local.tenants }).toEqual(
      local,
    );
  });

  it("replaces lists without names, and any list by an empty one", () => {
    environment("bare", "{ extends: local, models: [], jurisdiction: { registries: [registry.example.org] } }");
    const bare = loadEnvironment("bare", { root });
    expect(bare.models).toEqual([]);
    expect(bare.jurisdiction.registries).toEqual(["registry.example.org"]);
  });

  it("takes an item out with remove, and a key with null", () => {
    environment("less", "{ extends: local, description: null, models: [{ name: qwen3-32b, remove: true }] }");
    const less = loadEnvironment("less", { root });
    expect(less.models).toEqual([]);
    expect(less.description).toBeUndefined();
  });

  it("follows a chain, the nearest winning", () => {
    environment("a", "{ extends: local, gateway: { replicas: 2, host: a.test } }");
    environment("b", "{ extends: a, gateway: { replicas: 3 } }");
    expect(loadEnvironment("b", { root }).gateway).toMatchObject({ host: "a.test", replicas: 3 });
    expect(environmentFiles("b", { root })).toEqual(["b", "a", "local"].map((name) => `stacks/Pulumi.${name}.yaml`));
  });

  it("takes the stack's own part from the engine, and days as the engine hands them over", () => {
    const price = { usdPerGpuHour: 2, source: "contract", date: "2026-11-01 00:00:00 +0000 UTC", like: null };
    const loaded = loadEnvironment("elsewhere", {
      root,
      config: { extends: "local", pools: [{ name: "gpu", price }] },
    });
    expect(loaded.stack).toBe("elsewhere");
    expect(loaded.pools[1]!.price).toEqual({ usdPerGpuHour: 2, source: "contract", date: "2026-11-01" });
  });

  it("lets the engine run a variant of the stack's own file", () => {
    const mirrored = loadEnvironment("local", { root, config: { extends: "local", mirror: { charts: "/copies" } } });
    expect(mirrored).toEqual({ ...loadEnvironment("local", { root }), mirror: { charts: "/copies", provided: [] } });
  });

  it.each([
    [
      "a circle",
      { a: "b", b: "a" },
      "stacks/Pulumi.b.yaml: extends: a circle: a -> b -> a. A stack cannot be its own base.",
    ],
    ["itself", { a: "a" }, "stacks/Pulumi.a.yaml: extends: a circle: a -> a. A stack cannot be its own base."],
    [
      "what is not there",
      { a: "lokal" },
      'stacks/Pulumi.a.yaml: extends: no stack "lokal". Did you mean "local"? Stacks: a, local.',
    ],
    [
      "a list",
      { a: ["local"] },
      'stacks/Pulumi.a.yaml: extends: ["local"]: expected the name of one stack, such as "local".',
    ],
  ])("refuses %s", (_, bases, message) => {
    for (const [stack, base] of Object.entries(bases)) {
      environment(stack, JSON.stringify({ extends: base }));
    }
    expect(problems("a")).toEqual([message]);
  });

  it("refuses to remove what is not there", () => {
    environment("a", "{ extends: local, tenants: [{ name: serach, remove: true }] }");
    expect(problems("a")).toEqual([
      'stacks/Pulumi.a.yaml: tenants[0]: nothing named "serach" to remove. Did you mean "search"?',
    ]);
  });

  it("names the file and path where the offending value was written", () => {
    environment("a", "{ extends: local, pools: [{ name: gpu, acelerator: l4-24gb }], gateway: { replicas: 0 } }");
    expect(problems("a")).toEqual([
      expect.stringMatching(
        /^stacks\/Pulumi.a.yaml: pools\[0\].acelerator: unknown key. Did you mean "accelerator"\? Expected/,
      ),
      "stacks/Pulumi.a.yaml: gateway.replicas: 0. Expected at least 1.",
    ]);
    environment("local", "{ tier: fast }");
    expect(problems("a")).toContainEqual(
      'stacks/Pulumi.local.yaml: tier: "fast". Expected one of: ephemeral, development, production.',
    );
  });

  it("says how to take out an inherited key that no longer fits", () => {
    environment(
      "owned",
      "{ extends: local, pools: [{ name: gpu, price: { usdPerGpuHour: 2, source: x, date: '2026-11-01' } }] }",
    );
    expect(problems("owned")).toEqual([
      "stacks/Pulumi.local.yaml: pools[1].price.like: unknown key. " +
        "Expected one of: usdPerGpuHour, eurPerGpuHour, source, date. To take it out in stacks/Pulumi.owned.yaml, write like: null.",
    ]);
  });

  it("sees a name that one file states twice", () => {
    environment(
      "twice",
      "{ extends: local, tenants: [{ name: x, gpus: { quota: 0 } }, { name: x, gpus: { quota: 0 } }] }",
    );
    expect(problems("twice")).toEqual([
      'stacks/Pulumi.twice.yaml: tenants[1].name: "x". Expected a name of its own: "x" is taken.',
    ]);
  });
});

describe("a stack that cannot be read", () => {
  it.each([
    [
      "no such stack",
      "lcal",
      undefined,
      'stacks/Pulumi.lcal.yaml: no such file, so there is no stack "lcal". Did you mean "local"? Stacks: local.',
    ],
    [
      "no config",
      "a",
      "",
      'stacks/Pulumi.a.yaml: config: expected a mapping that holds "ai-platform:environment", got nothing.',
    ],
    [
      "no environment",
      "a",
      "config: { ai-platform:enviroment: {} }",
      'stacks/Pulumi.a.yaml: config: "ai-platform:environment" is missing. Did you mean "ai-platform:enviroment"?',
    ],
    [
      "an environment that is text",
      "a",
      "config: { ai-platform:environment: local }",
      'stacks/Pulumi.a.yaml: ai-platform:environment: expected a mapping of the environment\'s settings, got the string "local".',
    ],
    [
      "an environment that is a list",
      "a",
      "config: { ai-platform:environment: [] }",
      "stacks/Pulumi.a.yaml: ai-platform:environment: expected a mapping of the environment's settings, got a list.",
    ],
    [
      "broken YAML",
      "a",
      "config:\n  a: [1\n  b: 2\n",
      expect.stringMatching(/^stacks\/Pulumi.a.yaml:\d: not valid YAML: /),
    ],
    [
      "a key twice",
      "a",
      "config:\n  a: 1\n  a: 2\n",
      "stacks/Pulumi.a.yaml:3: not valid YAML: Map keys must be unique",
    ],
    [
      "a secret",
      "a",
      "config: { ai-platform:environment: { extends: local, gateway: { host: { secure: abc } } } }",
      "stacks/Pulumi.a.yaml: gateway.host: a secret. The environment holds none: put it in a Kubernetes Secret and state that Secret's name.",
    ],
  ])("says one thing: %s", (_, stack, text, message) => {
    if (text !== undefined) {
      write(stack, text);
    }
    expect(problems(stack)[0]).toEqual(message);
  });

  it("sees a secret that the engine has decrypted", () => {
    write("a", "config: { ai-platform:environment: { extends: local, gateway: { host: { secure: abc } } } }");
    expect(problems("a", { extends: "local", gateway: { host: "models.local.test" } })).toHaveLength(1);
  });
});

describe("a value that does not fit", () => {
  const file = "stacks/Pulumi.changed.yaml";
  it.each<[string, (environment: Loose) => void, unknown]>([
    [
      "an unknown key",
      (it) => {
        it.tiers = 1;
      },
      expect.stringMatching(
        `^${file}: tiers: unknown key. Did you mean "tier"\\? Expected one of: description, tier, `,
      ),
    ],
    [
      "a key deep down",
      (it) => {
        it.models[0].serving.prefill.gpu = 1;
      },
      `${file}: models[0].serving.prefill.gpu: unknown key. Did you mean "gpus"? Expected one of: replicas, gpus, slice, nodes, tensorParallel, expertParallel, scale.`,
    ],
    [
      "a wrong type",
      (it) => {
        it.models[0].serving.prefill.gpus = "two";
      },
      `${file}: models[0].serving.prefill.gpus: "two". Expected a number. GPUs of one node that one replica uses.`,
    ],
    [
      "a missing value",
      (it) => {
        delete it.gateway.host;
      },
      `${file}: gateway.host: missing. Expected a string. Host name under which the models are served.`,
    ],
    [
      "a missing part",
      (it) => {
        delete it.cluster;
      },
      `${file}: cluster: missing. Expected a mapping.`,
    ],
    [
      "an unknown GPU",
      (it) => {
        it.pools[1].accelerator = "h100";
        delete it.pools[1].price;
      },
      expect.stringMatching(
        `^${file}: pools\\[1\\].accelerator: "h100". Did you mean "h100-80gb"\\? Expected one of: h100-80gb, h200-141gb, `,
      ),
    ],
    [
      "an unknown price",
      (it) => {
        it.pools[1].price.like = "aws/eu-north-1/p5.48xlrge";
      },
      expect.stringMatching(
        `^${file}: pools\\[1\\].price.like: .* Did you mean "aws/eu-north-1/p5.48xlarge"\\? Expected one of: aws/.* and \\d+ more.$`,
      ),
    ],
    [
      "a price of neither kind",
      (it) => {
        it.pools[1].price = { usd: 3 };
      },
      `${file}: pools[1].price: {"usd":3}. Expected a mapping of usdPerGpuHour, eurPerGpuHour, source, date, or of like.`,
    ],
    [
      "a price without its date",
      (it) => {
        it.pools[1].price = { usdPerGpuHour: 3, source: "contract" };
      },
      `${file}: pools[1].price.date: missing. Expected a string. The day on which the figure was true, YYYY-MM-DD.`,
    ],
    [
      "a day that is none",
      (it) => {
        it.pools[1].price = { usdPerGpuHour: 3, source: "contract", date: "in May" };
      },
      `${file}: pools[1].price.date: "in May". Expected a day, YYYY-MM-DD.`,
    ],
    [
      "a list price of another machine",
      (it) => {
        it.pools[1].price.like = "aws/eu-central-1/g6e.48xlarge";
      },
      `${file}: pools[1].price.like: "aws/eu-central-1/g6e.48xlarge". Expected the list price of a machine with 8 x h100-80gb; this one has 8 x l40s-48gb.`,
    ],
    [
      "a list price of a smaller machine",
      (it) => {
        it.pools[0].price.like = "aws/eu-north-1/m7i.large";
      },
      `${file}: pools[0].price.like: "aws/eu-north-1/m7i.large". Expected the list price of a machine no smaller than the pool's; this one has 2 CPUs and 8 GiB.`,
    ],
    [
      "a price per GPU of a pool without GPUs",
      (it) => {
        it.pools[0].price = { usdPerGpuHour: 3, source: "contract", date: "2026-11-01" };
      },
      expect.stringMatching(`^${file}: pools\\[0\\].price: .* Expected a list price \\(like\\)`),
    ],
    [
      "an unknown kind of cluster",
      (it) => {
        it.cluster.kind = "exsting";
      },
      `${file}: cluster.kind: "exsting". Did you mean "existing"? Expected one of: eks, gke, existing.`,
    ],
    [
      "a cluster of no kind",
      (it) => {
        delete it.cluster.kind;
      },
      `${file}: cluster.kind: missing. Expected one of: eks, gke, existing.`,
    ],
    [
      "an unknown datastore key",
      (it) => {
        it.authorization.datastore = { engine: "postgres", uriSecret: { name: "x", kye: "y" } };
      },
      `${file}: authorization.datastore.uriSecret.kye: unknown key. Did you mean "key"? Expected one of: name, key.`,
    ],
    [
      "an unknown region",
      (it) => {
        it.cluster.region = "eu-north1";
      },
      expect.stringMatching(`^${file}: cluster.region: "eu-north1". Did you mean "eu-north-1"\\?`),
    ],
    [
      "a name that is none",
      (it) => {
        it.tenants[0].name = "Team A";
        it.models[0].tenant = "search";
      },
      `${file}: tenants[0].name: "Team A". Expected a lower-case DNS label of at most 42 characters, such as team-search.`,
    ],
    [
      "an empty list",
      (it) => {
        it.tenants = [];
      },
      `${file}: tenants: []. Expected at least 1 items.`,
    ],
    [
      "no budget",
      (it) => {
        it.budget.monthlyUsd = 0;
      },
      `${file}: budget.monthlyUsd: 0. Expected more than 0.`,
    ],
    [
      "an impossible combination",
      (it) => {
        it.models[0].serving.decode.gpus = 16;
      },
      `${file}: models[0].serving.decode.gpus: 16. Expected at most 8, the GPUs of one node of pool gpu; span nodes with "nodes".`,
    ],
    [
      "nodes that an existing cluster cannot add",
      (it) => {
        it.pools[1].max = 4;
      },
      `${file}: pools[1].max: 4. Expected equal to min (1): the platform adds no nodes to an existing cluster.`,
    ],
    [
      "memory that production would lose",
      (it) => {
        it.tier = "production";
      },
      expect.stringMatching(`^${file}: authorization.datastore.engine: "memory". Expected postgres: an in-memory`),
    ],
    [
      "more guaranteed than there is",
      (it) => {
        it.tenants[0].gpus.quota = 4;
      },
      expect.stringMatching(`^${file}: tenants: .* Expected guaranteed quotas of at most 8 GPUs together`),
    ],
    [
      "a tuple that is none",
      (it) => {
        it.authorization.tuples[0].user = "ada";
      },
      `${file}: authorization.tuples[0].user: "ada". Expected type:id or type:id#relation, such as team:search#member.`,
    ],
  ])("is named: %s", (_, change, message) => {
    expect(problems(changed(change))[0]).toEqual(message);
  });

  it("lists every problem in one message", () => {
    const stack = changed((it) => {
      it.tier = 7;
      it.gateway.replicas = 1.5;
    });
    expect(() => loadEnvironment(stack, { root })).toThrowError(
      [
        'stack "changed" has 2 problems:',
        "  stacks/Pulumi.changed.yaml: tier: 7. Expected one of: ephemeral, development, production.",
        "  stacks/Pulumi.changed.yaml: gateway.replicas: 1.5. Expected an int.",
      ].join("\n"),
    );
  });
});
