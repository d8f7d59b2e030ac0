import { describe, expect, it } from "vitest";
import { fitting, labelValue, nodeAccountId } from "./names";
import { gkeArgs, recordGke } from "./testing";

describe("identities", () => {
  it("are nodes with two roles, and the administrators that were named", async () => {
    const recording = await recordGke(
      gkeArgs({ cluster: { admins: ["group:platform@example.org", "user:ada@example.org"] } }),
    );
    const nodes = "serviceAccount:ai-prod-nodes@acme-ai-prod.iam.gserviceaccount.com";
    const grants = recording.of("gcp:projects/iAMMember:IAMMember").map(({ inputs }) => inputs);
    const project = "acme-ai-prod";
    expect(grants).toHaveLength(4);
    expect(grants).toEqual(
      expect.arrayContaining([
        { project, role: "roles/container.defaultNodeServiceAccount", member: nodes },
        { project, role: "roles/artifactregistry.reader", member: nodes },
        { project, role: "roles/container.admin", member: "group:platform@example.org" },
        { project, role: "roles/container.admin", member: "user:ada@example.org" },
      ]),
    );
  });
});

describe("names", () => {
  it("that are cut never meet", () => {
    const [one, other] = ["a", "b"].map((end) => fitting(`${"long-".repeat(8)}${end}`, 24));
    expect(one).toHaveLength(24);
    expect(one).not.toBe(other);
    expect(fitting("short", 24)).toBe("short");
  });

  it("of accounts have at least six characters", () => {
    expect(nodeAccountId("a")).toBe("a-nodes");
  });

  it("of labels are what Google takes", () => {
    expect(labelValue("Prod/GCP.eu")).toBe("prod-gcp-eu");
  });
});
