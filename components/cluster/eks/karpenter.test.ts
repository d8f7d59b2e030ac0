import { beforeAll, describe, expect, it } from "vitest";
import type { Recording } from "../../recording";
import { burstPool, cpuPool, documentOf, gpuPool, recordEks, settings } from "./testing";

const scaling = (name: string, change: Parameters<typeof cpuPool>[0] = {}) =>
  cpuPool({ name, nodes: "karpenter", min: 0, max: 5, ...change });

describe("Karpenter", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks({}, [
      cpuPool(),
      burstPool(),
      scaling("web", { zones: ["a", "c"] }),
      burstPool({ name: "pair", capacity: "on-demand", multiNode: true, zones: ["b"] }),
      burstPool({ name: "booked", capacity: "reserved", reservation: "cr-0abc", zones: ["c"] }),
    ]));
  });

  it("may end machines of this cluster only, and start none that are not tagged as such", () => {
    const { Statement: statements } = documentOf(
      recording.resource("aws:iam/rolePolicy:RolePolicy", "karpenter").inputs,
    );
    const of = (sid: string) => statements.find(({ Sid }: { Sid?: string }) => Sid === sid);
    const owned = {
      StringEquals: { "aws:ResourceTag/kubernetes.io/cluster/ai-prod": "owned" },
      StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
    };
    expect(of("EndWhatIsOwned").Condition).toEqual(owned);
    expect(of("LaunchByTemplate").Condition).toEqual(owned);
    expect(of("LaunchWithTags").Condition.StringEquals).toEqual({
      "aws:RequestTag/kubernetes.io/cluster/ai-prod": "owned",
      "aws:RequestTag/eks:eks-cluster-name": "ai-prod",
    });
    expect(of("GiveNodesTheirRole")).toMatchObject({
      Resource: "<arn of karpenter-node>",
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    });
  });

  it("makes no instance profile, since IAM cannot be reached from a closed network", () => {
    const { policy } = recording.resource("aws:iam/rolePolicy:RolePolicy", "karpenter").inputs;
    expect(policy).not.toMatch(/iam:(Create|Add|Remove|Delete|Tag)/);
    expect(recording.object("EC2NodeClass", "burst").spec).toMatchObject({ instanceProfile: "ai-prod-karpenter-node" });
  });

  it("fits its rights into one inline policy", () => {
    const { policy } = recording.resource("aws:iam/rolePolicy:RolePolicy", "karpenter").inputs;
    expect((policy as string).length).toBeLessThan(10_240);
  });

  it("gets its rights by pod identity, in the account of its pods", () => {
    expect(recording.resource("aws:eks/podIdentityAssociation:PodIdentityAssociation", "karpenter").inputs).toEqual({
      clusterName: "ai-prod",
      namespace: "karpenter",
      serviceAccount: "karpenter",
      roleArn: "<arn of karpenter>",
    });
    expect(recording.values("karpenter").serviceAccount).toEqual({ name: "karpenter" });
  });

  it("has its nodes let in, which EKS does by itself for its own groups only", () => {
    expect(recording.resource("aws:eks/accessEntry:AccessEntry", "karpenter-node").inputs).toEqual({
      clusterName: "ai-prod",
      principalArn: "<arn of karpenter-node>",
      type: "EC2_LINUX",
    });
  });

  it("hears of every event that takes a machine away", () => {
    const patterns = recording.resources
      .filter(({ type }) => type === "aws:cloudwatch/eventRule:EventRule")
      .map(({ inputs }) => JSON.parse(inputs.eventPattern as string)["detail-type"][0]);
    expect(patterns.sort()).toEqual([
      "AWS Health Event",
      "EC2 Capacity Reservation Instance Interruption Warning",
      "EC2 Instance Rebalance Recommendation",
      "EC2 Instance State-change Notification",
      "EC2 Spot Instance Interruption Warning",
    ]);
    const targets = recording.resources.filter(({ type }) => type === "aws:cloudwatch/eventTarget:EventTarget");
    expect(targets.map(({ inputs }) => inputs.arn)).toEqual(Array(5).fill("<arn of interruption>"));
    const [events] = documentOf(recording.resource("aws:sqs/queuePolicy:QueuePolicy", "interruption").inputs).Statement;
    expect(events).toMatchObject({
      Principal: { Service: "events.amazonaws.com" },
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:events:eu-north-1:111122223333:rule/ai-prod-*" } },
    });
  });

  it("is told its cluster, its queue and to repair nodes", () => {
    expect(recording.values("karpenter")).toMatchObject({
      replicas: 2,
      settings: {
        clusterName: "ai-prod",
        clusterEndpoint: "https://api.example",
        interruptionQueue: "ai-prod-interruption",
        isolatedVPC: false,
        featureGates: { nodeRepair: true },
      },
      controller: { image: { repository: "public.ecr.aws/karpenter/controller", digest: "" } },
    });
  });

  it("looks for no service that a closed network does not have, and comes from the mirror", async () => {
    const { recording: closed } = await recordEks(
      { network: { ...settings().network, egress: "none" } },
      [cpuPool({ min: 1, max: 1 }), burstPool()],
      { mirror: { images: "mirror.example.org", charts: "oci://mirror.example.org/charts" } },
    );
    const { settings: values, replicas, controller } = closed.values("karpenter");
    expect(values.isolatedVPC).toBe(true);
    // Its pods never share a node.
    expect(replicas).toBe(1);
    expect(controller.image.repository).toBe("mirror.example.org/karpenter/controller");
    for (const chart of ["karpenter", "karpenter-crd"]) {
      expect(closed.resource("kubernetes:helm.sh/v4:Chart", chart).inputs.chart).toBe(
        `oci://mirror.example.org/charts/${chart}`,
      );
    }
  });

  it("makes nodes of one machine, in the pool's zones, bought as the pool states", () => {
    const { spec } = recording.object("NodePool", "web");
    expect(spec.template.spec.requirements).toEqual([
      { key: "node.kubernetes.io/instance-type", operator: "In", values: ["m7i.4xlarge"] },
      { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
      { key: "topology.kubernetes.io/zone", operator: "In", values: ["eu-north-1a", "eu-north-1c"] },
      { key: "kubernetes.io/os", operator: "In", values: ["linux"] },
    ]);
    expect(spec.template.spec.nodeClassRef).toEqual({ group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "web" });
    expect(recording.object("NodePool", "burst").spec.template.spec.requirements).toContainEqual({
      key: "karpenter.sh/capacity-type",
      operator: "In",
      values: ["spot"],
    });
  });

  it("makes no more than the pool's maximum, in nodes and in GPUs", () => {
    expect(recording.object("NodePool", "web").spec.limits).toEqual({ nodes: "5" });
    expect(recording.object("NodePool", "burst").spec.limits).toEqual({ nodes: "4", "nvidia.com/gpu": "32" });
  });

  it("labels and taints nodes as a node group of the pool would", () => {
    const { template } = recording.object("NodePool", "burst").spec;
    expect(template.metadata.labels).toMatchObject({ "ai-platform/pool": "burst", "nvidia.com/gpu.present": "true" });
    expect(template.spec.taints).toEqual([
      { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
      { key: "ai-platform/spot", value: "true", effect: "NoSchedule" },
    ]);
  });

  it("takes a GPU node away only when it is empty, and any node after a month", () => {
    expect(recording.object("NodePool", "burst").spec).toMatchObject({
      disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "10m" },
      template: { spec: { expireAfter: "720h", terminationGracePeriod: "1h" } },
    });
    expect(recording.object("NodePool", "web").spec.disruption.consolidationPolicy).toBe("WhenEmptyOrUnderutilized");
  });

  it("starts machines as safely as a node group does", () => {
    expect(recording.object("EC2NodeClass", "burst").spec).toMatchObject({
      amiSelectorTerms: [{ alias: expect.stringMatching(/^al2023@v\d{8}$/) }],
      subnetSelectorTerms: [{ tags: { "karpenter.sh/discovery": "ai-prod" } }],
      securityGroupSelectorTerms: [{ id: "sg-cluster" }],
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: "/dev/xvda", ebs: { encrypted: true, kmsKeyID: "<arn of key>", volumeSize: "500Gi" } },
      ],
      tags: { "ai-platform/stack": "prod", "ai-platform/tier": "production", "ai-platform/managed-by": "pulumi" },
    });
  });

  it("joins machines that work together, and takes reserved ones from their reservation", () => {
    const pair = recording.object("EC2NodeClass", "pair").spec;
    expect(pair.networkInterfaces).toHaveLength(5);
    expect(pair.placementGroupSelector).toEqual({ name: "ai-prod-pair" });
    const booked = recording.object("EC2NodeClass", "booked").spec;
    expect(booked.capacityReservationSelectorTerms).toEqual([{ id: "cr-0abc" }]);
    expect(booked).not.toHaveProperty("placementGroupSelector");
    expect(recording.object("EC2NodeClass", "burst").spec).not.toHaveProperty("networkInterfaces");
  });

  it("outlives the nodes that it made", () => {
    const pool = recording.resources.find(
      ({ type, name }) => type === "kubernetes:karpenter.sh/v1:NodePool" && name === "burst",
    )!;
    for (const [type, name] of [
      ["kubernetes:helm.sh/v4:Chart", "karpenter"],
      ["aws:eks/podIdentityAssociation:PodIdentityAssociation", "karpenter"],
      ["aws:iam/rolePolicy:RolePolicy", "karpenter"],
      ["aws:eks/accessEntry:AccessEntry", "karpenter-node"],
      ["aws:ec2/route:Route", "nodes-a"],
    ] as const) {
      expect(recording.waitsFor(pool, recording.resource(type, name)), `${type} ${name}`).toBe(true);
    }
  });

  it("is not there when no pool asks for it", async () => {
    const { recording: fixed, cluster } = await recordEks({}, [cpuPool(), gpuPool()]);
    expect(fixed.resources.filter(({ type, name }) => /karpenter|sqs|Event/i.test(`${type} ${name}`))).toEqual([]);
    expect(cluster.capabilities.autoscaler).toBe("none");
  });
});
