/**
 * PromQL in the parts that scaling needs. An expression here is always an instant vector without labels, save where its
 * type says otherwise: what KEDA asks must come to one number.
 */

/** An instant vector, as PromQL. */
export type Vector = string & { readonly promql: "vector" };
/** The series of a metric, chosen by their labels. */
export type Selector = string & { readonly promql: "selector" };

export interface Matcher {
  readonly label: string;
  /** `=~` matches the whole of the label's value, as a regular expression. */
  readonly by: "=" | "=~";
  readonly value: string;
}

const vector = (text: string) => text as Vector;

/** Series of `metric` whose labels match. Prometheus escapes strings as JSON does. */
export const select = (metric: string, matchers: readonly Matcher[]): Selector =>
  `${metric}{${matchers.map(({ label, by, value }) => `${label}${by}${JSON.stringify(value)}`).join(",")}}` as Selector;

export const sum = (of: Selector): Vector => vector(`sum(${of})`);
export const max = (of: Selector): Vector => vector(`max(${of})`);

/** The sum over pods of what each shows, averaged over its engines: a server may show one series for each. */
export const sumOfPodAverages = (of: Selector): Vector => vector(`sum(avg by (pod) (${of}))`);

/** Pods that show the metric. */
export const countPods = (of: Selector): Vector => vector(`count(count by (pod) (${of}))`);

/** Quantile `q` of the histogram with these buckets, over what was observed in `window`. NaN where nothing was. */
export const quantile = (q: number, buckets: Selector, window: string): Vector =>
  vector(`histogram_quantile(${q}, sum by (le) (rate(${buckets}[${window}])))`);

export const plus = (one: Vector, other: Vector): Vector => vector(`(${one} + ${other})`);
export const times = (one: Vector, other: Vector): Vector => vector(`(${one} * ${other})`);
export const per = (of: Vector, scalar: number): Vector => vector(`(${of} / ${scalar})`);
export const minus = (of: Vector, scalar: number): Vector => vector(`(${of} - ${scalar})`);
export const atMost = (of: Vector, scalar: number): Vector => vector(`clamp_max(${of}, ${scalar})`);
export const atLeast = (of: Vector, scalar: number): Vector => vector(`clamp_min(${of}, ${scalar})`);

/** Where it is above 0. NaN is not: it drops out with what is empty. */
export const above0 = (of: Vector): Vector => vector(`(${of} > 0)`);

/** 0 where it is exactly that, and nothing otherwise. */
export const where0 = (of: Vector): Vector => vector(`(${of} == 0)`);

/** The first of them that is there. */
export const or = (...of: readonly [Vector, ...Vector[]]): Vector =>
  of.length === 1 ? of[0] : vector(`(${of.join(" or ")})`);

/** 0 where there is anything at all, and nothing otherwise. */
export const zeroOf = (of: Vector): Vector => vector(`(0 * ${of})`);
