import { changing, type Mutation } from "../mutation";
import type { Resource } from "../rule";

/** What is wrong with where data rests, under which key, and who can look at it. */

const without =
  (type: string) =>
  (resources: readonly Resource[]): readonly Resource[] => {
    if (!resources.some((resource) => resource.type === type)) throw new Error(`no ${type} to leave out`);
    return resources.filter((resource) => resource.type !== type);
  };

export const dataMutations: readonly Mutation[] = [
  {
    rule: "sovereignty-region",
    stack: "sovereign-aws-eu",
    when: "a subnet is put into Frankfurt, in AWS's own partition",
    patch: (resources) => {
      const subnet = resources.find(({ type }) => type === "aws:ec2/subnet:Subnet")!;
      return changing(
        subnet.type,
        (props) => ({ ...props, availabilityZone: "eu-central-1a" }),
        subnet.name,
      )(resources);
    },
  },
  {
    rule: "sovereignty-region",
    stack: "sovereign-gcp-eu",
    when: "a node pool spreads into a zone of Belgium",
    patch: changing(
      "gcp:container/nodePool:NodePool",
      (props) => ({ ...props, nodeLocations: ["europe-west1-b"] }),
      "h100",
    ),
  },
  {
    rule: "sovereignty-residency",
    stack: "sovereign-aws-eu",
    when: "the key can be replicated to other regions",
    patch: changing("aws:kms/key:Key", (props) => ({ ...props, multiRegion: true })),
  },
  {
    rule: "sovereignty-residency",
    stack: "sovereign-gcp-eu",
    when: "snapshots are scheduled and nobody says where they go",
    patch: changing("gcp:compute/resourcePolicy:ResourcePolicy", (props) => ({
      ...props,
      snapshotSchedulePolicy: { schedule: { dailySchedule: { daysInCycle: 1, startTime: "04:00" } } },
    })),
  },
  {
    rule: "sovereignty-encryption",
    stack: "sovereign-aws-eu",
    when: "flow logs rest under CloudWatch's own key",
    patch: changing("aws:cloudwatch/logGroup:LogGroup", ({ kmsKeyId: _, ...props }) => props, "flow-logs"),
  },
  {
    rule: "sovereignty-encryption",
    stack: "prod-aws",
    when: "the key is no longer rotated",
    patch: changing("aws:kms/key:Key", (props) => ({ ...props, enableKeyRotation: false })),
  },
  {
    rule: "sovereignty-encryption",
    stack: "prod-gcp",
    when: "nodes boot from disks under Google's key",
    patch: changing("gcp:container/nodePool:NodePool", (props) => {
      const { bootDiskKmsKey: _, ...nodeConfig } = props.nodeConfig as { readonly bootDiskKmsKey: string };
      return { ...props, nodeConfig };
    }),
  },
  {
    rule: "sovereignty-support-access",
    stack: "sovereign-gcp-eu",
    when: "Google's support need not ask",
    patch: without("gcp:projects/accessApprovalSettings:AccessApprovalSettings"),
  },
  {
    rule: "sovereignty-support-access",
    stack: "sovereign-gcp-eu",
    when: "Google's support asks for Cloud Storage alone",
    patch: changing("gcp:projects/accessApprovalSettings:AccessApprovalSettings", (props) => ({
      ...props,
      enrolledServices: [{ cloudProduct: "storage.googleapis.com", enrollmentLevel: "BLOCK_ALL" }],
    })),
  },
  {
    rule: "sovereignty-isolation",
    stack: "sovereign-gcp-eu",
    when: "the jurisdiction comes to ask for confidential nodes",
    change: { jurisdiction: { isolation: "confidential" } },
  },
  {
    rule: "sovereignty-isolation",
    stack: "sovereign-onprem-eu",
    when: "the jurisdiction comes to ask for virtual machines",
    change: { jurisdiction: { isolation: "kvm" } },
  },
  {
    rule: "sovereignty-audit",
    stack: "sovereign-aws-eu",
    when: "the control plane's logs are kept for a month",
    patch: changing(
      "aws:cloudwatch/logGroup:LogGroup",
      (props) => ({ ...props, retentionInDays: 30 }),
      "control-plane",
    ),
  },
  {
    rule: "sovereignty-audit",
    stack: "prod-aws",
    when: "the control plane's logs go with the stack",
    patch: changing("aws:cloudwatch/logGroup:LogGroup", (props) => ({ ...props, skipDestroy: false }), "control-plane"),
  },
  {
    rule: "sovereignty-audit",
    stack: "sovereign-gcp-eu",
    when: "nobody takes down who looked at data",
    patch: without("gcp:projects/iAMAuditConfig:IAMAuditConfig"),
  },
];
