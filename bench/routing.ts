import { setMaxListeners } from "node:events";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { kvBlockTokens, pickerConfig } from "../components/serving/picker-config";
import { type Binaries, startControlPlane } from "../rehearsal/control-plane";
import { complete } from "../rehearsal/services/model-server";
import { SimulatedPool } from "../rehearsal/services/pool";
import { ensureTools } from "../rehearsal/toolchain";
import type { Case, Context, Measurement } from "./case";
import { median } from "./statistics";
import { type Conversation, trace } from "./trace";

const servers = 8;
/**
 * Of one server, as Qwen3-32B on two H100: the prompt tokens that llm-d measured it to compute in a second
 * (guides/precise-prefix-cache-routing, 2026-08), and blocks of 32 MiB in what 65 GiB of weights leave of nine tenths of
 * its 160 GB.
 */
const simulation = {
  blockTokens: kvBlockTokens,
  prefillTokensPerSecond: 15_926,
  blocks: 2_200,
  secondsPerOutputToken: 0.015,
};
const load = { applications: 24, conversations: 160, seconds: 16 };
/** Requests that the picker is asked about at once, and how many, when it is asked as fast as it answers. */
const atOnce = 16;
const asked = 1_000;

/** What came of a trace. */
interface Outcome {
  /** Part of all prompt tokens that the servers held. */
  readonly hitRate: number;
  /** Seconds to the first token by the servers' own reckoning, from when they were asked. */
  readonly ttft: readonly number[];
  /** Seconds in which a server was chosen. */
  readonly choices: readonly number[];
}

type Choose = (prompt: string) => Promise<string>;

/** Sends a trace to the servers that `choose` names, conversation by conversation, in real time. */
async function replay(conversations: readonly Conversation[], choose: Choose, signal: AbortSignal): Promise<Outcome> {
  const ttft: number[] = [];
  const choices: number[] = [];
  let prompts = 0;
  let cached = 0;
  await Promise.all(
    conversations.map(async ({ system, turns }) => {
      let prompt = system;
      for (const { question, answerTokens, after } of turns) {
        await sleep(after * 1000, undefined, { signal });
        prompt += question;
        const began = performance.now();
        const endpoint = await choose(prompt);
        choices.push((performance.now() - began) / 1000);
        const completion = await complete(endpoint, { prompt, max_tokens: answerTokens });
        prompt += completion.text;
        prompts += completion.promptTokens;
        cached += completion.cachedTokens;
        ttft.push(completion.ttftSeconds);
      }
    }),
  );
  return { hitRate: cached / prompts, ttft, choices };
}

/** Decisions in a second, asked by `atOnce` at a time. */
async function decisionsPerSecond(choose: Choose, prompts: readonly string[]): Promise<number> {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < asked) await choose(prompts[next++ % prompts.length]!);
    }),
  );
  return asked / ((performance.now() - began) / 1000);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percentile = (values: readonly number[], part: number) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1]!;

async function startPool(context: Context): Promise<{ pool: SimulatedPool; stop(): Promise<void> }> {
  const binary = (await ensureTools(["endpoint-picker"]))["endpoint-picker"]!.path;
  const binaries = Object.fromEntries(
    Object.entries(context.tools.needed).map(([name, tool]) => [name, tool.path]),
  ) as unknown as Binaries;
  const plane = await startControlPlane({
    folder: path.join(context.folder, "control-plane"),
    binaries,
    contexts: ["bench"],
  });
  try {
    const pool = await SimulatedPool.start({
      client: plane.client,
      kubeconfig: plane.kubeconfig,
      binary,
      folder: path.join(context.folder, "endpoint-picker"),
      namespace: "bench",
      name: "bench",
      config: pickerConfig({ mode: "aggregated", cache: "approximate" }),
      servers: Array.from({ length: servers }, (_, index) => ({ name: `server-${index + 1}`, role: "both" as const })),
      simulation,
    });
    return {
      pool,
      async stop() {
        await pool.stop();
        await plane.stop();
      },
    };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/**
 * The same conversations with the same simulated servers, once where the real endpoint picker sends them and once by turns.
 * The picker's times are of this machine, which also runs the servers and who asks; what the servers hold is counted.
 */
export const routing: Case = {
  name: "routing",
  title: "prefix-aware routing by the real endpoint picker, beside round-robin over the same simulated servers",
  byDefault: true,
  needsTools: true,

  async run(context) {
    if (process.platform !== "linux") {
      return { measurements: [], notes: ["not measured: its servers need loopback addresses that only Linux has"] };
    }
    // Every conversation waits for it.
    setMaxListeners(load.conversations + 10, context.signal);
    const { pool, stop } = await startPool(context);
    const endpoints = [...pool.servers.values()].map(({ endpoint }) => endpoint);
    const picked: Choose = async (prompt) => {
      const { endpoint, refused } = await pool.choose(prompt);
      if (endpoint === undefined) throw new Error(`the endpoint picker refuses a request with ${refused}`);
      return endpoint;
    };
    let turn = 0;
    const byTurns: Choose = async () => endpoints[turn++ % endpoints.length]!;
    const fresh = () => {
      for (const server of pool.servers.values()) server.empty();
    };

    const ours: Outcome[] = [];
    const bare: Outcome[] = [];
    const rates: number[] = [];
    try {
      for (let round = 1; round <= context.repeat; round++) {
        // Other texts each time, as the picker would remember where it sent these.
        const conversations = trace({ ...load, seed: round });
        fresh();
        ours.push(await replay(conversations, picked, context.signal));
        fresh();
        bare.push(await replay(conversations, byTurns, context.signal));
        const prompts = conversations.map(({ system, turns }) => system + turns[0]!.question);
        rates.push(await decisionsPerSecond(picked, prompts));
      }
    } finally {
      await stop();
    }

    const beside = (name: string, unit: Measurement["unit"], value: (outcome: Outcome) => number): Measurement => ({
      name,
      unit,
      ours: ours.map(value),
      bare: { is: "round-robin", values: bare.map(value) },
    });
    return {
      measurements: [
        beside("prompt tokens found in a cache", "%", ({ hitRate }) => hitRate * 100),
        beside("time to first token, mean", "ms", ({ ttft }) => mean(ttft) * 1000),
        beside("time to first token, 90th percentile", "ms", ({ ttft }) => percentile(ttft, 0.9) * 1000),
        {
          name: "choice of a server, median",
          unit: "ms",
          ours: ours.map(({ choices }) => median(choices) * 1000),
        },
        { name: `choices, ${atOnce} at once`, unit: "1/s", ours: rates },
      ],
      notes: [
        `${ours[0]!.ttft.length} requests of ${load.conversations} conversations with ${load.applications} applications, to ${servers} servers`,
        `a server computes ${simulation.prefillTokensPerSecond} prompt tokens a second and holds ${simulation.blocks} blocks of ${simulation.blockTokens} tokens; its times are reckoned, and those of choices measured, which come before them`,
      ],
    };
  },
};
