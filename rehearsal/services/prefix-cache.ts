import { createHash } from "node:crypto";

/**
 * A server's cache of prompt blocks as vLLM keeps it: each full block is known by a hash of its tokens and of the block
 * before it, and the one that was used least recently makes room.
 */
export class PrefixCache {
  /** Hashes in the order of their last use. */
  readonly #blocks = new Set<string>();

  constructor(
    readonly blockTokens: number,
    /** Blocks that it can hold. */
    readonly capacity: number,
  ) {}

  /** Takes tokens in, and tells how many of the first ones it held already. */
  use(tokens: readonly string[]): number {
    const hashes = this.#hash(tokens);
    let held = 0;
    while (held < hashes.length && this.#blocks.has(hashes[held]!)) held++;
    // The last block of a prompt goes first, so that prefixes stay longer than what only one request had.
    for (const hash of hashes.reverse()) {
      this.#blocks.delete(hash);
      this.#blocks.add(hash);
    }
    for (const oldest of this.#blocks) {
      if (this.#blocks.size <= this.capacity) break;
      this.#blocks.delete(oldest);
    }
    return held * this.blockTokens;
  }

  #hash(tokens: readonly string[]): string[] {
    const hashes: string[] = [];
    let parent = "";
    for (let from = 0; from + this.blockTokens <= tokens.length; from += this.blockTokens) {
      const block = tokens.slice(from, from + this.blockTokens).join("\0");
      parent = createHash("sha1").update(parent).update(block).digest("base64");
      hashes.push(parent);
    }
    return hashes;
  }
}
