import { describe, expect, it } from "vitest";
import { documentOf, recordEks } from "./testing";

const key = "aws:kms/key:Key";

describe("Encryption", () => {
  it("makes a key that rotates, and that only services of this account use for this account", async () => {
    const { recording } = await recordEks();
    const { inputs } = recording.resource(key, "key");
    expect(inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    const { Statement: statements } = documentOf(inputs);
    for (const { Sid, Principal, Condition } of statements) {
      const everybody = Principal.AWS === "*" || Principal.Service !== undefined;
      expect(everybody ? JSON.stringify(Condition) : "111122223333", Sid).toContain("111122223333");
    }
    const { Condition } = statements.find(({ Sid }: { Sid: string }) => Sid === "VolumesOfNodesForTheirLife");
    expect(Condition).toEqual({
      StringEquals: { "kms:CallerAccount": "111122223333" },
      ArnLike: {
        "aws:PrincipalArn": [
          "arn:aws:iam::111122223333:role/aws-service-role/*/AWSServiceRoleForAutoScaling",
          "arn:aws:iam::111122223333:role/aws-service-role/*/AWSServiceRoleForEC2Spot",
        ],
      },
      Bool: { "kms:GrantIsForAWSResource": true },
    });
  });

  it("takes the key that is there, and makes none", async () => {
    const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const { recording } = await recordEks({ encryption: { key: id } });
    expect(recording.resources.filter(({ type }) => type.startsWith("aws:kms/"))).toEqual([]);
    const arn = `arn:aws:kms:eu-north-1:111122223333:key/${id}`;
    expect(recording.resource("aws:eks/cluster:Cluster", "control-plane").inputs.encryptionConfig).toEqual({
      provider: { keyArn: arn },
      resources: ["secrets"],
    });
    expect(recording.object("StorageClass", "gp3").parameters.kmsKeyId).toBe(arn);
  });

  it("encrypts secrets, logs, messages, the nodes' volumes and those of pods with the one key", async () => {
    const { recording } = await recordEks();
    const uses = recording.resources.filter(({ inputs }) => JSON.stringify(inputs).includes("<arn of key>"));
    expect(uses.map(({ type, name }) => `${type.split(":").pop()} ${name}`).sort()).toEqual([
      "Cluster control-plane",
      "EC2NodeClass burst",
      "LaunchTemplate h100",
      "LaunchTemplate system",
      "LogGroup control-plane",
      "LogGroup flow-logs",
      "Queue interruption",
      "RolePolicy control-plane",
      "RolePolicy ebs-csi",
      "RolePolicy karpenter",
      "StorageClass gp3",
    ]);
  });
});
