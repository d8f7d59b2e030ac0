/** What is asked of a model: so many requests a second, of such a length, each answered so fast. */
export interface Objective {
  /** Time to the first token, in ms. */
  readonly ttftMs: number;
  /** Time per further token, in ms. */
  readonly tpotMs: number;
  readonly requestsPerSecond: number;
  /** Tokens of a prompt. */
  readonly inputTokens: number;
  /** Tokens of an answer. */
  readonly outputTokens: number;
}
