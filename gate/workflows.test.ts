import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../rehearsal/workspace";
import { argumentsOf } from "./cli";
import { markdownOf } from "./markdown";
import { report } from "./testing";

const read = (name: string) => readFileSync(path.join(root, name), "utf8");
const github = parse(read(".github/workflows/gate.yml"));
const gitlab = parse(read(".gitlab-ci.yml"), { merge: true });
const { scripts } = JSON.parse(read("package.json"));

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Record<string, string>;
}
const jobs = Object.entries(github.jobs) as [string, { steps: Step[]; permissions?: object }][];
const steps = jobs.flatMap(([, job]) => job.steps);

/** Every command that runs something of this project, as words. */
const commands = [...steps.flatMap(({ run }) => run ?? []), ...gitlab.gate.script, ...gitlab["gate-note"].script]
  .flatMap((script: string) => script.replace(/\\\n\s*/g, " ").split(/\n|&&|\|\||\$\(/))
  .map((line) => line.trim());

describe("the workflows", () => {
  it("run scripts and files that there are", () => {
    const npm = commands.flatMap((command) => /^npm run (?:-s )?([\w:-]+)/.exec(command)?.[1] ?? []);
    expect(new Set(npm)).toEqual(new Set(["gate", "evidence"]));
    for (const script of npm) expect(Object.keys(scripts)).toContain(script);
    const node = commands.flatMap((command) => /^node (\S+) (\S+)/.exec(command)?.slice(1) ?? []);
    expect(node).toContain("gate/gitlab.ts");
    for (const file of node) expect(existsSync(path.join(root, file)), file).toBe(true);
  });

  it("give the gate arguments that it takes", () => {
    const gates = commands.flatMap((command) => /^npm run -s gate -- ([^>)]*)/.exec(command)?.[1] ?? []);
    expect(gates).toHaveLength(4);
    for (const line of gates) {
      const words = line
        .trim()
        .split(/\s+/)
        .map((word) => word.replace(/^"|"$/g, "").replace(/^\$(RUN_URL|CI_JOB_URL)/, "https://ci.test"));
      expect(() => argumentsOf(words), line).not.toThrow();
    }
  });
});

describe("GitHub's workflow", () => {
  it("runs on pull requests with their own rights, and writes in one job that runs none of their code", () => {
    expect(github.on).toEqual({ pull_request: null });
    expect(github.permissions).toEqual({ contents: "read" });
    const writing = jobs.filter(([, { permissions }]) => JSON.stringify(permissions ?? {}).includes("write"));
    expect(writing.map(([name, { permissions }]) => [name, permissions])).toEqual([
      ["comment", { "pull-requests": "write" }],
    ]);
    const [, comment] = writing[0]!;
    expect(comment.steps.some(({ uses = "", run = "" }) => /checkout/.test(uses) || /npm|node/.test(run))).toBe(false);
    expect(github.jobs.comment.if).toContain("head.repo.full_name == github.repository");
  });

  it("takes no secret, logs into no cloud and leaves no token behind", () => {
    expect(read(".github/workflows/gate.yml")).not.toMatch(/secrets\.|id-token|configure-aws|google-github-actions/);
    const checkouts = github.jobs.environment.steps.filter(({ uses = "" }: Step) =>
      uses.startsWith("actions/checkout"),
    );
    for (const step of checkouts) {
      expect(step.with).toMatchObject({ "persist-credentials": false, "fetch-depth": 0 });
    }
  });

  it("pins every action by its commit and lets no expression into a script", () => {
    for (const { uses, run } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/);
      expect(run ?? "").not.toContain("${{");
    }
  });
});

describe("the comment on GitHub", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-comment-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const script = github.jobs.comment.steps.find(({ run }: Step) => run !== undefined).run;

  /** Runs the step with a `gh` that lists `comments` as `id marker` and notes what it is asked to write. */
  function post(reports: Record<string, string>, comments: string[], stacks: string[]): string[] {
    const here = mkdtempSync(path.join(folder, "run-"));
    for (const [file, text] of Object.entries(reports)) {
      mkdirSync(path.dirname(path.join(here, file)), { recursive: true });
      writeFileSync(path.join(here, file), text);
    }
    writeFileSync(path.join(here, "listed"), comments.map((line) => `${line}\n`).join(""));
    const gh = path.join(here, "gh");
    writeFileSync(
      gh,
      `#!/bin/sh
case "$*" in *--paginate*) cat listed; exit ;; esac
for last; do :; done
echo "$4 $5 $(sed -n 1p "\${last#body=@}")" >> written
`,
    );
    chmodSync(gh, 0o755);
    const ran = spawnSync("bash", ["--noprofile", "--norc", "-e", "-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: here,
      encoding: "utf8",
      env: {
        PATH: `${here}:${process.env.PATH}`,
        REPOSITORY: "o/r",
        NUMBER: "3",
        COMMIT: "abc",
        STACKS: JSON.stringify(stacks),
      },
    });
    expect(ran.stderr).toBe("");
    expect(ran.status).toBe(0);
    return existsSync(path.join(here, "written"))
      ? readFileSync(path.join(here, "written"), "utf8").trim().split("\n")
      : [];
  }
  const marker = (stack: string) => `<!-- ai-platform-gate:${stack} -->`;
  const of = (stack: string) => markdownOf(report({ stack }));

  it("is made where there is none, and rewritten where there is one", () => {
    const reports = { "reports/gate-dev/gate.md": of("dev"), "reports/gate-prod/gate.md": of("prod") };
    expect(post(reports, [`17 ${marker("prod")}`, `18 ${marker("prod-aws")}`], ["dev", "prod", "prod-aws"])).toEqual([
      `POST repos/o/r/issues/3/comments ${marker("dev")}`,
      `PATCH repos/o/r/issues/comments/17 ${marker("prod")}`,
    ]);
  });

  it("is made of the only report, which is unpacked without a folder of its own", () => {
    expect(post({ "reports/gate.md": of("dev") }, [], ["dev"])).toEqual([
      `POST repos/o/r/issues/3/comments ${marker("dev")}`,
    ]);
  });

  it("says so when a later push no longer changes the environment", () => {
    expect(post({}, [`17 ${marker("prod")}`], [])).toEqual([`PATCH repos/o/r/issues/comments/17 ${marker("prod")}`]);
    expect(post({}, [`17 ${marker("prod")}`], ["prod"])).toEqual([]);
  });

  it("is not made of a file that does not begin with a marker", () => {
    expect(post({ "reports/gate-x/gate.md": "<!-- ai-platform-gate:$(id) -->\nx" }, [], ["x"])).toEqual([]);
  });
});

describe("GitLab's pipeline", () => {
  it("runs for merge requests, and writes a note where a token is there", () => {
    expect(gitlab.gate.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }]);
    expect(gitlab["gate-note"].rules).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "merge_request_event" && $GATE_GITLAB_TOKEN', when: "always" },
    ]);
    expect(gitlab["gate-note"].needs).toEqual([{ job: "gate", artifacts: true }]);
    expect(gitlab.gate.artifacts).toEqual({ when: "always", paths: ["gate-reports"] });
  });

  it("keeps the token out of the job that judges", () => {
    expect(JSON.stringify(gitlab.gate)).not.toContain("TOKEN");
  });

  it("ends with the worst code of all environments, and judges each", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "gate-gitlab-"));
    const npm = path.join(folder, "npm");
    writeFileSync(
      npm,
      `#!/bin/sh
case "$*" in
  *--changed*) printf 'a\\nb\\nc\\n' ;;
  "run -s evidence "*) ;;
  *"gate -- a "*) echo judged a; exit 0 ;;
  *"gate -- b "*) echo judged b; exit 2 ;;
  *"gate -- c "*) echo judged c; exit 1 ;;
esac
`,
    );
    chmodSync(npm, 0o755);
    const ran = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", gitlab.gate.script.join("\n")], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        CI_MERGE_REQUEST_DIFF_BASE_SHA: "abc",
        CI_JOB_URL: "https://ci.test",
      },
    });
    expect(ran.stderr).toBe("");
    expect(ran.status).toBe(2);
    for (const stack of ["a", "b", "c"]) {
      expect(readFileSync(path.join(folder, "gate-reports", stack, "gate.json"), "utf8")).toBe(`judged ${stack}\n`);
    }
    rmSync(folder, { recursive: true });
  });
});
