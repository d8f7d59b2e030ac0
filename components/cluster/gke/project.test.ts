import { describe, expect, it } from "vitest";
import { gkeArgs, recordGke } from "./testing";

const workload = "gcp:assuredworkloads/workload:Workload";
const assuredWorkload = {
  organization: "987654321098",
  billingAccount: "012345-6789AB-CDEF01",
  regime: "EU_REGIONS_AND_SUPPORT",
} as const;

describe("the project", () => {
  it("keeps its APIs when the cluster goes", async () => {
    const recording = await recordGke(gkeArgs());
    for (const { inputs } of recording.of("gcp:projects/service:Service")) {
      expect(inputs).toMatchObject({ project: "acme-ai-prod", disableOnDestroy: false });
    }
    expect(recording.of(workload)).toEqual([]);
  });

  it("is under its regime before anything is made in it", async () => {
    const recording = await recordGke(gkeArgs({ cluster: { assuredWorkload } }));
    const regime = recording.one(workload, "assured-workload");
    expect(regime.inputs).toEqual({
      displayName: "aip-ai-prod",
      organization: "987654321098",
      location: "europe-west4",
      complianceRegime: "EU_REGIONS_AND_SUPPORT",
      billingAccount: "billingAccounts/012345-6789AB-CDEF01",
      resourceSettings: [{ resourceType: "CONSUMER_FOLDER", displayName: "ai-prod" }],
      violationNotificationsEnabled: true,
      deletionPolicy: "PREVENT",
    });
    const others = recording.resources.filter(({ type, urn }) => type.startsWith("gcp:") && urn !== regime.urn);
    expect(others.filter((other) => !recording.waitsFor(other, regime)).map(({ name }) => name)).toEqual([]);
  });

  it("has a regime whose names fit their limits, however long the cluster's is", async () => {
    const name = "a-cluster-with-a-name-of-forty-characters";
    const recording = await recordGke(gkeArgs({ cluster: { name: name.slice(0, 40), assuredWorkload } }));
    const { displayName } = recording.one(workload, "assured-workload").inputs;
    expect(displayName).toMatch(/^[A-Za-z0-9 -]{4,30}$/);
    expect(recording.one("gcp:serviceaccount/account:Account", "nodes").inputs.accountId).toMatch(
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    );
  });
});
