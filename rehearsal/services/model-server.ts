import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { PrefixCache } from "./prefix-cache";
import { charactersPerToken } from "./scheduler-config";

export interface ModelServerOptions {
  /** Name of the model that it serves. */
  readonly model: string;
  /** Loopback address, and the port that all servers of a pool share. */
  readonly address: string;
  readonly port: number;
  readonly blockTokens: number;
  /** Blocks that fit its memory. */
  readonly blocks: number;
  /** Prompt tokens that it computes in a second, one request after the other. */
  readonly prefillTokensPerSecond: number;
  readonly secondsPerOutputToken: number;
}

/** What the answer to a completion says of how it came about, besides what vLLM's says. */
export interface Completion {
  readonly text: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** From the request's arrival to its first token, by the simulation's own reckoning. */
  readonly ttftSeconds: number;
}

/** Of the load that a server states, whatever it has. */
export interface StatedLoad {
  readonly waiting?: number;
  /** Part of its cache's blocks that running requests hold, 0 to 1. */
  readonly kvCacheUsage?: number;
}

/**
 * A simulated vLLM server: `/metrics` under vLLM's own names and labels, and `/v1/completions`, whose prompts go through a
 * prefix cache of blocks. Prompts are computed one after the other, and only what the cache does not hold takes time. A
 * token is four characters, as the picker takes it. What it answers depends on the prompt alone, so that a conversation goes
 * the same way on any server.
 */
export class ModelServer {
  readonly endpoint: string;
  readonly #options: ModelServerOptions;
  readonly #server: Server;
  #cache: PrefixCache;
  /** Milliseconds on the clock at which all prompts that have arrived are computed. */
  #freeAt = 0;
  #waiting = 0;
  #running = 0;
  #usedBlocks = 0;
  #queried = 0;
  #hit = 0;
  #stated: StatedLoad = {};
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.endpoint = `${options.address}:${options.port}`;
    this.#cache = new PrefixCache(options.blockTokens, options.blocks);
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** @throws Error where the address cannot be listened on, as on systems that have only one loopback address. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error) =>
        reject(new Error(`a simulated model server cannot listen on ${this.endpoint}: ${error.message}`)),
      );
      this.#server.listen(this.#options.port, this.#options.address, resolve);
    });
  }

  close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Tokens of prompts that were looked for in the cache since it was empty, and those of them that were there. */
  get prefixCache(): { readonly queried: number; readonly hit: number } {
    return { queried: this.#queried, hit: this.#hit };
  }

  /** Forgets what it holds and has counted. */
  empty(): void {
    this.#cache = new PrefixCache(this.#options.blockTokens, this.#options.blocks);
    this.#queried = this.#hit = 0;
  }

  /** Has it state another load than it has; nothing: its own again. */
  state(load: StatedLoad): void {
    this.#stated = load;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/metrics") {
      response.setHeader("content-type", "text/plain; charset=utf-8");
      response.end(this.#metrics());
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method !== "POST" || request.url !== "/v1/completions") {
        response.writeHead(404).end();
        return;
      }
      this.#complete(JSON.parse(Buffer.concat(chunks).toString("utf8")), response);
    });
  }

  #complete(
    { prompt, max_tokens: outputTokens = 16 }: { prompt: string; max_tokens?: number },
    response: ServerResponse,
  ) {
    const { blockTokens, prefillTokensPerSecond, secondsPerOutputToken, model } = this.#options;
    const text = answerTo(prompt, outputTokens);
    const tokens = tokenize(prompt);
    // At least one token is computed: the first of the answer comes of it.
    const cached = Math.min(this.#cache.use(tokens), Math.floor((tokens.length - 1) / blockTokens) * blockTokens);
    this.#cache.use(tokenize(prompt + text));
    this.#queried += tokens.length;
    this.#hit += cached;

    const now = performance.now();
    const starts = Math.max(now, this.#freeAt);
    this.#freeAt = starts + ((tokens.length - cached) / prefillTokensPerSecond) * 1000;
    const completion: Completion = {
      text,
      promptTokens: tokens.length,
      cachedTokens: cached,
      ttftSeconds: (this.#freeAt - now) / 1000,
    };
    const blocks = Math.ceil((tokens.length + outputTokens) / blockTokens);
    this.#waiting++;
    this.#after(starts - now, () => {
      this.#waiting--;
      this.#running++;
      this.#usedBlocks += blocks;
    });
    this.#after(this.#freeAt - now + outputTokens * secondsPerOutputToken * 1000, () => {
      this.#running--;
      this.#usedBlocks -= blocks;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(model, completion, outputTokens)));
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** Names and labels as of vLLM's vllm/v1/metrics/loggers.py. */
  #metrics(): string {
    const { blockTokens, blocks, model } = this.#options;
    const labels = `{engine="0",model_name="${model}"}`;
    const gauge = (name: string, value: number, own = labels) => `# TYPE ${name} gauge\n${name}${own} ${value}\n`;
    const counter = (name: string, value: number) => `# TYPE ${name} counter\n${name}_total${labels} ${value}\n`;
    return [
      gauge("vllm:num_requests_running", this.#running),
      gauge("vllm:num_requests_waiting", this.#stated.waiting ?? this.#waiting),
      gauge("vllm:kv_cache_usage_perc", this.#stated.kvCacheUsage ?? Math.min(1, this.#usedBlocks / blocks)),
      counter("vllm:prefix_cache_queries", this.#queried),
      counter("vllm:prefix_cache_hits", this.#hit),
      gauge("vllm:cache_config_info", 1, `{block_size="${blockTokens}",engine="0",num_gpu_blocks="${blocks}"}`),
      gauge("vllm:lora_requests_info", 0, `{max_lora="0",running_lora_adapters="",waiting_lora_adapters=""}`),
    ].join("");
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (let from = 0; from < text.length; from += charactersPerToken)
    tokens.push(text.slice(from, from + charactersPerToken));
  return tokens;
}

/** As many tokens as were asked for, different for each prompt. */
function answerTo(prompt: string, tokens: number): string {
  let text = "";
  for (let hash = prompt; text.length < tokens * charactersPerToken; text += hash)
    hash = createHash("sha1").update(hash).digest("hex");
  return text.slice(0, tokens * charactersPerToken);
}

/** In the OpenAI API's form; what the simulation adds is in a field of its own. */
const answer = (model: string, completion: Completion, outputTokens: number) => ({
  object: "text_completion",
  model,
  choices: [{ index: 0, text: completion.text, finish_reason: "length" }],
  usage: {
    prompt_tokens: completion.promptTokens,
    completion_tokens: outputTokens,
    total_tokens: completion.promptTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: completion.cachedTokens },
  },
  simulation: { ttftSeconds: completion.ttftSeconds },
});

/** Sends a prompt to a server at `address:port`. */
export async function complete(endpoint: string, body: { prompt: string; max_tokens?: number }): Promise<Completion> {
  const response = await fetch(`http://${endpoint}/v1/completions`, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${endpoint} answers ${response.status}`);
  const { choices, usage, simulation } = (await response.json()) as ReturnType<typeof answer>;
  return {
    text: choices[0]!.text,
    promptTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details.cached_tokens,
    ttftSeconds: simulation.ttftSeconds,
  };
}
