/** One request of a conversation: what the user adds to what was said before, and how long the answer is. */
export interface Turn {
  readonly question: string;
  readonly answerTokens: number;
  /** Seconds after the answer before it, or after the trace's beginning. */
  readonly after: number;
}

export interface Conversation {
  /** What the application puts before everything; shared by its conversations. */
  readonly system: string;
  readonly turns: readonly Turn[];
}

export interface TraceOptions {
  readonly seed: number;
  readonly applications: number;
  readonly conversations: number;
  /** Seconds over which conversations begin. */
  readonly seconds: number;
}

/** Lengths in characters, of which four are a token. */
const systemCharacters = { min: 8_000, max: 24_000 };
const questionCharacters = { min: 200, max: 1_600 };
const answerTokens = { min: 32, max: 128 };
const turns = { min: 2, max: 6 };
const thinkingSeconds = { min: 0.2, max: 1.5 };

/**
 * Conversations of several turns with applications that each have a system prompt of their own, some of them far more
 * popular than others (by Zipf's law). The same for the same seed.
 */
export function trace({ seed, applications, conversations, seconds }: TraceOptions): Conversation[] {
  const random = generator(seed);
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min);
  const text = (characters: number) => {
    let result = "";
    while (result.length < characters) result += `${Math.floor(random() * 2 ** 32).toString(36)} `;
    return result.slice(0, Math.floor(characters));
  };
  const systems = Array.from({ length: applications }, () => text(between(systemCharacters)));
  const weights = systems.map((_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pick = () => {
    let left = random() * total;
    for (const [rank, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return systems[rank]!;
    }
    return systems[0]!;
  };
  return Array.from({ length: conversations }, () => ({
    system: pick(),
    turns: Array.from({ length: Math.round(between(turns)) }, (_, index) => ({
      question: text(between(questionCharacters)),
      answerTokens: Math.round(between(answerTokens)),
      after: index === 0 ? random() * seconds : between(thinkingSeconds),
    })),
  }));
}

/** Numbers from 0 up to 1, the same for the same seed. (mulberry32) */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
