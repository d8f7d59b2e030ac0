import { parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";
import { type AcceleratorName, accelerators } from "../catalog/accelerators";
import { hasRegion } from "./hardware";
import type { Objective } from "./objective";

export interface Arguments {
  /** As typed. */
  readonly model: string;
  readonly accelerators: readonly AcceleratorName[];
  /** Absent where none was stated: then only what fits is asked for. */
  readonly objective?: Objective;
  readonly region?: string;
  readonly json: boolean;
}

/** Arguments that make no sense: one sentence, then how to call it. */
export class UsageError extends Error {
  override name = "UsageError";
}

export const usage = `usage: npm run -s size -- <model> [--gpu <type> ...] [--region <region>] [--json]
                           [--isl <tokens> --osl <tokens> --rps <requests/s> --ttft <ms> --tpot <ms>]

  <model>   key of catalog/models.ts, name on Hugging Face, or path of a config.json
  --gpu     GPU type of catalog/accelerators.ts; may be repeated; all where none is named
  --region  only machines that a region has
  --isl     tokens of a prompt        --osl   tokens of an answer       --rps  requests a second
  --ttft    ms to the first token     --tpot  ms per further token
            these five together, or none: then only what fits is shown
  --json    one JSON object`;

const figures = {
  isl: { field: "inputTokens", whole: true },
  osl: { field: "outputTokens", whole: true },
  rps: { field: "requestsPerSecond", whole: false },
  ttft: { field: "ttftMs", whole: false },
  tpot: { field: "tpotMs", whole: false },
} as const satisfies Readonly<Record<string, { field: keyof Objective; whole: boolean }>>;

const names = Object.keys(figures) as (keyof typeof figures)[];

/** @throws UsageError */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = read(args);
  const [model, ...more] = positionals;
  if (model === undefined) throw new UsageError("which model? For example: npm run -s size -- qwen3-32b");
  if (more.length > 0) throw new UsageError(`one model at a time: "${more[0]}" is a second one`);
  const gpus = (values.gpu ?? []).map(gpuOf);
  const objective = objectiveOf(values);
  if (values.region !== undefined && !hasRegion(values.region))
    throw new UsageError(`--region is "${values.region}", of which the catalog knows no machine`);
  return {
    model,
    accelerators: gpus.length > 0 ? [...new Set(gpus)] : (Object.keys(accelerators) as AcceleratorName[]),
    ...(objective ? { objective } : {}),
    ...(values.region === undefined ? {} : { region: values.region }),
    json: values.json ?? false,
  };
}

function gpuOf(name: string): AcceleratorName {
  const known = Object.keys(accelerators);
  const found = known.find((candidate) => candidate === name.toLowerCase());
  if (found === undefined)
    throw new UsageError(
      `there is no GPU type "${name}"; did you mean ${closest(name.toLowerCase(), known)}? There are: ${known.join(", ")}`,
    );
  return found as AcceleratorName;
}

function objectiveOf(values: Readonly<Partial<Record<keyof typeof figures, string>>>): Objective | undefined {
  const stated = names.filter((name) => values[name] !== undefined);
  if (stated.length === 0) return undefined;
  for (const name of stated) figureOf(name, values[name]!);
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length > 0)
    throw new UsageError(
      `an objective is --isl, --osl, --rps, --ttft and --tpot together; not stated: ${missing.map((name) => `--${name}`).join(", ")}`,
    );
  return Object.fromEntries(
    names.map((name) => [figures[name].field, figureOf(name, values[name]!)]),
  ) as unknown as Objective;
}

function figureOf(name: keyof typeof figures, text: string): number {
  const { whole } = figures[name];
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0) || value > 1e9 || (whole && !Number.isInteger(value)))
    throw new UsageError(`--${name} is "${text}"; expected a ${whole ? "whole " : ""}number above 0`);
  return value;
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        gpu: { type: "string", multiple: true },
        region: { type: "string" },
        json: { type: "boolean" },
        isl: { type: "string" },
        osl: { type: "string" },
        rps: { type: "string" },
        ttft: { type: "string" },
        tpot: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
