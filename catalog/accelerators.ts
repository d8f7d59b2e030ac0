import * as mig from "./mig";

/**
 * A GPU type as the NVIDIA driver reports it. `productName`, `brand`, `architecture` and `cudaComputeCapability` are
 * NVML's own strings, which is what the DRA driver publishes as ResourceSlice attributes (the capability as semver).
 * `memoryMib` is NVML's total memory in MiB, published as the device's `memory` capacity.
 */
export interface Accelerator {
  readonly vendor: "nvidia";
  readonly productName: string;
  readonly brand: string;
  readonly architecture: string;
  readonly cudaComputeCapability: string;
  readonly memoryMib: number;
  /** Whether its NVLink domain spans nodes, so that a ComputeDomain applies. */
  readonly multiNodeNvlink: boolean;
  /** Whether it can be cut into GPU instances, and into which. */
  readonly mig: boolean;
  readonly migProfiles?: readonly mig.MigProfile[];
  readonly throughput: Throughput;
  /** `unverified`: at least one field above comes from no source that was read. `note` says which. */
  readonly state: "verified" | "unverified";
  readonly source: string;
  readonly date: string;
  readonly note?: string;
}

/** Peak rates of one GPU. TFLOPS are of the tensor cores without sparsity, GB/s are 10^9 bytes a second. */
export interface Throughput {
  readonly bf16Tflops: number;
  /** Absent where the tensor cores have no FP8. */
  readonly fp8Tflops?: number;
  readonly memoryGBps: number;
  /** To the other GPUs of its node, in one direction: NVLink, or PCIe where there is none. */
  readonly linkGBps: number;
  /** To other nodes, in one direction. NVIDIA's assumption of one network card per GPU. */
  readonly networkGBps: number;
  readonly source: string;
}

/** NVIDIA's own description of its GPUs, for estimating what serves there. */
const systems = (file: string, sheet: string): string =>
  `PyPI aiconfigurator-core 0.12.0 aiconfigurator_core/systems/${file}.yaml, which follows NVIDIA's data sheet${sheet}`;

/** `nvidia-smi -q -x` as NVIDIA captured it on hardware: name, brand, architecture and total memory. */
const capture = "NVIDIA/k8s-test-infra tests/e2e/go/assertions/nvidiasmi/testdata/hardware at 3b2b865d91b1";

/** Compute capabilities and MIG are NVIDIA's tables; the strings' spelling is that of NVIDIA/go-nvlib in the DRA driver. */
const tables =
  "https://developer.nvidia.com/cuda-gpus; https://docs.nvidia.com/datacenter/tesla/mig-user-guide/610/supported-gpus.html";

const table = {
  "h100-80gb": {
    vendor: "nvidia",
    productName: "NVIDIA H100 80GB HBM3",
    brand: "Nvidia",
    architecture: "Hopper",
    cudaComputeCapability: "9.0.0",
    memoryMib: 81559,
    multiNodeNvlink: false,
    mig: true,
    migProfiles: mig.h100,
    throughput: {
      bf16Tflops: 989,
      fp8Tflops: 1978,
      memoryGBps: 3350,
      linkGBps: 450,
      networkGBps: 50,
      source: systems("h100_sxm", ""),
    },
    state: "verified",
    source: `${capture}/qx-h100.xml; ${tables}`,
    date: "2026-08-21",
  },
  "h200-141gb": {
    vendor: "nvidia",
    productName: "NVIDIA H200",
    brand: "Nvidia",
    architecture: "Hopper",
    cudaComputeCapability: "9.0.0",
    memoryMib: 143771,
    multiNodeNvlink: false,
    mig: true,
    migProfiles: mig.h200,
    throughput: {
      bf16Tflops: 989,
      fp8Tflops: 1978,
      memoryGBps: 4800,
      linkGBps: 450,
      networkGBps: 50,
      source: systems("h200_sxm", ""),
    },
    state: "unverified",
    source: `https://github.com/NVIDIA/mig-parted/issues/120 (name, architecture); ${tables}`,
    date: "2024-09-04",
    note: "memoryMib is what several public nvidia-smi listings print; none comes from NVIDIA.",
  },
  "b200-180gb": {
    vendor: "nvidia",
    productName: "NVIDIA B200",
    brand: "Nvidia",
    architecture: "Blackwell",
    cudaComputeCapability: "10.0.0",
    memoryMib: 183359,
    multiNodeNvlink: false,
    mig: true,
    migProfiles: mig.b200,
    throughput: {
      bf16Tflops: 2250,
      fp8Tflops: 4500,
      memoryGBps: 7700,
      linkGBps: 900,
      networkGBps: 100,
      source: systems("b200_sxm", " https://nvdam.widen.net/s/wwnsxrhm2w/blackwell-datasheet-3384703"),
    },
    state: "verified",
    source: `${capture}/qx-b200.xml; ${tables}`,
    date: "2026-08-21",
  },
  "b300-288gb": {
    vendor: "nvidia",
    productName: "NVIDIA B300 SXM6 AC",
    brand: "Nvidia",
    architecture: "Blackwell",
    cudaComputeCapability: "10.3.0",
    memoryMib: 275040,
    multiNodeNvlink: false,
    mig: true,
    migProfiles: mig.b300,
    throughput: {
      bf16Tflops: 2250,
      fp8Tflops: 4500,
      memoryGBps: 7750,
      linkGBps: 900,
      networkGBps: 100,
      source: systems(
        "b300_sxm",
        " https://resources.nvidia.com/en-us-blackwell-architecture/blackwell-ultra-datasheet",
      ),
    },
    state: "unverified",
    source: `aws/karpenter-provider-aws website/content/en/preview/reference/instance-types.md at 1d927085dd81 (memory, as EC2 describes p6-b300.48xlarge); gpuTypeIds of https://rest.runpod.io/v1 (name); https://developer.nvidia.com/cuda-gpus (capability)`,
    date: "2026-08-21",
    note: "brand and architecture are those of the B200; no capture of a B300 was read.",
  },
  "gb200-186gb": {
    vendor: "nvidia",
    productName: "NVIDIA GB200",
    brand: "Nvidia",
    architecture: "Blackwell",
    cudaComputeCapability: "10.0.0",
    memoryMib: 189471,
    multiNodeNvlink: true,
    mig: true,
    migProfiles: mig.gb200,
    throughput: {
      bf16Tflops: 2500,
      fp8Tflops: 5000,
      memoryGBps: 8000,
      linkGBps: 900,
      networkGBps: 900,
      source: systems("gb200", " https://nvdam.widen.net/s/wwnsxrhm2w/blackwell-datasheet-3384703"),
    },
    state: "verified",
    source: `${capture}/qx-gb200.xml; ${tables}`,
    date: "2026-08-21",
  },
  "a100-80gb": {
    vendor: "nvidia",
    productName: "NVIDIA A100-SXM4-80GB",
    brand: "Nvidia",
    architecture: "Ampere",
    cudaComputeCapability: "8.0.0",
    memoryMib: 81920,
    multiNodeNvlink: false,
    mig: true,
    migProfiles: mig.a100,
    throughput: { bf16Tflops: 312, memoryGBps: 2039, linkGBps: 300, networkGBps: 25, source: systems("a100_sxm", "") },
    state: "verified",
    source: `${capture}/qx-a100.xml (brand and architecture, of the 40 GB card); https://github.com/modal-labs/modal-client/pull/2797 (memory); https://github.com/kubernetes-sigs/dra-driver-nvidia-gpu/issues/719 (80Gi and strings as published for the PCIe card); ${tables}`,
    date: "2025-11-05",
  },
  "l40s-48gb": {
    vendor: "nvidia",
    productName: "NVIDIA L40S",
    brand: "Nvidia",
    architecture: "Ada Lovelace",
    cudaComputeCapability: "8.9.0",
    memoryMib: 46068,
    multiNodeNvlink: false,
    mig: false,
    throughput: {
      bf16Tflops: 362,
      fp8Tflops: 733,
      memoryGBps: 864,
      linkGBps: 32,
      networkGBps: 50,
      source: systems("l40s", ""),
    },
    state: "verified",
    source: `${capture}/qx-l40s.xml; ${tables}`,
    date: "2026-08-21",
  },
  "l4-24gb": {
    vendor: "nvidia",
    productName: "NVIDIA L4",
    brand: "Nvidia",
    architecture: "Ada Lovelace",
    cudaComputeCapability: "8.9.0",
    memoryMib: 23034,
    multiNodeNvlink: false,
    mig: false,
    throughput: {
      bf16Tflops: 121,
      fp8Tflops: 242,
      memoryGBps: 300,
      linkGBps: 32,
      networkGBps: 25,
      source: systems("l4", ""),
    },
    state: "unverified",
    source: `https://github.com/modal-labs/modal-client/pull/2797 (memory); ${tables}`,
    date: "2025-01-23",
    note: "brand is that of the L40S, the other card of its architecture; no capture of an L4 was read.",
  },
} as const satisfies Readonly<Record<string, Accelerator>>;

export type AcceleratorName = keyof typeof table;
export const accelerators: Readonly<Record<AcceleratorName, Accelerator>> = table;
