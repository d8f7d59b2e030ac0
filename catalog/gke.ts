/** What GKE calls the GPUs of its machines, what it attaches to them, and how their NVIDIA driver gets onto a node. */
interface GpuMachines {
  /** GKE's name of the GPU: in node pools, in the node label `cloud.google.com/gke-accelerator` and in limits. */
  readonly accelerator: string;
  /** Local SSDs that a machine of that type must be asked with; none where GKE attaches what belongs to it, or nothing. */
  readonly localSsds?: Readonly<Record<string, number>>;
  readonly source: string;
  readonly date: string;
}

const toolkit = {
  source:
    "GoogleCloudPlatform/cluster-toolkit examples and modules/compute/gke-node-pool/disk_definitions.tf at 1047080375af",
  date: "2026-06-25",
} as const;

/** By machine family: all that stands before the last dash of a machine type. */
const families: Readonly<Record<string, GpuMachines>> = {
  "a2-ultragpu": {
    accelerator: "nvidia-a100-80gb",
    source: "https://gke-ai-labs.dev/docs/tutorials/dynamic-resource-allocation",
    date: "2026-11-21",
  },
  "a3-highgpu": { accelerator: "nvidia-h100-80gb", localSsds: { "a3-highgpu-8g": 16 }, ...toolkit },
  "a3-megagpu": { accelerator: "nvidia-h100-mega-80gb", localSsds: { "a3-megagpu-8g": 16 }, ...toolkit },
  "a3-ultragpu": { accelerator: "nvidia-h200-141gb", localSsds: { "a3-ultragpu-8g": 32 }, ...toolkit },
  "a4-highgpu": { accelerator: "nvidia-b200", localSsds: { "a4-highgpu-8g": 32 }, ...toolkit },
  "a4x-highgpu": { accelerator: "nvidia-gb200", ...toolkit },
  "g2-standard": { accelerator: "nvidia-l4", ...toolkit },
};

/** A machine type without its size: `a3-highgpu-8g-nolssd` is of `a3-highgpu`. */
const familyOf = (type: string): GpuMachines | undefined => families[type.split("-").slice(0, 2).join("-")];

/** GKE's name of the GPU in a machine type. Throws for a type whose GPU the catalog cannot name. */
export function gkeAccelerator(type: string): string {
  const family = familyOf(type);
  if (family === undefined) {
    throw new Error(`catalog: nothing says what GKE calls the GPU of ${type}: add its family to catalog/gke.ts`);
  }
  return family.accelerator;
}

/** Local SSDs that GKE must be asked for with a machine type; undefined where it needs not be asked. */
export const gkeLocalSsds = (type: string): number | undefined => familyOf(type)?.localSsds?.[type];

/**
 * NVIDIA's driver for Container-Optimized OS. Google puts the installer on every GPU node as an image of this name, with
 * the driver that it tested with the node's kernel: nothing is pulled, and so there is no registry in the name.
 */
export const gkeDriverInstaller = {
  image: "cos-nvidia-installer:fixed",
  source:
    "GoogleCloudPlatform/container-engine-accelerators nvidia-driver-installer/cos/daemonset-preloaded.yaml at 992db8125755",
  date: "2026-06-09",
} as const;

/** The networks that GPUs of several nodes reach each other by, beside the one that every node has. */
export interface GkeFabric {
  /** Maximum transmission unit of each, in bytes. */
  readonly mtu: number;
  /** Further networks with ordinary interfaces (gVNIC) that a machine has beside `interfaces` of machine-types.ts. */
  readonly extraNetworks: number;
  readonly source: string;
  readonly date: string;
}

const tcp = {
  mtu: 8244,
  extraNetworks: 0,
  source: "GoogleCloudPlatform/cluster-toolkit examples/gke-a3-highgpu, gke-a3-megagpu at 1047080375af",
  date: "2026-06-25",
} as const;

export const gkeFabrics = {
  "gpudirect-tcpx": tcp,
  "gpudirect-tcpxo": tcp,
  "gpudirect-rdma": {
    mtu: 8896,
    extraNetworks: 1,
    source:
      "GoogleCloudPlatform/cluster-toolkit examples/gke-a3-ultragpu, modules/network/gpu-rdma-vpc at 1047080375af; https://docs.cloud.google.com/vpc/docs/rdma-network-profiles",
    date: "2026-06-25",
  },
} as const satisfies Readonly<Record<string, GkeFabric>>;
