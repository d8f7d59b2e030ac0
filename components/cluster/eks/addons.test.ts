import { beforeAll, describe, expect, it } from "vitest";
import { addons } from "../../../catalog/addons";
import type { Recording } from "../../recording";
import { documentOf, recordEks } from "./testing";

const addon = "aws:eks/addon:Addon";

describe("add-ons", () => {
  let recording: Recording;
  beforeAll(async () => {
    ({ recording } = await recordEks());
  });

  it("are all of the catalog's, in its versions for the minor", () => {
    const installed = recording.resources.filter(({ type }) => type === addon);
    expect(Object.fromEntries(installed.map(({ inputs }) => [inputs.addonName, inputs.addonVersion]))).toEqual(
      addons["1.36"].versions,
    );
  });

  it("enforce network policies", () => {
    expect(JSON.parse(recording.resource(addon, "vpc-cni").inputs.configurationValues as string)).toEqual({
      enableNetworkPolicy: "true",
    });
  });

  it.each([
    ["vpc-cni", "aws-node", "vpc-cni-AmazonEKS_CNI_Policy"],
    ["aws-ebs-csi-driver", "ebs-csi-controller-sa", "ebs-csi-AmazonEBSCSIDriverPolicy"],
  ])("give %s rights of its own, which its node does not have", (name, serviceAccount, attachment) => {
    const role = attachment.slice(0, attachment.lastIndexOf("-"));
    const installed = recording.resource(addon, name);
    expect(installed.inputs.podIdentityAssociations).toEqual([{ serviceAccount, roleArn: `<arn of ${role}>` }]);
    const { Statement: trust } = documentOf(recording.resource("aws:iam/role:Role", role).inputs, "assumeRolePolicy");
    expect(trust).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
      },
    ]);
    const rights = recording.resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", attachment);
    expect(recording.waitsFor(installed, rights)).toBe(true);
  });

  it("leave nodes the right to join and to pull images, and no other", () => {
    const attached = recording.resources.filter(
      ({ type, inputs }) =>
        type === "aws:iam/rolePolicyAttachment:RolePolicyAttachment" && /node$/.test(inputs.role as string),
    );
    expect(attached.map(({ inputs }) => `${inputs.role} ${inputs.policyArn}`).sort()).toEqual(
      ["ai-prod-karpenter-node", "ai-prod-node"].flatMap((role) =>
        ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"].map(
          (policy) => `${role} arn:aws:iam::aws:policy/${policy}`,
        ),
      ),
    );
  });

  it("that run in pods wait for nodes, and those that make nodes do not", () => {
    const nodes = recording.resource("aws:eks/nodeGroup:NodeGroup", "system");
    for (const name of ["coredns", "aws-ebs-csi-driver"]) {
      expect(recording.waitsFor(recording.resource(addon, name), nodes), name).toBe(true);
    }
    expect(recording.waitsFor(recording.resource(addon, "vpc-cni"), nodes)).toBe(false);
  });

  it("come with encrypted volumes where a pod names no class", () => {
    expect(recording.object("StorageClass", "gp3")).toMatchObject({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", kmsKeyId: "<arn of key>" },
      volumeBindingMode: "WaitForFirstConsumer",
    });
  });
});
