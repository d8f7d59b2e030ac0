import { beforeAll, describe, expect, it } from "vitest";
import { type Recording, record, wideEnvironment } from "../testing";

describe("ExistingCluster", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("meets the cluster by kubeconfig and named context, and applies on the server's side", () => {
    expect(recording.resource("pulumi:providers:kubernetes", "kubernetes").inputs).toEqual({
      kubeconfig: "/etc/example/kubeconfig",
      context: "wide",
      enableServerSideApply: "true",
    });
  });

  it("leaves the kubeconfig to the surroundings when none is named", async () => {
    const environment = wideEnvironment({ cluster: { kind: "existing", context: "wide", region: "eu-north-1" } });
    const { inputs } = (await record(environment)).resource("pulumi:providers:kubernetes", "kubernetes");
    expect(inputs.kubeconfig).toBeUndefined();
  });

  it("states each pool and where it stands, so that policies can price and place it", () => {
    const { pools } = wideEnvironment();
    for (const pool of pools) {
      const resource = recording.resource("ai-platform:cluster:NodePool", pool.name);
      expect(resource.inputs).toEqual({ pool: JSON.parse(JSON.stringify(pool)), region: "eu-north-1" });
    }
  });
});
