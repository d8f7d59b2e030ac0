import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable, Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

const patienceMs = 5_000;
const stallMs = 30_000;

/** A host that could not be reached, or that turned us away. It is not asked again. */
export class UnreachableError extends Error {}

/** HTTP that gives up early: each host is tried once, for about five seconds, and its verdict is kept for the run. */
export class Network {
  readonly #hosts = new Map<string, Promise<string | undefined>>();

  /** Tries the hosts of these addresses side by side, so that several silent ones cost no more time than one. */
  async probe(urls: readonly string[]): Promise<void> {
    await Promise.all(urls.map((url) => this.unreachable(url)));
  }

  /** Why the host of an address cannot be reached, or undefined if it answers, whatever its answer. */
  unreachable(url: string): Promise<string | undefined> {
    const { origin } = new URL(url);
    let verdict = this.#hosts.get(origin);
    if (verdict === undefined) {
      verdict = fetch(origin, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(patienceMs) }).then(
        () => undefined,
        (error) => `${new URL(url).host} cannot be reached: ${explain(error)}`,
      );
      this.#hosts.set(origin, verdict);
    }
    return verdict;
  }

  async text(url: string, signal: AbortSignal): Promise<string> {
    const response = await this.#get(url, signal);
    return response.text();
  }

  /** Writes the body to a file and returns its SHA-256 in hex. `onProgress` gets bytes, and the total if it is known. */
  async save(
    url: string,
    file: string,
    signal: AbortSignal,
    onProgress: (bytes: number, total: number | undefined) => void,
  ): Promise<string> {
    const stalled = new AbortController();
    const either = AbortSignal.any([signal, stalled.signal]);
    const response = await this.#get(url, either);
    if (response.body === null) throw new Error(`${url} is empty`);
    const total = Number(response.headers.get("content-length")) || undefined;
    const hash = createHash("sha256");
    let bytes = 0;
    const giveUp = () => stalled.abort(new Error(`nothing came from ${url} for ${stallMs / 1000} s`));
    let timer = setTimeout(giveUp, stallMs);
    const count = new Transform({
      transform(chunk: Buffer, _encoding: BufferEncoding, next: TransformCallback) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, stallMs);
        hash.update(chunk);
        bytes += chunk.length;
        onProgress(bytes, total);
        next(null, chunk);
      },
    });
    try {
      await pipeline(Readable.fromWeb(response.body as NodeReadableStream), count, createWriteStream(file), {
        signal: either,
      });
    } finally {
      clearTimeout(timer);
    }
    return hash.digest("hex");
  }

  async #get(url: string, signal: AbortSignal): Promise<Response> {
    const reason = await this.unreachable(url);
    if (reason !== undefined) throw new UnreachableError(reason);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("no answer")), 2 * patienceMs);
    let response: Response;
    try {
      response = await fetch(url, { signal: AbortSignal.any([signal, late.signal]) });
    } catch (error) {
      signal.throwIfAborted();
      throw this.#giveUp(url, `${new URL(url).host} cannot be reached: ${explain(error)}`);
    } finally {
      clearTimeout(timer);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    // What a closed network's proxy answers for a host that it does not let through.
    if (response.status === 403 || response.status === 407) {
      throw this.#giveUp(url, `${new URL(url).host} refuses access (${response.status})`);
    }
    throw new Error(`${url} answers ${response.status}`);
  }

  #giveUp(url: string, reason: string): UnreachableError {
    this.#hosts.set(new URL(url).origin, Promise.resolve(reason));
    return new UnreachableError(reason);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer";
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
