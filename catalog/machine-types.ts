import type { AcceleratorName } from "./accelerators";

/** How the GPUs of several machines reach each other. `interfaces`: network interfaces of that kind on one machine. */
export type Fabric =
  | { readonly kind: "none" }
  /** `firstCard`: network card that carries the first of them; card 0 is where the primary interface is. */
  | { readonly kind: "efa"; readonly interfaces: number; readonly firstCard: 0 | 1 }
  | { readonly kind: "gpudirect-tcpx" | "gpudirect-tcpxo" | "gpudirect-rdma"; readonly interfaces: number };

export interface Fact {
  /** `unverified`: something here comes from no source that was read; `note` says what. */
  readonly state: "verified" | "unverified";
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

/** What one machine of a type has. `memoryGib` and `cpus` are the provider's figures, before what a node reserves. */
export interface Hardware {
  readonly accelerator?: AcceleratorName;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGib: number;
}

/** What the price of a machine does not say of it. */
export interface Traits extends Fact {
  readonly fabric: Fabric;
  /** Whether a cluster placement group (AWS) or compact placement policy (GKE) takes it. */
  readonly placement: boolean;
  /** Only of a type without a price: otherwise the price states it. */
  readonly hardware?: Hardware;
}

const none: Fabric = { kind: "none" };
const efa = (interfaces: number, firstCard: 0 | 1 = 0): Fabric => ({ kind: "efa", interfaces, firstCard });

/** Generated from EC2's own description of its types: EFA interfaces, network cards, architecture, sizes. */
const ec2 = {
  state: "verified",
  source:
    "aws/karpenter-provider-aws website/content/en/preview/reference/instance-types.md and pkg/providers/instancetype/zz_generated.vpclimits.go at 1d927085dd81; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-strategies.html",
  date: "2026-08-21",
} as const;

const compute = {
  state: "verified",
  source:
    "https://cloud.google.com/compute/docs/gpus/gpu-network-bandwidth (GPUDirect and NICs); https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement",
  date: "2026-11-21",
} as const;

/** Of a universe apart. Sizes are those of the same types with local SSD, and of GKE's own table of machine families. */
const s3ns = {
  ...compute,
  source: `https://documentation.s3ns.fr/compute/docs/tpc-differences (types); ${compute.source}`,
  note: "Whether GPUDirect is to be had there was not read.",
} as const;

const h100 = (gpus: number, cpus: number, memoryGib: number): Hardware => ({
  accelerator: "h100-80gb",
  gpus,
  cpus,
  memoryGib,
});
const a100 = (gpus: number): Hardware => ({
  accelerator: "a100-80gb",
  gpus,
  cpus: 12 * gpus,
  memoryGib: 170 * gpus,
});

/** By `<provider>/<type>`. */
export const machineTypes: Readonly<Record<string, Traits>> = {
  "aws/g6.12xlarge": { ...ec2, fabric: efa(1), placement: true },
  "aws/g6.48xlarge": { ...ec2, fabric: efa(1), placement: true },
  "aws/g6.xlarge": { ...ec2, fabric: none, placement: true },
  "aws/g6e.12xlarge": { ...ec2, fabric: efa(1), placement: true },
  "aws/g6e.2xlarge": { ...ec2, fabric: none, placement: true },
  "aws/g6e.48xlarge": { ...ec2, fabric: efa(4), placement: true },
  "aws/g6e.xlarge": { ...ec2, fabric: none, placement: true },
  "aws/m7i.2xlarge": { ...ec2, fabric: none, placement: true },
  "aws/m7i.4xlarge": { ...ec2, fabric: none, placement: true },
  "aws/m7i.8xlarge": { ...ec2, fabric: none, placement: true },
  "aws/m7i.large": { ...ec2, fabric: none, placement: true },
  "aws/m7i.xlarge": { ...ec2, fabric: none, placement: true },
  "aws/p4de.24xlarge": { ...ec2, fabric: efa(4), placement: true },
  "aws/p5.48xlarge": { ...ec2, fabric: efa(32), placement: true },
  "aws/p5.4xlarge": { ...ec2, fabric: efa(1), placement: true },
  "aws/p5e.48xlarge": {
    ...ec2,
    fabric: efa(32),
    placement: true,
    hardware: { accelerator: "h200-141gb", gpus: 8, cpus: 192, memoryGib: 2048 },
  },
  "aws/p5en.48xlarge": { ...ec2, fabric: efa(16), placement: true },
  "aws/p6-b200.48xlarge": { ...ec2, fabric: efa(8), placement: true },
  "aws/p6-b300.48xlarge": {
    ...ec2,
    source: `${ec2.source}; https://github.com/aws/aws-parallelcluster/issues/7143 (card 0 has no EFA)`,
    fabric: efa(16, 1),
    placement: true,
  },
  "gcp/a2-ultragpu-1g": { ...compute, fabric: none, placement: true, hardware: a100(1) },
  "gcp/a2-ultragpu-2g": { ...compute, fabric: none, placement: true, hardware: a100(2) },
  "gcp/a2-ultragpu-4g": { ...compute, fabric: none, placement: true, hardware: a100(4) },
  "gcp/a2-ultragpu-8g": { ...compute, fabric: none, placement: true, hardware: a100(8) },
  "gcp/a3-highgpu-1g": { ...compute, fabric: none, placement: true },
  "gcp/a3-highgpu-2g": { ...compute, fabric: none, placement: true },
  "gcp/a3-highgpu-4g": { ...compute, fabric: none, placement: true },
  "gcp/a3-highgpu-8g": { ...compute, fabric: { kind: "gpudirect-tcpx", interfaces: 4 }, placement: true },
  "gcp/a3-highgpu-1g-nolssd": { ...s3ns, fabric: none, placement: true, hardware: h100(1, 26, 234) },
  "gcp/a3-highgpu-2g-nolssd": { ...s3ns, fabric: none, placement: true, hardware: h100(2, 52, 468) },
  "gcp/a3-highgpu-4g-nolssd": { ...s3ns, fabric: none, placement: true, hardware: h100(4, 104, 936) },
  "gcp/a3-highgpu-8g-nolssd": { ...s3ns, fabric: none, placement: true, hardware: h100(8, 208, 1872) },
  "gcp/a3-megagpu-8g": { ...compute, fabric: { kind: "gpudirect-tcpxo", interfaces: 8 }, placement: true },
  "gcp/a3-ultragpu-8g": { ...compute, fabric: { kind: "gpudirect-rdma", interfaces: 8 }, placement: true },
  "gcp/a4-highgpu-8g": {
    ...compute,
    fabric: { kind: "gpudirect-rdma", interfaces: 8 },
    placement: true,
    hardware: { accelerator: "b200-180gb", gpus: 8, cpus: 224, memoryGib: 3968 },
  },
  "gcp/c3-standard-22": { ...s3ns, fabric: none, placement: true, hardware: { gpus: 0, cpus: 22, memoryGib: 88 } },
  "gcp/c3-standard-4": { ...s3ns, fabric: none, placement: true, hardware: { gpus: 0, cpus: 4, memoryGib: 16 } },
  "gcp/c3-standard-8": { ...s3ns, fabric: none, placement: true, hardware: { gpus: 0, cpus: 8, memoryGib: 32 } },
  "gcp/e2-standard-4": { ...compute, fabric: none, placement: false },
  "gcp/e2-standard-8": { ...compute, fabric: none, placement: false },
  "gcp/g2-standard-12": { ...compute, fabric: none, placement: true },
  "gcp/g2-standard-24": { ...compute, fabric: none, placement: true },
  "gcp/g2-standard-4": { ...compute, fabric: none, placement: true },
  "gcp/g2-standard-48": { ...compute, fabric: none, placement: true },
  "gcp/g2-standard-96": { ...compute, fabric: none, placement: true },
};
