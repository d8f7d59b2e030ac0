import type { AcceleratorName } from "../catalog/accelerators";
import { machines, machinesOf, offers } from "../catalog/machines";
import { type Price, type PriceKey, prices } from "../catalog/prices";
import type { Plan } from "./plan";

/** Nodes that one can have of a GPU type: a machine of a cloud where it costs least, or nodes of one's own. */
export interface Hardware {
  readonly accelerator: AcceleratorName;
  /** GPUs of one node. */
  readonly perNode: number;
  /** `p5.48xlarge in us-east-1`; absent for GPUs that no machine of the catalog has. */
  readonly machine?: string;
  /** Of one node, on demand. Absent where no price is known. */
  readonly usdPerHour?: number;
}

/** GPUs of a node where no machine of the catalog says. */
const usual = 8;

/**
 * Nodes that there are of a GPU type. In one region: all of its machines, none where it has none. Without a region: of each
 * size the machine that costs least.
 */
export function hardwareOf(accelerator: AcceleratorName, region?: string): readonly Hardware[] {
  const offered = offers.filter(
    (offer) =>
      machines[offer.machine]?.accelerator === accelerator && (region === undefined || offer.region === region),
  );
  if (offered.length === 0) return region === undefined ? [{ accelerator, perNode: usual }] : [];
  const names = [...new Set(offered.map(({ machine }) => machine))];
  const all = names.map((name) => {
    const { type, gpus } = machines[name]!;
    const places = offered
      .filter(({ machine }) => machine === name)
      .map(({ region: where, price }) => ({ where, usd: costOf(price) }))
      .sort((one, other) => (one.usd ?? Number.POSITIVE_INFINITY) - (other.usd ?? Number.POSITIVE_INFINITY));
    const { where, usd } = places[0]!;
    return {
      accelerator,
      perNode: gpus,
      machine: `${type} in ${where}`,
      ...(usd === undefined ? {} : { usdPerHour: usd }),
    };
  });
  return region === undefined ? all.filter((one) => all.every((other) => !cheaper(other, one))) : all;
}

/** Of as many GPUs, and for less; of the same price, the first by name. */
function cheaper(one: Hardware, other: Hardware): boolean {
  const difference = (one.usdPerHour ?? 1e12) - (other.usdPerHour ?? 1e12);
  return (
    one.perNode === other.perNode && (difference < 0 || (difference === 0 && `${one.machine}` < `${other.machine}`))
  );
}

const costOf = (price: PriceKey | undefined): number | undefined =>
  price === undefined ? undefined : (prices[price] as Price).usdPerHour;

/** Whether the catalog knows a region with GPUs. */
export const hasRegion = (region: string): boolean =>
  (["aws", "gcp"] as const).some((cloud) => machinesOf(cloud, region).length > 0);

/** Nodes that hold all replicas of a plan. Their sizes are powers of two, so those of one node fill nodes up. */
export function nodesOf({ prefill, decode }: Pick<Plan, "prefill" | "decode">, perNode: number): number {
  const roles = [prefill, decode];
  const whole = roles.filter(({ nodes }) => nodes > 1).reduce((sum, { replicas, nodes }) => sum + replicas * nodes, 0);
  const parts = roles.filter(({ nodes }) => nodes === 1).reduce((sum, { replicas, gpus }) => sum + replicas * gpus, 0);
  return whole + Math.ceil(parts / perNode);
}
