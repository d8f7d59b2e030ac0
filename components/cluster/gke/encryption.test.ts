import { describe, expect, it } from "vitest";
import { gkeArgs, recordGke } from "./testing";

const cryptoKey = "gcp:kms/cryptoKey:CryptoKey";
const user = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember";
const role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
const gke = "serviceAccount:service-210987654321@container-engine-robot.iam.gserviceaccount.com";
const logging = "serviceAccount:service-210987654321@gcp-sa-logging.iam.gserviceaccount.com";
const compute = "serviceAccount:service-210987654321@compute-system.iam.gserviceaccount.com";

describe("keys", () => {
  it("of the cluster's own are three, in its region, rotated, each for the one agent that uses it", async () => {
    const recording = await recordGke(gkeArgs());
    expect(recording.one("gcp:kms/keyRing:KeyRing", "key-ring").inputs).toEqual({
      name: "ai-prod",
      location: "europe-west4",
    });
    for (const use of ["secrets", "disks", "logs"]) {
      expect(recording.one(cryptoKey, `${use}-key`).inputs).toEqual({
        name: use,
        keyRing: "KeyRing/ai-prod",
        purpose: "ENCRYPT_DECRYPT",
        rotationPeriod: "7776000s",
        deletionPolicy: "PREVENT",
      });
    }
    expect(recording.of(user).map(({ inputs }) => inputs)).toEqual([
      { cryptoKeyId: "CryptoKey/secrets", role, member: gke },
      { cryptoKeyId: "CryptoKey/disks", role, member: compute },
      { cryptoKeyId: "CryptoKey/logs", role, member: logging },
    ]);
    const cluster = recording.one("gcp:container/cluster:Cluster", "cluster").inputs;
    expect(cluster.databaseEncryption).toEqual({ state: "ENCRYPTED", keyName: "CryptoKey/secrets" });
    expect(cluster.nodeConfig.bootDiskKmsKey).toBe("CryptoKey/disks");
  });

  it("go with a development cluster", async () => {
    const recording = await recordGke(gkeArgs({ tier: "development" }));
    expect(recording.one(cryptoKey, "disks-key").inputs.deletionPolicy).toBe("DELETE");
  });

  it("that the environment names are used as they are, by the same agents", async () => {
    const key = "projects/acme-keys/locations/europe-west4/keyRings/ai/cryptoKeys/platform";
    const recording = await recordGke(gkeArgs({ cluster: { encryption: { key } } }));
    expect(recording.of("gcp:kms/keyRing:KeyRing")).toEqual([]);
    expect(recording.of(cryptoKey)).toEqual([]);
    expect(recording.of(user).map(({ inputs }) => inputs)).toEqual([
      { cryptoKeyId: key, role, member: gke },
      { cryptoKeyId: key, role, member: compute },
      { cryptoKeyId: key, role, member: logging },
    ]);
    const pool = recording.one("gcp:container/nodePool:NodePool", "h100").inputs;
    expect(pool.nodeConfig.bootDiskKmsKey).toBe(key);
  });
});
