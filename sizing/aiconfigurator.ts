import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { AcceleratorName } from "../catalog/accelerators";
import type { Architecture } from "../catalog/models";
import { configOf } from "./config";
import type { Objective } from "./objective";
import type { Planned, SizedRole } from "./plan";

/**
 * NVIDIA's aiconfigurator (from 0.13 on distributed as aisimulate), where it is installed: it knows how long kernels took
 * that were measured, so what it says of pool sizes goes before the roofline of plan.ts.
 */
export interface Installed {
  readonly command: string;
  readonly version: string;
}

/** Servers that the tool found to serve a model as asked, and by what; or why it has none to offer: one sentence. */
export type Measurements =
  | {
      readonly rows: readonly Row[];
      /** The tool and the engine whose kernels were measured: `aiconfigurator <version>, vllm <version>`. */
      readonly by: string;
    }
  | { readonly why: string };

/** A server of the tool's table, by the names of its columns. */
export type Row = Readonly<Record<string, string>>;

/** What the tool calls a GPU type. It has measurements of some of them only. */
const systems: Readonly<Record<AcceleratorName, string>> = {
  "h100-80gb": "h100_sxm",
  "h200-141gb": "h200_sxm",
  "b200-180gb": "b200_sxm",
  "b300-288gb": "b300_sxm",
  "gb200-186gb": "gb200",
  "a100-80gb": "a100_sxm",
  "l40s-48gb": "l40s",
  "l4-24gb": "l4",
};

/** Both distributions install a program of the first name; `AICONFIGURATOR` states its path. */
const programs = ["aiconfigurator", "aisimulate"];
const patienceSeconds = 300;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

function run(command: string, args: readonly string[], seconds: number, signal?: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(seconds * 1000);
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PYTHONWARNINGS: "ignore" },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    let out = "";
    let error = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      error += chunk;
    });
    child.on("error", (cause) =>
      reject(limit.aborted ? new Error(`${command} took more than ${seconds} s`, { cause }) : cause),
    );
    child.on("close", (code) => resolve({ code, out, error }));
  });
}

/** The tool that is installed, if any is. */
export async function findAiconfigurator(env: NodeJS.ProcessEnv = process.env): Promise<Installed | undefined> {
  for (const command of env.AICONFIGURATOR === undefined ? programs : [env.AICONFIGURATOR]) {
    const ended = await run(command, ["version"], 60).catch(() => undefined);
    const version = /\d+\.\d+\.\d+\S*/.exec(`${ended?.out}\n${ended?.error}`)?.[0];
    if (ended?.code === 0 && version !== undefined) return { command, version };
  }
  return undefined;
}

/** A model, as the tool may know it already: by its name on Hugging Face, or by a folder with its configuration. */
export interface Named {
  readonly architecture: Architecture;
  readonly huggingFace?: string;
  /** Folder of a `config.json`. */
  readonly folder?: string;
}

/** What the tool says that an objective takes. Runs for up to a minute. */
export async function measure(
  installed: Installed,
  model: Named,
  accelerator: AcceleratorName,
  objective: Objective,
  signal?: AbortSignal,
): Promise<Measurements> {
  const folder = await mkdtemp(path.join(tmpdir(), "sizing-"));
  try {
    const own = path.join(folder, "model");
    const known = model.folder ?? model.huggingFace;
    let ended = known && (await ask(known));
    if (!ended || /is not a valid HuggingFace model path/.test(ended.error)) {
      // It has no configuration of that name and cannot fetch it.
      await writeConfig(own, model.architecture);
      ended = await ask(own);
    }
    const rows = await answerIn(path.join(folder, "answer"));
    return rows?.[0] === undefined
      ? { why: complaint(ended) }
      : { rows, by: `aiconfigurator ${installed.version}, ${rows[0]["(d)backend"]} ${rows[0]["(d)version"]}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  function ask(name: string): Promise<Ended> {
    const { inputTokens, outputTokens, ttftMs, tpotMs, requestsPerSecond } = objective;
    return run(
      installed.command,
      [
        ...["cli", "recommend", "--model-path", name, "--system", systems[accelerator], "--backend", "vllm"],
        ...["--isl", `${inputTokens}`, "--osl", `${outputTokens}`, "--ttft", `${ttftMs}`, "--tpot", `${tpotMs}`],
        ...["--target-request-rate", `${requestsPerSecond}`, "--strict-sla", "--database-mode", "SILICON"],
        ...["--top-n", "20", "--no-color", "--log-level", "ERROR", "--save-dir", path.join(folder, "answer")],
      ],
      patienceSeconds,
      signal,
    );
  }
}

async function writeConfig(folder: string, architecture: Architecture): Promise<void> {
  await mkdir(folder);
  await writeFile(path.join(folder, "config.json"), JSON.stringify(configOf(architecture)));
}

/** Rows of the table of servers for prompts and answers apart, which the tool writes below a folder. */
async function answerIn(folder: string): Promise<readonly Row[] | undefined> {
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const file = files.find((name) => /(^|[\\/])disagg[\\/]best_config_topn\.csv$/.test(name));
  return file === undefined ? undefined : rowsOf(await readFile(path.join(folder, file), "utf8"));
}

/** Rows of a CSV file without quotes, by the names in its first line. */
export function rowsOf(csv: string): readonly Row[] {
  const [header = "", ...lines] = csv.trim().split(/\r?\n/);
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, index) => [names[index] ?? "", cell])));
}

/** The last thing that it said went wrong, without the time and place of it. */
function complaint({ code, out, error }: Ended): string {
  const lines = `${out}\n${error}`.split("\n").filter((line) => /error|\[E\]|not supported|no .*config/i.test(line));
  const last = lines.at(-1)?.replace(/^.*\]\s*/, "");
  return last === undefined ? `it found nothing that serves the model as asked (exit code ${code})` : last.trim();
}

/** GPUs that are linked in the nodes whose kernels were measured. */
const linked = 8;
/** What the tool takes off the rates of servers where prompts and answers are computed apart: its sdk/picking.py. */
const kept = { prefill: 0.9, decode: 0.92 } as const;

/** The fewest GPUs that the tool itself names: it adds servers in groups of some for prompts and some for answers. */
export function ownMinimum(rows: readonly Row[], objective: Objective): number | undefined {
  const totals = rows.filter((row) => isFastEnough(row, objective)).map((row) => Number(row.total_gpus_needed));
  return totals.length === 0 ? undefined : Math.min(...totals);
}

/**
 * The plan with the fewest GPUs, on nodes of so many GPUs. Servers for prompts and those for answers are counted apart, by
 * the measured rate of one, since they are scaled apart.
 */
export function read(rows: readonly Row[], perNode: number, objective: Objective): Planned {
  const fast = rows.filter((row) => isFastEnough(row, objective));
  const [prefill] = fewest(
    fast.map((row) => serverOf(row, "(p)", perNode, objective.requestsPerSecond / kept.prefill)),
  );
  const [decode] = fewest(fast.map((row) => serverOf(row, "(d)", perNode, objective.requestsPerSecond / kept.decode)));
  if (!prefill || !decode) return { why: "it found nothing that serves the model as asked" };
  return {
    plan: {
      prefill: prefill.role,
      decode: decode.role,
      gpus: prefill.total + decode.total,
      ttftMs: Number(prefill.row.ttft),
      tpotMs: Number(decode.row.tpot),
      batch: Number(decode.row["(d)global_bs"]),
    },
  };
}

const isFastEnough = ({ ttft, tpot }: Row, objective: Objective): boolean =>
  Number(ttft) <= objective.ttftMs && Number(tpot) <= objective.tpotMs;

interface Server {
  readonly row: Row;
  readonly role: SizedRole;
  readonly total: number;
}

const fewest = (servers: readonly (Server | undefined)[]): readonly Server[] =>
  servers.filter((server) => server !== undefined).sort((one, other) => one.total - other.total);

/** Servers of one kind that answer so many requests a second. None where they are of a kind that is not served here. */
function serverOf(row: Row, role: "(p)" | "(d)", perNode: number, perSecond: number): Server | undefined {
  const [tensor, pipeline, data, spread, rate] = ["tp", "pp", "dp", "moe_ep", "seq/s/worker"].map((name) =>
    Number(row[`${role}${name}`]),
  );
  const gpus = tensor! * data!;
  // A column that is not there, or pipeline stages.
  if (pipeline !== 1 || !Number.isInteger(gpus) || gpus === 0 || !(rate! > 0)) return undefined;
  // Measured within a node, and here across several: not the same thing.
  if (gpus > perNode && gpus <= linked) return undefined;
  const replicas = Math.ceil(perSecond / rate!);
  const layout = { gpus: Math.min(gpus, perNode), nodes: Math.ceil(gpus / perNode) };
  return {
    row,
    role: { replicas, ...layout, tensorParallel: tensor!, expertParallel: spread! > 1 },
    total: replicas * gpus,
  };
}
