import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import type { PolicyResource, ReportViolation, ResourceValidationArgs } from "@pulumi/policy";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterEach, describe, expect, test } from "vitest";
import { ruleIds } from "../stacks/policies";
import { contextWith, environmentWith } from "./fixtures";
import { policies, resourceOf } from "./pack";
import type { Rule } from "./rule";
import { rules } from "./rules";

const folder = __dirname;
const read = (...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));

describe("the rules in the tree", () => {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => join(name, file)))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  const written = async () =>
    (
      await Promise.all(
        files.map(async (file) => {
          const found = Object.values(await import(join(folder, file))) as Partial<Rule>[];
          return found.filter((value) => typeof value === "object" && "id" in value).map((rule) => ({ file, rule }));
        }),
      )
    ).flat();

  /** Whether a test of the same folder is about a file. */
  const testsBeside = (file: string): boolean => {
    const beside = dirname(join(folder, file));
    const imports = `from "./${basename(file, ".ts")}"`;
    return readdirSync(beside)
      .filter((name) => name.endsWith(".test.ts"))
      .some((name) => readFileSync(join(beside, name), "utf8").includes(imports));
  };

  test("are those of docs/policies.md, in the order in which stacks name them", () => {
    const rows = ruleIds.map((id) => {
      const rule = rules.find((candidate) => candidate.id === id)!;
      return `| \`${id}\` | ${rule.title} | ${rule.severity} | ${rule.admission === undefined ? "no" : "yes"} |`;
    });
    expect(rules).toHaveLength(ruleIds.length);
    const page = readFileSync(join(folder, "..", "docs", "policies.md"), "utf8");
    expect(page.split("\n").filter((line) => /^\| `(sovereignty|cost|security)-/.test(line))).toEqual(rows);
  });

  test("are all in the pack, and nothing else is", async () => {
    const found = (await written()).map(({ rule }) => rule);
    expect(new Set(found)).toEqual(new Set(rules));
    expect(found).toHaveLength(rules.length);
  });

  test("each say what they are, under a name of their own, with a test beside them", async () => {
    for (const { file, rule } of await written()) {
      expect(rule.id).toBe(`${rule.concern}-${file.replace(/^.*\/|\.ts$/g, "")}`);
      expect(file.startsWith(`${rule.concern}/`)).toBe(true);
      expect(testsBeside(file), `a test of ${file}`).toBe(true);
      expect(rule.title).toMatch(/^[A-Z].*[^.]$/);
      expect(rule.remedy).toMatch(/^[a-z].*[^.]$/);
    }
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
  });
});

test("the pack has the version of the project", () => {
  expect(read("package.json").version).toBe(read("..", "package.json").version);
});

describe("a policy of the pack", () => {
  const options = { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] };
  const getConfig = () => ({});
  const args = (type: string, props: Record<string, unknown>) =>
    ({ urn: `urn:${type}`, type, name: "thing", props, opts: options, getConfig }) as unknown as ResourceValidationArgs;

  /** What a policy reports of a resource, or of a stack that is that resource alone. */
  function reported(
    policy: object,
    subject: ResourceValidationArgs,
    config: () => object = getConfig,
  ): Record<string, unknown>[] {
    const violations: Record<string, unknown>[] = [];
    const report = ((violation: object) => violations.push({ ...violation })) as unknown as ReportViolation;
    if ("validateStack" in policy) {
      const stack = { resources: [subject as unknown as PolicyResource], getConfig: config };
      (policy.validateStack as (args: object, report: ReportViolation) => void)(stack, report);
    } else if ("validateResource" in policy) {
      (policy.validateResource as (args: object, report: ReportViolation) => void)(
        { ...subject, getConfig: config },
        report,
      );
    }
    return violations;
  }

  const vpc = args("aws:ec2/vpc:Vpc", { region: "us-east-1" });
  const nodePool = args("ai-platform:cluster:NodePool", {});

  test("carries the metadata of its rule and is mandatory", () => {
    const { listed, unlisted } = policies(rules, contextWith());
    expect(listed.map((policy) => policy.name)).toEqual(rules.map((rule) => rule.id));
    expect(listed[0]).toMatchObject({
      displayName: rules[0]!.title,
      severity: "critical",
      enforcementLevel: "mandatory",
      remediationSteps: rules[0]!.remedy,
    });
    expect(unlisted).toEqual([]);
  });

  test("reports under the name of its rule, at the level that is configured", () => {
    const { listed } = policies(rules, contextWith());
    expect(reported(listed[0]!, vpc)).toEqual([
      {
        name: "sovereignty-region",
        message: expect.stringContaining('region is "us-east-1", which is outside eu'),
        urn: "urn:aws:ec2/vpc:Vpc",
        enforcementLevel: undefined,
        severity: "critical",
      },
    ]);
    const budget = listed.find(({ name }) => name === "cost-monthly-budget")!;
    expect(reported(budget, nodePool)).toMatchObject([{ name: "cost-monthly-budget", urn: nodePool.urn }]);
  });

  const excepted = (expires: string) => ({
    exceptions: [{ resources: ["aws:ec2/vpc:*"], reason: "moves next month", owner: "network team", expires }],
  });

  test("lets an exception pass until its day, and says by whom", () => {
    const environment = (expires: string) => ({
      environment: environmentWith({ policies: { "sovereignty-region": excepted(expires) } }),
    });
    const [holds] = reported(policies(rules, contextWith(environment("2026-11-21"))).listed[0]!, vpc);
    expect(holds).toMatchObject({
      enforcementLevel: "advisory",
      message: expect.stringContaining("Excepted until 2026-11-21 by network team: moves next month."),
    });
    const [expired] = reported(policies(rules, contextWith(environment("2026-11-20"))).listed[0]!, vpc);
    expect(expired).toMatchObject({
      enforcementLevel: undefined,
      message: expect.stringContaining("An exception by network team: moves next month expired on 2026-11-20."),
    });
  });

  test("takes exceptions from the engine's configuration, checked, and from nowhere in a sovereign environment", () => {
    const { listed } = policies(rules, contextWith());
    const given = () => excepted("2026-12-01");
    expect(reported(listed[0]!, vpc, given)).toMatchObject([{ enforcementLevel: "advisory" }]);
    expect(() => reported(listed[0]!, vpc, () => ({ exceptions: [{ resources: ["*"] }] }))).toThrow(
      /policy configuration of sovereignty-region: exceptions\.0\.reason/,
    );
    expect(listed[0]).toMatchObject({ configSchema: { properties: { exceptions: { type: "array" } } } });
    const { unlisted } = policies(rules, contextWith({ jurisdiction: { sovereign: true } }));
    const findings = unlisted.flatMap((policy) => reported(policy, vpc, given));
    expect(findings).toContainEqual(
      expect.objectContaining({ name: "sovereignty-region", enforcementLevel: "mandatory" }),
    );
  });

  test("has the level that the environment gives its rule", () => {
    const environment = environmentWith({ policies: { "sovereignty-region": { level: "advisory" } } });
    const { listed } = policies(rules, contextWith({ environment }));
    expect(reported(listed[0]!, vpc)).toMatchObject([{ enforcementLevel: "advisory" }]);
  });

  test("only says what is deferred", () => {
    const { listed } = policies(rules, contextWith());
    const late = args("aws:ec2/vpc:Vpc", { region: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
    expect(reported(listed[0]!, late)).toMatchObject([{ enforcementLevel: "advisory" }]);
  });

  test("of sovereignty is out of reach of the configuration where the environment is sovereign", () => {
    const { listed, unlisted } = policies(rules, contextWith({ jurisdiction: { sovereign: true } }));
    expect(listed.map((policy) => policy.name)).toEqual(rules.map((rule) => rule.id));
    expect(reported(listed[0]!, vpc)).toEqual([]);
    expect(unlisted).toHaveLength(rules.filter(({ concern }) => concern === "sovereignty").length);
    const found = unlisted.flatMap((policy) => reported(policy, vpc));
    expect(found).toContainEqual(
      expect.objectContaining({ name: "sovereignty-region", enforcementLevel: "mandatory" }),
    );
  });

  test("sees the provider of a resource", () => {
    const provider = { type: "pulumi:providers:aws", name: "p", urn: "urn:p", props: { region: "eu-central-1" } };
    expect(resourceOf({ ...vpc, provider })).toMatchObject({
      type: "aws:ec2/vpc:Vpc",
      provider: { type: "aws", name: "p", props: { region: "eu-central-1" } },
    });
  });
});

/** The pack as the engine runs it: the runner of the SDK in a process of its own, spoken to over gRPC. */
describe("the pack in the engine's runner", { timeout: 120_000 }, () => {
  const runner = join(createRequire(__filename).resolve("@pulumi/pulumi/cmd/run-policy-pack"));
  const nobody = "127.0.0.1:1";
  let running: ChildProcessByStdio<null, Readable, Readable> | undefined;

  afterEach(async () => {
    if (running?.exitCode === null) {
      running.kill();
      await once(running, "exit");
    }
    running = undefined;
  });

  function start(env: Record<string, string>) {
    const { PULUMI_CONFIG: _config, PULUMI_NODEJS_STACK: _stack, ...rest } = process.env;
    running = spawn(process.execPath, [runner, nobody, folder], {
      cwd: folder,
      env: { ...rest, PULUMI_NODEJS_PROJECT: "ai-platform", PULUMI_NODEJS_DRY_RUN: "true", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return running;
  }

  async function connect(jurisdiction: object = {}) {
    const { stack: _stack, mirror: _mirror, ...base } = environmentWith();
    const environment = { ...base, jurisdiction: { ...base.jurisdiction, ...jurisdiction } };
    const child = start({
      PULUMI_NODEJS_STACK: "test",
      PULUMI_CONFIG: JSON.stringify({ "ai-platform:environment": JSON.stringify(environment) }),
    });
    const errors: string[] = [];
    child.stderr.on("data", (text) => errors.push(String(text)));
    const [port] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      once(child, "exit").then(() => Promise.reject(new Error(errors.join("")))),
    ]);
    return new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  const call = <Request, Response>(
    client: AnalyzerClient,
    method: (request: Request, done: (error: Error | null, response: Response) => void) => unknown,
    request: Request,
  ) =>
    new Promise<Response>((resolve, reject) => {
      method.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
    });

  const secret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

  async function analyze(client: AnalyzerClient, type: string, props: Parameters<typeof Struct.fromJavaScript>[0]) {
    const request = new analyzer.AnalyzeRequest();
    request.setUrn(`urn:pulumi:test::ai-platform::${type}::thing`);
    request.setType(type);
    request.setName("thing");
    request.setProperties(Struct.fromJavaScript(props));
    request.setOptions(new analyzer.AnalyzerResourceOptions());
    const response = await call<analyzer.AnalyzeRequest, analyzer.AnalyzeResponse>(client, client.analyze, request);
    return response.getDiagnosticsList().map((diagnostic) => ({
      policy: diagnostic.getPolicyname(),
      message: diagnostic.getMessage(),
      level: diagnostic.getEnforcementlevel(),
    }));
  }

  const { ADVISORY, DISABLED, MANDATORY } = analyzer.EnforcementLevel;

  async function disable(client: AnalyzerClient, ...names: string[]) {
    const request = new analyzer.ConfigureAnalyzerRequest();
    for (const name of names) {
      const config = new analyzer.PolicyConfig();
      config.setEnforcementlevel(DISABLED);
      config.setProperties(new Struct());
      request.getPolicyconfigMap().set(name, config);
    }
    await call(client, client.configure, request);
  }

  test("lists its rules, refuses what breaks them, defers what is not known and prints no secret", async () => {
    const client = await connect();
    const info = await call<Empty, analyzer.AnalyzerInfo>(client, client.getAnalyzerInfo, new Empty());
    expect(info.getName()).toBe("ai-platform");
    expect(info.getPoliciesList().map((policy) => policy.getName())).toEqual(rules.map((rule) => rule.id));

    const vpc = "aws:ec2/vpc:Vpc";
    const analyzed = async (region: Parameters<typeof Struct.fromJavaScript>[0][string]) =>
      (await analyze(client, vpc, { region })).filter(({ policy }) => policy === "sovereignty-region");
    expect(await analyzed("eu-central-1")).toEqual([]);
    const [refused] = await analyzed("us-east-1");
    expect(refused).toMatchObject({ policy: "sovereignty-region", level: MANDATORY });
    expect(refused!.message).toMatch(
      /^\[sovereignty-region\] thing \(aws:ec2\/vpc:Vpc\): region is "us-east-1", which/,
    );

    const late = await analyzed("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(late).toMatchObject([{ level: ADVISORY, message: expect.stringContaining("checked at up") }]);

    const [shut] = await analyzed(secret("us-east-1"));
    expect(shut!.message).toContain('region is "(secret)", which is outside eu');

    await disable(client, "sovereignty-region");
    expect(await analyzed("us-east-1")).toEqual([]);
    client.close();
  });

  test("prices the stack by its outputs", async () => {
    const client = await connect();
    const resource = new analyzer.AnalyzerResource();
    resource.setType("ai-platform:cluster:NodePool");
    resource.setName("gpu");
    resource.setUrn("urn:pulumi:test::ai-platform::ai-platform:cluster:NodePool::gpu");
    resource.setOptions(new analyzer.AnalyzerResourceOptions());
    const price = { usdPerGpuHour: 1, source: "contract", date: "2026-01-01" };
    const pool = { ...environmentWith().pools[0]!, price };
    resource.setProperties(Struct.fromJavaScript({ region: "local", pool } as never));
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList([resource]);
    const response = await call<analyzer.AnalyzeStackRequest, analyzer.AnalyzeResponse>(
      client,
      client.analyzeStack,
      request,
    );
    expect(response.getDiagnosticsList().map((diagnostic) => diagnostic.getMessage())).toEqual([
      expect.stringContaining("everything costs USD 5,840 a month, USD 4,840 too much"),
    ]);
    client.close();
  });

  test("does not let a sovereign environment be relaxed", async () => {
    const client = await connect({ sovereign: true });
    const info = await call<Empty, analyzer.AnalyzerInfo>(client, client.getAnalyzerInfo, new Empty());
    const listed = info.getPoliciesList().map((policy) => policy.getName());
    expect(listed).toEqual(rules.map((rule) => rule.id));
    await disable(client, "all", ...listed);
    const found = await analyze(client, "aws:ec2/vpc:Vpc", { region: "us-east-1" });
    expect(found).toContainEqual(expect.objectContaining({ policy: "sovereignty-region", level: MANDATORY }));
    client.close();
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ["no stack", {}, /started without a stack/],
    [
      "an environment that is wrong",
      { PULUMI_NODEJS_STACK: "test", PULUMI_CONFIG: JSON.stringify({ "ai-platform:environment": '{"tier":"x"}' }) },
      /tier/,
    ],
  ])("does not start with %s", async (_name, env, message) => {
    const child = start(env);
    const output: string[] = [];
    const errors: string[] = [];
    child.stdout.on("data", (text) => output.push(String(text)));
    child.stderr.on("data", (text) => errors.push(String(text)));
    const [code] = await once(child, "close");
    expect(code).not.toBe(0);
    expect(output.join("")).toBe("");
    expect(errors.join("")).toMatch(/No update without policies: /);
    expect(errors.join("")).toMatch(message);
    expect(errors.join("")).not.toMatch(/\n\s+at /);
  });
});
