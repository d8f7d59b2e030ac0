import { z } from "zod";
import { type RegionName, regions } from "../catalog/regions";
import { type ReleaseName, releases } from "../catalog/releases";
import { cidr, overlap } from "./cidr";
import { keysOf } from "./names";

/** Where an environment runs: a cluster that the platform makes on a cloud, or one that is there already. */

const regionsOf = (provider: "aws" | "gcp") =>
  z.enum(keysOf(regions).filter((name) => regions[name].provider === provider) as [RegionName, ...RegionName[]]);

const clusterName = z
  .string()
  .regex(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/, "a lower-case name of at most 40 characters, such as ai-prod");

const minor = z.string().regex(/^1\.\d+$/, 'a minor version in quotes, such as "1.36"');

const endpoint = z
  .discriminatedUnion("access", [
    z.strictObject({ access: z.literal("private").describe("Reached from the network alone.") }),
    z.strictObject({
      access: z.literal("restricted").describe("Reached from the network, and from the ranges named."),
      cidrs: z.array(cidr).min(1).describe("Public ranges that may reach the API server."),
    }),
  ])
  .describe("Who can reach the Kubernetes API server.");

const encryption = <T extends z.ZodType>(key: T) =>
  z
    .strictObject({
      key: z.union([z.literal("create"), key]).describe('The key\'s name, or "create": the platform makes one.'),
    })
    .describe("The customer-managed key by which secrets, disks and logs are encrypted.");

const egress = z
  .enum(["nat", "none"])
  .default("nat")
  .describe("How nodes reach what is outside: through NAT, or not at all (images then come from a mirror inside).");

const peers = z
  .array(cidr)
  .default([])
  .describe("Ranges of other networks that this one is or will be connected with; they must not overlap with its own.");

const deletionProtection = z
  .boolean()
  .optional()
  .describe("Whether the cluster refuses to be deleted until this is turned off; by default it does in production.");

const eks = z.strictObject({
  kind: z.literal("eks"),
  name: clusterName,
  account: z.string().regex(/^\d{12}$/, "an AWS account number of 12 digits, in quotes"),
  region: regionsOf("aws").describe("A region of AWS in catalog/regions.ts. It decides the partition."),
  kubernetes: minor.describe("Kubernetes minor version."),
  network: z.strictObject({
    cidr: cidr.describe("Of the VPC: nodes and pods take their addresses from it."),
    serviceCidr: cidr.default("172.20.0.0/16").describe("Of Kubernetes services."),
    zones: z
      .array(z.string().regex(/^[a-z]$/, "the letter of an availability zone, such as a"))
      .length(3)
      .describe("Letters of the three zones that the network spans."),
    egress,
    peers,
  }),
  endpoint,
  encryption: encryption(
    z.string().regex(/^(mrk-)?[0-9a-f-]{32,36}$/, "the id of a KMS key in this account and region"),
  ),
  adminRoles: z
    .array(
      z.string().regex(/^[\w+=,.@/-]{1,128}$/, "the name of an IAM role of this account, with its path if it has one"),
    )
    .min(1)
    .describe("IAM roles that administer the cluster; the one that runs the update must be among them."),
  deletionProtection,
});

const gke = z.strictObject({
  kind: z.literal("gke"),
  name: clusterName,
  project: z
    .string()
    .regex(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "a Google Cloud project id, such as acme-ai-prod"),
  projectNumber: z
    .string()
    .regex(/^\d{6,}$/, "the number of the project, in quotes; Google names its service agents by it"),
  region: regionsOf("gcp").describe("A region of Google Cloud in catalog/regions.ts. It decides the universe."),
  kubernetes: minor.describe("Kubernetes minor version, at least."),
  releaseChannel: z.enum(["RAPID", "REGULAR", "STABLE", "EXTENDED"]).default("REGULAR"),
  network: z.strictObject({
    nodes: cidr.describe("Primary range of the subnetwork."),
    pods: cidr.describe("Secondary range for pods."),
    services: cidr.describe("Secondary range for Kubernetes services."),
    controlPlane: cidr.describe("The /28 of the control plane."),
    egress,
    peers,
  }),
  endpoint,
  encryption: encryption(
    z
      .string()
      .regex(
        /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
        "projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>",
      ),
  ),
  admins: z
    .array(
      z
        .string()
        .regex(/^(user|group|serviceAccount):[^\s@]+@[^\s@]+$/, "a principal such as group:platform@example.org"),
    )
    .min(1)
    .describe("Who administers the cluster, as Google's IAM writes them."),
  deletionProtection,
  assuredWorkload: z
    .strictObject({
      organization: z.string().regex(/^\d+$/, "the number of the organization, in quotes"),
      billingAccount: z
        .string()
        .regex(/^[0-9A-F]{6}(-[0-9A-F]{6}){2}$/, "a billing account, such as 012345-6789AB-CDEF01"),
      regime: z.enum(["EU_REGIONS_AND_SUPPORT"]),
    })
    .optional()
    .describe("Keeps the project under one of Google's regimes of data residency and support."),
});

/** Releases of definitions alone, which a managed cluster may bring; what runs is the platform's own to install. */
const definitionReleases = keysOf(releases).filter((release) => releases[release].namespace === "");

const existing = z.strictObject({
  kind: z.literal("existing"),
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("Path of a kubeconfig file; none: $KUBECONFIG, then ~/.kube/config."),
  context: z
    .string()
    .min(1)
    .describe("Context in that kubeconfig. Named, so that a stack can never meet another cluster."),
  region: z.string().min(1).describe("Where the machines stand: a key of catalog/regions.ts, or one of `sites`."),
  nvidiaDriverRoot: z
    .enum(["/", "/run/nvidia/driver", "/home/kubernetes/bin/nvidia"])
    .default("/")
    .describe("Where the NVIDIA driver lives on the nodes: host, GPU Operator, GKE."),
  provides: z
    .array(z.enum(definitionReleases as [ReleaseName, ...ReleaseName[]]))
    .default([])
    .describe("Releases of definitions that the cluster brings itself: they are used and not installed."),
});

/** Each range of a cluster's network with its field. */
function rangesOf(value: z.output<typeof eks> | z.output<typeof gke>): [field: string, range: string][] {
  const { network } = value;
  const own: [string, string][] =
    "cidr" in network
      ? [
          ["cidr", network.cidr],
          ["serviceCidr", network.serviceCidr],
        ]
      : [
          ["nodes", network.nodes],
          ["pods", network.pods],
          ["services", network.services],
          ["controlPlane", network.controlPlane],
        ];
  return [...own, ...network.peers.map((range, index): [string, string] => [`peers[${index}]`, range])];
}

export const cluster = z.discriminatedUnion("kind", [eks, gke, existing]).superRefine((value, context) => {
  if (value.kind === "existing") {
    return;
  }
  const ranges = rangesOf(value);
  for (const [index, [field, range]] of ranges.entries()) {
    for (const [earlier, taken] of ranges.slice(0, index)) {
      if (overlap(range, taken) && !(field.startsWith("peers") && earlier.startsWith("peers"))) {
        context.addIssue({
          code: "custom",
          path: [
            "network",
            ...field
              .split(/[[\]]/)
              .filter(Boolean)
              .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
          ],
          message: `a range of its own: ${range} overlaps with ${taken}, which is network.${earlier}`,
        });
      }
    }
  }
  if (value.kind === "eks") {
    const bits = Number(value.network.cidr.split("/")[1]);
    if (bits < 16 || bits > 20) {
      context.addIssue({
        code: "custom",
        path: ["network", "cidr"],
        message: "a range from /16 (the largest that a VPC may have) to /20 (the smallest that leaves pods room)",
      });
    }
  } else if (!value.network.controlPlane.endsWith("/28")) {
    context.addIssue({ code: "custom", path: ["network", "controlPlane"], message: "a range of size /28" });
  }
});
