import { type RegionName, regions } from "./regions";

/** Every node of a cloud has it. */
const zone = "topology.kubernetes.io/zone";

/**
 * Layers of Amazon's network, the widest first, that EKS writes as labels on nodes of these types in these regions.
 * `fourLayers` have one label more; only types and regions of this catalog are listed.
 */
const amazon = {
  label: "topology.k8s.aws/network-node-layer-",
  threeLayers: /^(g6e\.\w+|p4d\.24xlarge|p4de\.24xlarge|p5\.48xlarge|p5e\.48xlarge|p5en\.48xlarge)$/,
  fourLayers: /^p6-b[23]00\.48xlarge$/,
  regions: [
    "eu-central-1",
    "eu-north-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "us-east-1",
    "us-gov-west-1",
  ] as readonly string[],
  source:
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-topology-prerequisites.html (types, regions); https://docs.aws.amazon.com/eks/latest/userguide/ml-workload-topology.html (labels)",
  date: "2026-11-21",
} as const;

/** Blocks of Google's data centres, on machines that come from a reservation. */
const google = {
  labels: ["cloud.google.com/gce-topology-block", "cloud.google.com/gce-topology-subblock"],
  types: /^(a3-ultragpu|a4-highgpu)-8g$/,
  source: "llm-d/llm-d guides, operations of a DisaggregatedSet: placement policy",
  date: "2026-11-21",
} as const;

/**
 * Labels that say where nodes of a cloud's machine type lie in its network, the widest domain first. At least the zone;
 * none for a region of no cloud. A label that some node lacks would keep pods off it, so only what is documented is here.
 */
export function networkLabels(region: string, type: string, reserved: boolean): readonly string[] {
  switch (regions[region as RegionName]?.provider) {
    case "aws": {
      const layers = amazon.threeLayers.test(type) ? 3 : amazon.fourLayers.test(type) ? 4 : 0;
      return [
        zone,
        ...Array.from(
          { length: amazon.regions.includes(region) ? layers : 0 },
          (_, index) => `${amazon.label}${index + 1}`,
        ),
      ];
    }
    case "gcp":
      return [zone, ...(reserved && google.types.test(type) ? google.labels : [])];
    default:
      return [];
  }
}
