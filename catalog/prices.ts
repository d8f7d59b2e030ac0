import type { AcceleratorName } from "./accelerators";

/**
 * What a machine costs, as published.
 *
 * `usdPerHour` is the on-demand price of the whole machine, `spotUsdPerHour` one snapshot of its spot price; both are
 * USD per hour without tax. `cpus`, `memoryGib` and `gpus` are the machine's own, per machine.
 *
 * `quality` says how far the on-demand figure was checked: `confirmed` against a second, independent source;
 * `consistent` with the same catalogue's other regions; `listed` once and not checked. Figures that contradict each
 * other are not here: an unknown price fails the cost gate, it is never counted as zero.
 */
export interface Price {
  readonly usdPerHour: number;
  readonly spotUsdPerHour?: number;
  readonly accelerator?: AcceleratorName;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly currency: "USD";
  readonly quality: "confirmed" | "consistent" | "listed";
  readonly source: string;
  /** ISO day on which the figure was true, or `unknown` where the source states none; `note` then says what is known. */
  readonly date: string;
  readonly note?: string;
}

/** Hours of a month in every monthly figure: 365 days of 24 h over 12 months. */
export const HOURS_PER_MONTH = 730;

const undated = "The catalogue carries no date; its content suggests early 2026, which is an inference.";

const aws = {
  currency: "USD",
  quality: "listed",
  source: "skypilot-org/skypilot-catalog catalogs/v8/aws/vms.csv at 00148f2af3672e2229b4f7bf8157d5a3f36e3c35",
  date: "unknown",
  note: undated,
} as const;

/** On-demand prices of us-east-1 that Karpenter generates from the AWS price list; the file has a date. */
const karpenter = {
  currency: "USD",
  quality: "listed",
  source: "aws/karpenter-provider-aws pkg/providers/pricing/zz_generated.pricing_aws.go at 1d927085dd81",
  date: "2026-07-20",
} as const;

/** us-east-1 figures of the catalogue equal those of Karpenter. */
const awsConfirmed = {
  ...aws,
  quality: "confirmed",
  source: `${aws.source}; ${karpenter.source}`,
  date: karpenter.date,
  note: "Date of the on-demand figure; that of the spot figure is unknown.",
} as const;

const gcp = {
  currency: "USD",
  quality: "consistent",
  source: "skypilot-org/skypilot-catalog catalogs/v8/gcp/vms.csv at 006059e0f18acb1341e22a27751e9f80df6ba92f",
  date: "unknown",
  note: "The catalogue carries no date. Host and GPUs without local SSD, which A3 machines bring and bill.",
} as const;

/** europe-west4 figures agree, but for local SSD, with a second calculator's tests; that file has a date. */
const gcpConfirmed = {
  ...gcp,
  quality: "confirmed",
  source: `${gcp.source}; Cyclenerd/google-cloud-pricing-cost-calculator t/test.sh at dac31281f2a4`,
  date: "2026-07-22",
  note: "Date of the on-demand figure; that of the spot figure is unknown. Without local SSD, which A3 machines bring and bill.",
} as const;

/** A row of the table: vCPUs and GiB, then USD per hour on demand and, where published, as spot. */
function machine(
  origin: Pick<Price, "currency" | "quality" | "source" | "date" | "note">,
  [cpus, memoryGib]: readonly [number, number],
  [usdPerHour, spotUsdPerHour]: readonly [number, number?],
  gpu: Pick<Price, "gpus" | "accelerator"> = { gpus: 0 },
): Price {
  return {
    ...origin,
    cpus,
    memoryGib,
    usdPerHour,
    ...(spotUsdPerHour === undefined ? {} : { spotUsdPerHour }),
    ...gpu,
  };
}

/**
 * Prices by `provider/region/sku`. European providers whose published figures name no currency (OVHcloud, Scaleway,
 * Nebius, Verda, Seeweb in the same catalogue) are left out: a figure without a currency is not a price.
 */
const table = {
  "aws/eu-central-1/g6.12xlarge": machine(aws, [48, 192], [5.75429, 2.16], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/eu-central-1/g6.48xlarge": machine(aws, [192, 768], [16.69464, 3.8153], { gpus: 8, accelerator: "l4-24gb" }),
  "aws/eu-central-1/g6.xlarge": machine(aws, [4, 16], [1.0064, 0.4392], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/eu-central-1/g6e.12xlarge": machine(aws, [48, 384], [13.12002, 3.2122], { gpus: 4, accelerator: "l40s-48gb" }),
  "aws/eu-central-1/g6e.2xlarge": machine(aws, [8, 64], [2.8035, 1.2891], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-central-1/g6e.48xlarge": machine(aws, [192, 1536], [37.67612, 14.399], { gpus: 8, accelerator: "l40s-48gb" }),
  "aws/eu-central-1/g6e.xlarge": machine(aws, [4, 32], [2.327, 1.0228], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-central-1/m7i.2xlarge": machine(aws, [8, 32], [0.483, 0.2385]),
  "aws/eu-central-1/m7i.4xlarge": machine(aws, [16, 64], [0.966, 0.4511]),
  "aws/eu-central-1/m7i.8xlarge": machine(aws, [32, 128], [1.932, 0.9072]),
  "aws/eu-central-1/m7i.large": machine(aws, [2, 8], [0.12075, 0.045]),
  "aws/eu-central-1/m7i.xlarge": machine(aws, [4, 16], [0.2415, 0.1295]),
  "aws/eu-central-1/p4de.24xlarge": machine(aws, [96, 1152], [34.29122, 8.0274], { gpus: 8, accelerator: "a100-80gb" }),
  "aws/eu-north-1/g6.12xlarge": machine(aws, [48, 192], [4.88062, 0.7092], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/eu-north-1/g6.48xlarge": machine(aws, [192, 768], [14.15992, 2.2079], { gpus: 8, accelerator: "l4-24gb" }),
  "aws/eu-north-1/g6.xlarge": machine(aws, [4, 16], [0.8536, 0.2584], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/eu-north-1/g6e.12xlarge": machine(aws, [48, 384], [11.12975, 2.1614], { gpus: 4, accelerator: "l40s-48gb" }),
  "aws/eu-north-1/g6e.2xlarge": machine(aws, [8, 64], [2.37822, 0.8628], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-north-1/g6e.48xlarge": machine(aws, [192, 1536], [31.96075, 5.6791], { gpus: 8, accelerator: "l40s-48gb" }),
  "aws/eu-north-1/g6e.xlarge": machine(aws, [4, 32], [1.974, 0.8242], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-north-1/m7i.2xlarge": machine(aws, [8, 32], [0.4284, 0.1274]),
  "aws/eu-north-1/m7i.4xlarge": machine(aws, [16, 64], [0.8568, 0.2397]),
  "aws/eu-north-1/m7i.8xlarge": machine(aws, [32, 128], [1.7136, 0.5526]),
  "aws/eu-north-1/m7i.large": machine(aws, [2, 8], [0.1071, 0.0284]),
  "aws/eu-north-1/m7i.xlarge": machine(aws, [4, 16], [0.2142, 0.0622]),
  "aws/eu-north-1/p5.48xlarge": machine(aws, [192, 2048], [58.8928, 28.3188], { gpus: 8, accelerator: "h100-80gb" }),
  "aws/eu-north-1/p5en.48xlarge": machine(aws, [192, 2048], [67.72672, 10.4392], {
    gpus: 8,
    accelerator: "h200-141gb",
  }),
  "aws/eu-south-1/m7i.2xlarge": machine(aws, [8, 32], [0.4704, 0.1123]),
  "aws/eu-south-1/m7i.4xlarge": machine(aws, [16, 64], [0.9408, 0.201]),
  "aws/eu-south-1/m7i.8xlarge": machine(aws, [32, 128], [1.8816, 0.4081]),
  "aws/eu-south-1/m7i.large": machine(aws, [2, 8], [0.1176, 0.0318]),
  "aws/eu-south-1/m7i.xlarge": machine(aws, [4, 16], [0.2352, 0.0578]),
  "aws/eu-south-2/g6.12xlarge": machine(aws, [48, 192], [4.8486, 0.5821], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/eu-south-2/g6.48xlarge": machine(aws, [192, 768], [14.06702, 1.5538], { gpus: 8, accelerator: "l4-24gb" }),
  "aws/eu-south-2/g6.xlarge": machine(aws, [4, 16], [0.848, 0.0913], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/eu-south-2/g6e.12xlarge": machine(aws, [48, 384], [11.05645, 1.9407], { gpus: 4, accelerator: "l40s-48gb" }),
  "aws/eu-south-2/g6e.2xlarge": machine(aws, [8, 64], [2.36256, 0.2944], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-south-2/g6e.48xlarge": machine(aws, [192, 1536], [31.75027, 3.4148], { gpus: 8, accelerator: "l40s-48gb" }),
  "aws/eu-south-2/g6e.xlarge": machine(aws, [4, 32], [1.961, 0.4796], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/eu-south-2/m7i.2xlarge": machine(aws, [8, 32], [0.4494, 0.0517]),
  "aws/eu-south-2/m7i.4xlarge": machine(aws, [16, 64], [0.8988, 0.1073]),
  "aws/eu-south-2/m7i.8xlarge": machine(aws, [32, 128], [1.7976, 0.2058]),
  "aws/eu-south-2/m7i.large": machine(aws, [2, 8], [0.11235, 0.0193]),
  "aws/eu-south-2/m7i.xlarge": machine(aws, [4, 16], [0.2247, 0.026]),
  "aws/eu-south-2/p5en.48xlarge": machine(aws, [192, 2048], [68.35968, 6.836], { gpus: 8, accelerator: "h200-141gb" }),
  "aws/eu-west-1/m7i.2xlarge": machine(aws, [8, 32], [0.4494, 0.2327]),
  "aws/eu-west-1/m7i.4xlarge": machine(aws, [16, 64], [0.8988, 0.5517]),
  "aws/eu-west-1/m7i.8xlarge": machine(aws, [32, 128], [1.7976, 0.861]),
  "aws/eu-west-1/m7i.large": machine(aws, [2, 8], [0.11235, 0.0579]),
  "aws/eu-west-1/m7i.xlarge": machine(aws, [4, 16], [0.2247, 0.1003]),
  "aws/eu-west-2/g6.12xlarge": machine(aws, [48, 192], [5.8412, 2.473], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/eu-west-2/g6.48xlarge": machine(aws, [192, 768], [16.94678, 4.0786], { gpus: 8, accelerator: "l4-24gb" }),
  "aws/eu-west-2/g6.xlarge": machine(aws, [4, 16], [1.0216, 0.3252], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/eu-west-2/m7i.2xlarge": machine(aws, [8, 32], [0.4662, 0.1833]),
  "aws/eu-west-2/m7i.4xlarge": machine(aws, [16, 64], [0.9324, 0.357]),
  "aws/eu-west-2/m7i.8xlarge": machine(aws, [32, 128], [1.8648, 0.7035]),
  "aws/eu-west-2/m7i.large": machine(aws, [2, 8], [0.11655, 0.0376]),
  "aws/eu-west-2/m7i.xlarge": machine(aws, [4, 16], [0.2331, 0.0822]),
  "aws/eu-west-2/p5.48xlarge": machine(aws, [192, 2048], [71.552, 15.5259], { gpus: 8, accelerator: "h100-80gb" }),
  "aws/eu-west-2/p5.4xlarge": machine(aws, [16, 256], [8.944, 8.944], { gpus: 1, accelerator: "h100-80gb" }),
  "aws/eu-west-3/g6.12xlarge": machine(aws, [48, 192], [5.8412, 1.6456], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/eu-west-3/g6.48xlarge": machine(aws, [192, 768], [16.94678, 2.9385], { gpus: 8, accelerator: "l4-24gb" }),
  "aws/eu-west-3/g6.xlarge": machine(aws, [4, 16], [1.0216, 0.3573], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/eu-west-3/m7i.2xlarge": machine(aws, [8, 32], [0.4704, 0.1713]),
  "aws/eu-west-3/m7i.4xlarge": machine(aws, [16, 64], [0.9408, 0.4079]),
  "aws/eu-west-3/m7i.8xlarge": machine(aws, [32, 128], [1.8816, 0.8211]),
  "aws/eu-west-3/m7i.large": machine(aws, [2, 8], [0.1176, 0.0359]),
  "aws/eu-west-3/m7i.xlarge": machine(aws, [4, 16], [0.2352, 0.0707]),
  "aws/us-east-1/g6.12xlarge": machine(awsConfirmed, [48, 192], [4.6016, 1.7552], { gpus: 4, accelerator: "l4-24gb" }),
  "aws/us-east-1/g6.48xlarge": machine(awsConfirmed, [192, 768], [13.3504, 3.7289], {
    gpus: 8,
    accelerator: "l4-24gb",
  }),
  "aws/us-east-1/g6.xlarge": machine(awsConfirmed, [4, 16], [0.8048, 0.349], { gpus: 1, accelerator: "l4-24gb" }),
  "aws/us-east-1/g6e.12xlarge": machine(awsConfirmed, [48, 384], [10.49264, 3.7887], {
    gpus: 4,
    accelerator: "l40s-48gb",
  }),
  "aws/us-east-1/g6e.2xlarge": machine(awsConfirmed, [8, 64], [2.24208, 0.8064], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/us-east-1/g6e.48xlarge": machine(awsConfirmed, [192, 1536], [30.13118, 8.0189], {
    gpus: 8,
    accelerator: "l40s-48gb",
  }),
  "aws/us-east-1/g6e.xlarge": machine(awsConfirmed, [4, 32], [1.861, 0.9154], { gpus: 1, accelerator: "l40s-48gb" }),
  "aws/us-east-1/m7i.2xlarge": machine(awsConfirmed, [8, 32], [0.4032, 0.1655]),
  "aws/us-east-1/m7i.4xlarge": machine(awsConfirmed, [16, 64], [0.8064, 0.3417]),
  "aws/us-east-1/m7i.8xlarge": machine(awsConfirmed, [32, 128], [1.6128, 0.7429]),
  "aws/us-east-1/m7i.large": machine(awsConfirmed, [2, 8], [0.1008, 0.0361]),
  "aws/us-east-1/m7i.xlarge": machine(awsConfirmed, [4, 16], [0.2016, 0.0816]),
  "aws/us-east-1/p4de.24xlarge": machine(awsConfirmed, [96, 1152], [27.44705, 8.6505], {
    gpus: 8,
    accelerator: "a100-80gb",
  }),
  "aws/us-east-1/p5.48xlarge": machine(awsConfirmed, [192, 2048], [55.04, 17.6289], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "aws/us-east-1/p5.4xlarge": machine(awsConfirmed, [16, 256], [6.88], { gpus: 1, accelerator: "h100-80gb" }),
  "aws/us-east-1/p5en.48xlarge": machine(awsConfirmed, [192, 2048], [63.296, 16.5551], {
    gpus: 8,
    accelerator: "h200-141gb",
  }),
  "aws/us-east-1/p6-b200.48xlarge": machine(awsConfirmed, [192, 2048], [113.9328, 21.0148], {
    gpus: 8,
    accelerator: "b200-180gb",
  }),
  "aws/us-east-1/p6-b300.48xlarge": machine(karpenter, [192, 4096], [142.416], { gpus: 8, accelerator: "b300-288gb" }),
  "gcp/europe-north1/a3-highgpu-1g": machine(gcp, [26, 234], [12.08904, 1.5391], { gpus: 1, accelerator: "h100-80gb" }),
  "gcp/europe-north1/a3-highgpu-2g": machine(gcp, [52, 468], [24.17808, 3.0782], { gpus: 2, accelerator: "h100-80gb" }),
  "gcp/europe-north1/a3-highgpu-4g": machine(gcp, [104, 936], [48.35616, 6.15641], {
    gpus: 4,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-north1/a3-highgpu-8g": machine(gcp, [208, 1872], [96.71231, 12.31282], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-north1/e2-standard-4": machine(gcp, [4, 16], [0.14756, 0.03238]),
  "gcp/europe-north1/e2-standard-8": machine(gcp, [8, 32], [0.29511, 0.06475]),
  "gcp/europe-west1/a3-highgpu-1g": machine(gcp, [26, 234], [12.08904, 2.76473], { gpus: 1, accelerator: "h100-80gb" }),
  "gcp/europe-west1/a3-highgpu-2g": machine(gcp, [52, 468], [24.17808, 5.52945], { gpus: 2, accelerator: "h100-80gb" }),
  "gcp/europe-west1/a3-highgpu-4g": machine(gcp, [104, 936], [48.35616, 11.0589], {
    gpus: 4,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west1/a3-highgpu-8g": machine(gcp, [208, 1872], [96.71231, 22.11781], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west1/e2-standard-4": machine(gcp, [4, 16], [0.14743, 0.05896]),
  "gcp/europe-west1/e2-standard-8": machine(gcp, [8, 32], [0.29486, 0.11792]),
  "gcp/europe-west1/g2-standard-12": machine(gcp, [12, 48], [1.10156, 0.39948], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/europe-west1/g2-standard-24": machine(gcp, [24, 96], [2.20312, 0.79896], { gpus: 2, accelerator: "l4-24gb" }),
  "gcp/europe-west1/g2-standard-4": machine(gcp, [4, 16], [0.77829, 0.29356], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/europe-west1/g2-standard-48": machine(gcp, [48, 192], [4.40623, 1.59792], { gpus: 4, accelerator: "l4-24gb" }),
  "gcp/europe-west1/g2-standard-96": machine(gcp, [96, 384], [8.81246, 3.19584], { gpus: 8, accelerator: "l4-24gb" }),
  "gcp/europe-west3/a3-highgpu-1g": machine(gcp, [26, 234], [12.95529, 2.96324], { gpus: 1, accelerator: "h100-80gb" }),
  "gcp/europe-west3/a3-highgpu-2g": machine(gcp, [52, 468], [25.91058, 5.92648], { gpus: 2, accelerator: "h100-80gb" }),
  "gcp/europe-west3/a3-highgpu-4g": machine(gcp, [104, 936], [51.82116, 11.85296], {
    gpus: 4,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west3/a3-highgpu-8g": machine(gcp, [208, 1872], [103.64231, 23.70592], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west3/e2-standard-4": machine(gcp, [4, 16], [0.17267, 0.06904]),
  "gcp/europe-west3/e2-standard-8": machine(gcp, [8, 32], [0.34534, 0.13808]),
  "gcp/europe-west3/g2-standard-12": machine(gcp, [12, 48], [1.17985, 0.57188], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/europe-west3/g2-standard-24": machine(gcp, [24, 96], [2.3597, 1.14377], { gpus: 2, accelerator: "l4-24gb" }),
  "gcp/europe-west3/g2-standard-4": machine(gcp, [4, 16], [0.83385, 0.40403], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/europe-west3/g2-standard-48": machine(gcp, [48, 192], [4.71939, 2.28754], { gpus: 4, accelerator: "l4-24gb" }),
  "gcp/europe-west3/g2-standard-96": machine(gcp, [96, 384], [9.43877, 4.57507], { gpus: 8, accelerator: "l4-24gb" }),
  "gcp/europe-west4/a3-highgpu-1g": machine(gcpConfirmed, [26, 234], [13.97715, 3.19554], {
    gpus: 1,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west4/a3-highgpu-2g": machine(gcpConfirmed, [52, 468], [27.9543, 6.39107], {
    gpus: 2,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west4/a3-highgpu-4g": machine(gcpConfirmed, [104, 936], [55.90859, 12.78214], {
    gpus: 4,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west4/a3-highgpu-8g": machine(gcpConfirmed, [208, 1872], [111.81719, 25.56429], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west4/a3-megagpu-8g": machine(gcpConfirmed, [208, 1872], [117.51354, 26.87789], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west4/e2-standard-4": machine(gcpConfirmed, [4, 16], [0.14754, 0.06142]),
  "gcp/europe-west4/e2-standard-8": machine(gcpConfirmed, [8, 32], [0.29509, 0.12285]),
  "gcp/europe-west4/g2-standard-12": machine(gcpConfirmed, [12, 48], [1.0509, 0.45829], {
    gpus: 1,
    accelerator: "l4-24gb",
  }),
  "gcp/europe-west4/g2-standard-24": machine(gcpConfirmed, [24, 96], [2.10179, 0.91658], {
    gpus: 2,
    accelerator: "l4-24gb",
  }),
  "gcp/europe-west4/g2-standard-4": machine(gcpConfirmed, [4, 16], [0.74233, 0.3153], {
    gpus: 1,
    accelerator: "l4-24gb",
  }),
  "gcp/europe-west4/g2-standard-48": machine(gcpConfirmed, [48, 192], [4.2036, 1.83315], {
    gpus: 4,
    accelerator: "l4-24gb",
  }),
  "gcp/europe-west4/g2-standard-96": machine(gcpConfirmed, [96, 384], [8.4072, 3.6663], {
    gpus: 8,
    accelerator: "l4-24gb",
  }),
  "gcp/europe-west9/a3-highgpu-1g": machine(gcp, [26, 234], [12.73571, 2.99936], { gpus: 1, accelerator: "h100-80gb" }),
  "gcp/europe-west9/a3-highgpu-2g": machine(gcp, [52, 468], [25.47142, 5.99873], { gpus: 2, accelerator: "h100-80gb" }),
  "gcp/europe-west9/a3-highgpu-4g": machine(gcp, [104, 936], [50.94283, 11.99746], {
    gpus: 4,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west9/a3-highgpu-8g": machine(gcp, [208, 1872], [101.88567, 23.99491], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/europe-west9/e2-standard-4": machine(gcp, [4, 16], [0.15546, 0.06386]),
  "gcp/europe-west9/e2-standard-8": machine(gcp, [8, 32], [0.31093, 0.12773]),
  "gcp/us-central1/a3-megagpu-8g": machine(gcp, [208, 1872], [92.21427, 28.17013], {
    gpus: 8,
    accelerator: "h100-80gb",
  }),
  "gcp/us-central1/a3-ultragpu-8g": machine(gcp, [224, 2952], [86.75992, 40.99433], {
    gpus: 8,
    accelerator: "h200-141gb",
  }),
  "gcp/us-central1/e2-standard-4": machine(gcp, [4, 16], [0.13402, 0.05879]),
  "gcp/us-central1/e2-standard-8": machine(gcp, [8, 32], [0.26805, 0.11758]),
  "gcp/us-central1/g2-standard-12": machine(gcp, [12, 48], [1.00042, 0.39931], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/us-central1/g2-standard-24": machine(gcp, [24, 96], [2.00083, 0.79862], { gpus: 2, accelerator: "l4-24gb" }),
  "gcp/us-central1/g2-standard-4": machine(gcp, [4, 16], [0.70683, 0.28184], { gpus: 1, accelerator: "l4-24gb" }),
  "gcp/us-central1/g2-standard-48": machine(gcp, [48, 192], [4.00166, 1.59723], { gpus: 4, accelerator: "l4-24gb" }),
  "gcp/us-central1/g2-standard-96": machine(gcp, [96, 384], [8.00333, 3.19446], { gpus: 8, accelerator: "l4-24gb" }),
} satisfies Readonly<Record<`${string}/${string}/${string}`, Price>>;

export type PriceKey = keyof typeof table;
export const prices: Readonly<Record<PriceKey, Price>> = table;
