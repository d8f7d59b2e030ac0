import { prices } from "../catalog/prices";
import { nodePool } from "../policy/cost/pool";
import { monthlyUsd } from "../policy/cost/price";
import { monthlyTotal } from "../policy/cost/total";
import type { Properties, Resource } from "../policy/rule";
import type { Environment } from "../stacks/environment";
import type { RehearsalReport } from "./report";

/** A resource as a stack's exported state has it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
  /** URN and id of the provider. */
  readonly provider?: string;
}

const nameOf = (urn: string): string => urn.split("::").at(-1)!;

function resourceOf({ urn, type, inputs, outputs, provider }: StateResource, all: readonly StateResource[]): Resource {
  const found = all.find((candidate) => provider?.startsWith(`${candidate.urn}::`));
  return {
    urn,
    type,
    name: nameOf(urn),
    props: outputs ?? inputs ?? {},
    secrets: [],
    provider: found && {
      type: found.type.replace(/^pulumi:providers:/, ""),
      name: nameOf(found.urn),
      props: found.inputs ?? {},
    },
    options: { protect: false, ignoreChanges: [] },
  };
}

/** The pools of an environment, as their NodePools would show them: they cost what they may, whatever stands yet. */
const poolsOf = ({ pools }: Environment): Resource[] =>
  pools.map((pool) => ({
    urn: "",
    type: nodePool,
    name: pool.name,
    props: { pool } as unknown as Properties,
    secrets: [],
    options: { protect: false, ignoreChanges: [] },
  }));

const usd = (amount: number) => `${Math.round(amount).toLocaleString("en-US")} USD`;

/** What a month costs with everything at its maximum, pools by themselves and the rest in one line. */
export function costOf(
  environment: Environment,
  state: readonly StateResource[],
): Pick<RehearsalReport, "monthlyCostUsd" | "costNotes"> {
  const others = state.filter(({ type }) => type !== nodePool).map((resource) => resourceOf(resource, state));
  const total = monthlyTotal([...poolsOf(environment), ...others], { environment, prices });
  const rest = total.priced.filter(({ type }) => type !== nodePool);
  const notes = environment.pools.map((pool) => {
    const cost = monthlyUsd(pool);
    return "unknown" in cost
      ? `${pool.name}: ${cost.unknown}`
      : `${pool.name}: ${usd(cost.usd)} (${cost.source}, ${cost.date})`;
  });
  const unpriced = total.unpriced.filter((text) => !environment.pools.some(({ name }) => text.startsWith(`${name} (`)));
  return {
    monthlyCostUsd: total.unpriced.length === 0 ? total.usd : null,
    costNotes: [
      ...notes,
      ...(rest.length === 0
        ? []
        : [
            `${rest.length} other ${rest.length === 1 ? "resource" : "resources"}: ${usd(rest.reduce((sum, cost) => sum + cost.usd, 0))}; see docs/prices.md`,
          ]),
      ...unpriced,
    ],
  };
}
