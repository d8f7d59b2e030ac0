import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { models } from "../catalog/models";
import { findAiconfigurator, measure, ownMinimum, read, rowsOf } from "./aiconfigurator";

const objective = { ttftMs: 1500, tpotMs: 40, requestsPerSecond: 20, inputTokens: 5000, outputTokens: 500 };

/** Columns as the tool writes them, and two rows that version 0.12.0 answered to this objective, then one too slow. */
const header =
  "ttft,tpot,(p)tp,(p)pp,(p)dp,(p)moe_ep,(p)workers,(p)seq/s/worker,(d)tp,(d)pp,(d)dp,(d)moe_ep,(d)workers,(d)seq/s/worker,(d)global_bs,(d)backend,(d)version,total_gpus_needed";
const csv = [
  header,
  "986.346,29.932,1,1,1,1,2,1.825,2,1,1,1,1,3.749,56,vllm,0.24.0,28",
  "986.346,30.435,1,1,1,1,4,1.825,4,1,1,1,1,10.008,152,vllm,0.24.0,32",
  "986.346,55.5,1,1,1,1,4,1.825,1,1,1,1,1,99,152,vllm,0.24.0,8",
  "",
].join("\n");

describe("what the tool answers", () => {
  const rows = rowsOf(csv);

  it("is read by the names of its columns", () => {
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ "(p)seq/s/worker": "1.825", total_gpus_needed: "28" });
  });

  it("becomes pools that are counted apart, by what one server does", () => {
    expect(read(rows, 8, objective)).toEqual({
      plan: {
        // 20 / (0.9 x 1.825), 20 / (0.92 x 3.749)
        prefill: { replicas: 13, gpus: 1, nodes: 1, tensorParallel: 1, expertParallel: false },
        decode: { replicas: 6, gpus: 2, nodes: 1, tensorParallel: 2, expertParallel: false },
        gpus: 25,
        ttftMs: 986.346,
        tpotMs: 29.932,
        batch: 56,
      },
    });
  });

  it("leaves out what is too slow, also of its own minimum", () => {
    expect(ownMinimum(rows, objective)).toBe(28);
    expect(ownMinimum(rows, { ...objective, tpotMs: 60 })).toBe(8);
    expect(ownMinimum(rows, { ...objective, ttftMs: 100 })).toBeUndefined();
    expect(read(rows, 8, { ...objective, ttftMs: 100 })).toEqual({
      why: "it found nothing that serves the model as asked",
    });
  });

  it("leaves out servers that a node's GPUs do not hold, and pipelines", () => {
    expect(read(rows, 1, objective)).toMatchObject({ why: expect.stringContaining("nothing") });
    const pipelined = rows.map((row) => ({ ...row, "(d)pp": "2" }));
    expect(read(pipelined, 8, objective)).toMatchObject({ why: expect.stringContaining("nothing") });
  });

  it("with other columns is no answer", () => {
    expect(read(rowsOf("a,b\n1,2"), 8, objective)).toMatchObject({ why: expect.stringContaining("nothing") });
    expect(read([], 8, objective)).toMatchObject({ why: expect.stringContaining("nothing") });
  });
});

describe.skipIf(process.platform === "win32")("the tool", () => {
  let folder: string;
  /** A program that answers like it: `name` says how. */
  const program = (name: string, body: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const version = 'if [ "$1" = version ]; then echo "aiconfigurator 9.8.7"; exit; fi';
  const save =
    'while [ $# -gt 1 ]; do [ "$1" = --save-dir ] && out=$2; [ "$1" = --model-path ] && model=$2; shift; done';
  const answer = `mkdir -p "$out/x/disagg"; cat > "$out/x/disagg/best_config_topn.csv" <<'EOF'\n${csv}EOF`;
  const model = { architecture: models["qwen3-14b"], huggingFace: "Qwen/Qwen3-14B" };

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sizing-tool-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is found by its path, or on PATH; or is not there", async () => {
    const command = program("aiconfigurator", version);
    expect(await findAiconfigurator({ AICONFIGURATOR: command })).toEqual({ command, version: "9.8.7" });
    expect(await findAiconfigurator({ AICONFIGURATOR: path.join(folder, "none") })).toBeUndefined();
    expect(await findAiconfigurator({ AICONFIGURATOR: program("failing", "exit 3") })).toBeUndefined();
  });

  it("is asked for the objective, and its rows are said to be its own", async () => {
    const asked = path.join(folder, "asked");
    const command = program("good", `${version}\necho "$@" > ${asked}\n${save}\n${answer}`);
    const result = await measure({ command, version: "9.8.7" }, model, "h100-80gb", objective);
    expect(result).toMatchObject({ by: "aiconfigurator 9.8.7, vllm 0.24.0", rows: { length: 3 } });
    expect(readFileSync(asked, "utf8")).toContain(
      "cli recommend --model-path Qwen/Qwen3-14B --system h100_sxm --backend vllm --isl 5000 --osl 500 --ttft 1500 --tpot 40 --target-request-rate 20 --strict-sla --database-mode SILICON",
    );
  });

  it("gets a configuration of a model that it does not know", async () => {
    const refusal = "is not a valid HuggingFace model path";
    const known = `if [ "$model" = Qwen/Qwen3-14B ]; then echo "'Qwen/Qwen3-14B' ${refusal}" >&2; exit 2; fi`;
    const command = program(
      "unknowing",
      `${version}\n${save}\n${known}\ntest -f "$model/config.json" || exit 9\n${answer}`,
    );
    const result = await measure({ command, version: "9.8.7" }, model, "h100-80gb", objective);
    expect(result).toMatchObject({ rows: { length: 3 } });
  });

  it("that has no answer says why", async () => {
    const line = "12:00:00 [aiconfigurator] [E] [main.py:1521] Backend vllm is not supported for system l4.";
    const command = program("bad", `echo "${line}" >&2; exit 1`);
    const result = await measure({ command, version: "9.8.7" }, model, "l4-24gb", objective);
    expect(result).toEqual({ why: "Backend vllm is not supported for system l4." });
    const silent = await measure({ command: program("silent", "exit 0"), version: "1" }, model, "l4-24gb", objective);
    expect(silent).toEqual({ why: "it found nothing that serves the model as asked (exit code 0)" });
  });
});
