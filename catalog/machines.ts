import type { AcceleratorName } from "./accelerators";
import { type Fabric, type Fact, type Hardware, machineTypes } from "./machine-types";
import { type Price, type PriceKey, prices } from "./prices";

export interface Machine extends Hardware, Fact {
  readonly provider: "aws" | "gcp";
  /** The provider's name of the instance or machine type. */
  readonly type: string;
  readonly architecture: "amd64" | "arm64";
  readonly fabric: Fabric;
  readonly placement: boolean;
}

/** A machine type in a region. */
interface Place {
  /** `<provider>/<type>`, a key of `machines`. */
  readonly machine: string;
  readonly region: string;
}

function placeOf(key: string): Place {
  const [provider, region, type] = key.split("/");
  return { machine: `${provider}/${type}`, region: region! };
}

const priced: readonly (readonly [PriceKey, Price])[] = Object.entries(prices) as [PriceKey, Price][];

const hardwareOf = ({ accelerator, gpus, cpus, memoryGib }: Price): Hardware => ({
  ...(accelerator === undefined ? {} : { accelerator }),
  gpus,
  cpus,
  memoryGib,
});

/** Machine types by `<provider>/<type>`. Those with a price somewhere take their size from it. */
export const machines: Readonly<Record<string, Machine>> = Object.fromEntries(
  Object.entries(machineTypes).map(([key, { hardware, ...fact }]) => {
    const price = priced.find(([place]) => placeOf(place).machine === key)?.[1];
    const size = hardware ?? (price && hardwareOf(price));
    if (size === undefined) {
      throw new Error(`catalog: nothing states the size of ${key}: add a price, or its hardware in machine-types.ts`);
    }
    const [provider, type] = key.split("/") as [Machine["provider"], string];
    return [key, { provider, type, architecture: "amd64", ...size, ...fact } satisfies Machine];
  }),
);

/** That a region has a machine type. Without `price`, what it costs there is unknown. */
export interface Offer extends Place, Fact {
  readonly price?: PriceKey;
}

const listed = {
  state: "verified",
  source:
    "skypilot-org/skypilot-catalog catalogs/v8 at 00148f2af3672e2229b4f7bf8157d5a3f36e3c35 (aws), 006059e0f18acb1341e22a27751e9f80df6ba92f (gcp)",
  date: "2026-11-21",
  note: "The region has it; no price there is fit for use.",
} as const;

const s3nsOffer = {
  state: "verified",
  source: "https://documentation.s3ns.fr/compute/docs/tpc-differences",
  date: "2026-07-17",
  note: "No public price. GKE has no node pools there: it is Autopilot alone, which takes such a machine by a ComputeClass.",
} as const;

const eusc = {
  state: "unverified",
  source: "no list of its instance types was found; https://algeriatech.news/?p=32130 (without GPUs at its opening)",
  date: "2026-11-21",
  note: "Which instance types the AWS European Sovereign Cloud has could not be confirmed. The press says that it opened, in January 2026, without GPUs.",
} as const;

const unpriced: readonly Offer[] = [
  ...(
    [
      ["aws/p5e.48xlarge", "eu-north-1", "eu-west-2"],
      ["gcp/a2-ultragpu-1g", "europe-west4", "us-central1"],
      ["gcp/a2-ultragpu-2g", "europe-west4", "us-central1"],
      ["gcp/a2-ultragpu-4g", "europe-west4", "us-central1"],
      ["gcp/a2-ultragpu-8g", "europe-west4", "us-central1"],
      ["gcp/a3-highgpu-1g", "us-central1"],
      ["gcp/a3-highgpu-2g", "us-central1"],
      ["gcp/a3-highgpu-4g", "us-central1"],
      ["gcp/a3-highgpu-8g", "us-central1"],
      ["gcp/a3-megagpu-8g", "europe-west1", "europe-west3"],
      ["gcp/a3-ultragpu-8g", "europe-west1", "europe-west4"],
      ["gcp/a4-highgpu-8g", "europe-north1", "europe-west4", "us-central1"],
    ] as const
  ).flatMap(([machine, ...regions]) => regions.map((region) => ({ machine, region, ...listed }))),
  ...["1g", "2g", "4g", "8g"].map((size) => ({
    machine: `gcp/a3-highgpu-${size}-nolssd`,
    region: "u-france-east1",
    ...s3nsOffer,
  })),
  ...["4", "8", "22"].map((size) => ({ machine: `gcp/c3-standard-${size}`, region: "u-france-east1", ...s3nsOffer })),
  ...[
    "aws/g6.12xlarge",
    "aws/g6.48xlarge",
    "aws/g6.xlarge",
    "aws/m7i.2xlarge",
    "aws/m7i.4xlarge",
    "aws/m7i.8xlarge",
    "aws/m7i.large",
    "aws/m7i.xlarge",
    "aws/p5.48xlarge",
  ].map((machine) => ({ machine, region: "eusc-de-east-1", ...eusc })),
];

export const offers: readonly Offer[] = [
  ...priced.map(([key, price]) => ({
    ...placeOf(key),
    price: key,
    state: "verified" as const,
    source: price.source,
    date: price.date,
  })),
  ...unpriced,
];

/** A machine that a region has, its price there if that is known, and whether both are known to be so. */
export interface OfferedMachine extends Machine {
  readonly region: string;
  readonly price?: PriceKey;
}

/** What a region has, cheapest first; what has no known price follows, smallest first. */
export const machinesOf = (provider: Machine["provider"], region: string): readonly OfferedMachine[] =>
  offers
    .filter((offer) => offer.region === region && machines[offer.machine]?.provider === provider)
    .map((offer) => {
      const machine = machines[offer.machine]!;
      const doubtful = [machine, offer].find((fact) => fact.state === "unverified");
      return {
        ...machine,
        region,
        ...(offer.price === undefined ? {} : { price: offer.price }),
        ...(doubtful === undefined ? {} : { state: doubtful.state, note: doubtful.note }),
      };
    })
    .sort(
      (one, other) =>
        costOf(one) - costOf(other) ||
        one.cpus - other.cpus ||
        one.memoryGib - other.memoryGib ||
        one.type.localeCompare(other.type),
    );

/** Far above any price, so that differences between two of them are 0 and not NaN. */
const costOf = ({ price }: OfferedMachine): number =>
  price === undefined ? Number.MAX_SAFE_INTEGER : prices[price].usdPerHour;

/**
 * What nodes are wanted. With an accelerator, `perNode` of it, exactly; without, none. `cpus` and `memoryGib` are the
 * least that will do. `type` names the machine, which must then have the rest.
 */
export interface WantedMachine {
  readonly accelerator?: AcceleratorName;
  readonly perNode?: number;
  readonly cpus?: number;
  readonly memoryGib?: number;
  readonly type?: string;
}

/**
 * The cheapest machine of a region that has what is wanted, else the smallest whose price is unknown. One whose existence
 * there could not be confirmed says so in its `state`. Without any, what the region has instead: `8 x h100-80gb
 * (p5.48xlarge)`, or `8 CPUs, 32 GiB (m7i.2xlarge)` where no GPU was asked for.
 */
export function machineFor(
  provider: Machine["provider"],
  region: string,
  wanted: WantedMachine,
): { readonly ok: OfferedMachine } | { readonly available: readonly string[] } {
  const here = machinesOf(provider, region).filter(({ gpus }) => gpus > 0 === (wanted.accelerator !== undefined));
  const fitting = here.filter(
    ({ accelerator, gpus, cpus, memoryGib, type }) =>
      accelerator === wanted.accelerator &&
      gpus === (wanted.perNode ?? gpus) &&
      cpus >= (wanted.cpus ?? 0) &&
      memoryGib >= (wanted.memoryGib ?? 0) &&
      type === (wanted.type ?? type),
  );
  return fitting[0] === undefined ? { available: here.map(inWords) } : { ok: fitting[0] };
}

function inWords({ accelerator, gpus, cpus, memoryGib, type, state }: OfferedMachine): string {
  const has = accelerator === undefined ? `${cpus} CPUs, ${memoryGib} GiB` : `${gpus} x ${accelerator}`;
  return `${has} (${type}${state === "unverified" ? ", unverified" : ""})`;
}
