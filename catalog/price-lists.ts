import type { Sku } from "./service-prices";

/**
 * Where providers publish their prices for programs, and by what names. `npm run prices:update` reads them.
 *
 * AWS: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html. Names of usage
 * types: as public bills and readers of the list of 2026 quote them.
 * Google: https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list. Descriptions of SKUs:
 * Cyclenerd/google-cloud-pricing-cost-calculator build/mapping.csv at 08440e74c5f5, and readers of the catalog of 2026.
 */
export const priceLists = {
  aws: {
    url: "https://pricing.us-east-1.amazonaws.com",
    /** The one partition whose prices that list has. */
    partition: "aws",
    /** The region that is read for what costs the same in all of them. */
    everywhere: "us-east-1",
  },
  gcp: {
    url: "https://cloudbilling.googleapis.com",
    partition: "googleapis.com",
    everywhere: "us-central1",
    /** Compute Engine, which lists machines, GPUs and disks. */
    service: "6F81-5844-456A",
  },
} as const;

/** A row of an offer of AWS: the values of some of its columns. */
export interface AwsSelector {
  readonly offer: "AmazonEC2" | "AmazonEKS" | "AmazonVPC" | "AWSELB";
  /** What the usage type is, behind the prefix of its region. */
  readonly usageType: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly unit: string;
}

/** The on-demand price of a machine with Linux that nobody shares with another account. */
export const awsMachine = (type: string): AwsSelector => ({
  offer: "AmazonEC2",
  usageType: `BoxUsage:${type}`,
  columns: {
    TermType: "OnDemand",
    "Instance Type": type,
    "Operating System": "Linux",
    "Pre Installed S/W": "NA",
    Tenancy: "Shared",
    CapacityStatus: "Used",
  },
  unit: "Hrs",
});

/** The same for those who commit to a term, and pay nothing upfront. */
export const awsReserved = (type: string, years: 1 | 3): AwsSelector => {
  const { columns, ...rest } = awsMachine(type);
  return {
    ...rest,
    columns: {
      ...columns,
      TermType: "Reserved",
      LeaseContractLength: `${years}yr`,
      PurchaseOption: "No Upfront",
      OfferingClass: "standard",
    },
  };
};

const onDemand = { TermType: "OnDemand" };

export const awsServices: Readonly<Partial<Record<Sku, AwsSelector>>> = {
  "eks-cluster": { offer: "AmazonEKS", usageType: "AmazonEKS-Hours:perCluster", columns: onDemand, unit: "Hours" },
  "nat-gateway": { offer: "AmazonEC2", usageType: "NatGateway-Hours", columns: onDemand, unit: "Hrs" },
  "vpc-endpoint": { offer: "AmazonVPC", usageType: "VpcEndpoint-Hours", columns: onDemand, unit: "Hrs" },
  "public-ipv4": { offer: "AmazonVPC", usageType: "PublicIPv4:InUseAddress", columns: onDemand, unit: "Hrs" },
  "load-balancer": {
    offer: "AWSELB",
    usageType: "LoadBalancerUsage",
    columns: { ...onDemand, "Product Family": "Load Balancer-Network" },
    unit: "Hrs",
  },
  "ebs-gp3": { offer: "AmazonEC2", usageType: "EBS:VolumeUsage.gp3", columns: onDemand, unit: "GB-Mo" },
  "ebs-gp3-iops": { offer: "AmazonEC2", usageType: "EBS:VolumeP-IOPS.gp3", columns: onDemand, unit: "IOPS-Mo" },
};

/** A SKU of Google's list, by how its description begins, and how much of it something is. */
export interface GoogleSelector {
  readonly description: RegExp;
  readonly usageType: "OnDemand" | "Preemptible";
  readonly unit: string;
  readonly count: number;
}

/** How Google names the parts of a machine. */
const series: Readonly<Record<string, { readonly name: string; readonly gpu?: string }>> = {
  "e2-standard": { name: "E2" },
  "g2-standard": { name: "G2", gpu: "Nvidia L4 GPU" },
  "a3-highgpu": { name: "A3", gpu: "Nvidia H100 80GB GPU" },
};

interface Shape {
  readonly cpus: number;
  readonly memoryGib: number;
  readonly gpus: number;
}

/** The SKUs that a machine is the sum of, without local SSD; undefined for series whose names were not found. */
export function googleMachine(type: string, shape: Shape, spot: boolean): readonly GoogleSelector[] | undefined {
  const named = series[type.replace(/-[^-]+$/, "")];
  if (named === undefined) return undefined;
  const { name, gpu } = named;
  const usageType = spot ? "Preemptible" : "OnDemand";
  const start = spot ? "^Spot Preemptible " : "^";
  const part = (kind: string, unit: string, count: number): GoogleSelector => ({
    description: new RegExp(`${start}${name} Instance ${kind} running in `, "i"),
    usageType,
    unit,
    count,
  });
  const attached = spot ? " attached to Spot Preemptible VMs" : "";
  return [
    part("Core", "h", shape.cpus),
    part("Ram", "GiBy.h", shape.memoryGib),
    ...(gpu === undefined || shape.gpus === 0
      ? []
      : [
          {
            description: new RegExp(`^${gpu}${attached} running in `, "i"),
            usageType,
            unit: "h",
            count: shape.gpus,
          } as const,
        ]),
  ];
}

const capacity = (description: RegExp, usageType: GoogleSelector["usageType"] = "OnDemand"): GoogleSelector => ({
  description,
  usageType,
  unit: "GiBy.mo",
  count: 1,
});

export const googleServices: Readonly<Partial<Record<Sku, GoogleSelector>>> = {
  "pd-balanced": capacity(/^Balanced PD Capacity( in |$)/i),
  "pd-standard": capacity(/^Storage PD Capacity( in |$)/i),
  "pd-ssd": capacity(/^SSD backed PD Capacity( in |$)/i),
  "hyperdisk-balanced": capacity(/^Hyperdisk Balanced Capacity( in |$)/i),
  "hyperdisk-extreme": capacity(/^Hyperdisk Extreme Capacity( in |$)/i),
  "local-ssd": capacity(/^SSD backed Local Storage( in |$)/i),
  "local-ssd-spot": capacity(/^SSD backed Local Storage attached to Spot Preemptible VMs( in |$)/i, "Preemptible"),
};
