import type { ExchangeRate } from "../catalog/exchange-rate";

/** What a resource costs a month, in the form in which the gate compares it. */
export interface CostLine {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** USD a month; undefined where the resource has no price of its own. */
  readonly usd?: number;
  /** What the price is made of, such as `2 x m7i.4xlarge`. */
  readonly items: readonly string[];
  /** The pool that it is of, or that it is part of. */
  readonly pool?: string;
  /** Why it has no price of its own and may cost something all the same. */
  readonly uncounted?: Uncounted;
}

/**
 * - `usage`: billed by what is used, which nobody knows beforehand
 * - `unknown`: the catalog has no price for it
 * - `deferred`: what it is made of is not known before `up`
 */
export interface Uncounted {
  readonly kind: "usage" | "unknown" | "deferred";
  readonly why: string;
}

/** All that one state of an environment costs. */
export interface Bill {
  /** USD a month. */
  readonly usd: number;
  readonly lines: readonly CostLine[];
  /** What of it the GPUs of each tenant and of each model answer for. A tenant's sum holds those of its models. */
  readonly shares: readonly { readonly kind: "tenant" | "model"; readonly name: string; readonly usd: number }[];
}

/** A resource whose price is not the same after the change. Undefined: it is not there, or has no price. */
export interface Mover {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly beforeUsd?: number;
  readonly afterUsd?: number;
  readonly changeUsd: number;
  /** What the price was and is made of. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What part of an environment a sum belongs to. */
export interface Part {
  readonly kind: "pool" | "tenant" | "model";
  readonly name: string;
  readonly beforeUsd: number;
  readonly afterUsd: number;
}

export interface CostReport {
  /** USD a month before the change; absent where there is nothing to compare with. */
  readonly beforeUsd?: number;
  readonly afterUsd: number;
  readonly changeUsd?: number;
  /** By which the figures are also told in EUR. */
  readonly exchange: ExchangeRate;
  /** The largest change first. */
  readonly movers: readonly Mover[];
  /** What each pool and all that is part of it costs, and the GPUs of each tenant and model. */
  readonly parts: readonly Part[];
  readonly uncounted: readonly (Uncounted & { readonly type: string; readonly name: string })[];
}

/** A change below a cent is how sums of fractions are rounded. */
const cent = 0.005;

/** @param before undefined where there is nothing to compare with: then nothing moves */
export function compareBills(before: Bill | undefined, after: Bill, exchange: ExchangeRate): CostReport {
  return {
    ...(before && { beforeUsd: before.usd, changeUsd: after.usd - before.usd }),
    afterUsd: after.usd,
    exchange,
    movers: before === undefined ? [] : moversBetween(before.lines, after.lines),
    parts: partsOf(before, after),
    uncounted: after.lines.flatMap(({ type, name, uncounted }) =>
      uncounted === undefined ? [] : [{ ...uncounted, type, name }],
    ),
  };
}

function moversBetween(before: readonly CostLine[], after: readonly CostLine[]): Mover[] {
  const was = new Map(before.map((line) => [line.urn, line]));
  const is = new Map(after.map((line) => [line.urn, line]));
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((urn): Mover => {
      const [old, now] = [was.get(urn), is.get(urn)];
      const { type, name } = (now ?? old)!;
      return {
        urn,
        type,
        name,
        ...(old?.usd === undefined ? {} : { beforeUsd: old.usd }),
        ...(now?.usd === undefined ? {} : { afterUsd: now.usd }),
        changeUsd: (now?.usd ?? 0) - (old?.usd ?? 0),
        before: old?.items ?? [],
        after: now?.items ?? [],
      };
    })
    .filter(({ changeUsd }) => Math.abs(changeUsd) >= cent)
    .sort((one, other) => Math.abs(other.changeUsd) - Math.abs(one.changeUsd) || one.name.localeCompare(other.name));
}

const kinds = ["pool", "tenant", "model"] as const;

function partsOf(before: Bill | undefined, after: Bill): Part[] {
  const parts = new Map<string, Part>();
  const add = (bill: Bill, at: "beforeUsd" | "afterUsd") => {
    const ofPools = bill.lines.flatMap(({ pool, usd = 0 }) =>
      pool === undefined ? [] : [{ kind: "pool" as const, name: pool, usd }],
    );
    for (const { kind, name, usd } of [...ofPools, ...bill.shares]) {
      const part = parts.get(`${kind} ${name}`) ?? { kind, name, beforeUsd: 0, afterUsd: 0 };
      parts.set(`${kind} ${name}`, { ...part, [at]: part[at] + usd });
    }
  };
  if (before !== undefined) add(before, "beforeUsd");
  add(after, "afterUsd");
  return [...parts.values()].sort(
    (one, other) =>
      kinds.indexOf(one.kind) - kinds.indexOf(other.kind) ||
      other.afterUsd - one.afterUsd ||
      one.name.localeCompare(other.name),
  );
}
