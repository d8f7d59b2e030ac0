import { beforeAll, describe, expect, it } from "vitest";
import { type KubernetesObject, type Recording, record, wideEnvironment } from "../testing";
import { authorizationModel } from "./model";

const only = (recording: Recording, kind: string): KubernetesObject => {
  const found = recording.objects.filter(
    (object) => object.kind === kind && object.metadata.name.startsWith("openfga-store-"),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe("Authorization", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("migrates an existing database in an init container, with the secret by reference", () => {
    expect(recording.values("openfga").datastore).toEqual({
      engine: "postgres",
      existingSecret: "openfga-postgres",
      secretKeys: { uriKey: "uri" },
      migrationType: "initContainer",
    });
    expect(JSON.stringify(recording.resources)).not.toContain("postgres://");
  });

  it("has nothing to migrate in memory", async () => {
    const environment = wideEnvironment({ tier: "development" });
    environment.authorization.datastore = { engine: "memory" };
    expect((await record(environment)).values("openfga").datastore).toEqual({ engine: "memory" });
  });

  it("runs without a playground, from the mirror, and only for its own namespace", () => {
    expect(recording.values("openfga")).toMatchObject({
      image: { repository: "mirror.example.org/images/openfga/openfga" },
      playground: { enabled: false },
    });
    const { ingress, egress } = recording.object("NetworkPolicy", "allowed", "openfga").spec;
    expect(ingress).toEqual([{ from: [{ podSelector: {} }] }]);
    // Beside names and itself, the port of its database.
    expect(egress.at(-1)).toEqual({ ports: [{ protocol: "TCP", port: 5432 }] });
  });

  it("imports the model and the environment's tuples, and nothing else", () => {
    const { data } = only(recording, "ConfigMap");
    expect(JSON.parse(data["model.json"])).toEqual(authorizationModel);
    const store = JSON.parse(data["store.fga.yaml"]);
    expect(store.tuples).toEqual(wideEnvironment().authorization.tuples);
    expect(store.model_file).toBe("model.json");
    expect(store.name).toMatch(/^ai-platform-[0-9a-f]{10}$/);
  });

  it("writes it with the CLI, once OpenFGA stands", () => {
    const [container] = only(recording, "Job").spec.template.spec.containers;
    expect(container.image).toContain("mirror.example.org/images/openfga/cli:");
    expect(container.args).toEqual([
      "store",
      "import",
      "--file=/store/store.fga.yaml",
      "--api-url=http://openfga.openfga.svc.cluster.local:8080",
    ]);
    const job = recording.resource("kubernetes:batch/v1:Job", "openfga-store");
    const chart = recording.resource("kubernetes:helm.sh/v4:Chart", "openfga");
    expect(recording.waitsFor(job, chart)).toBe(true);
  });

  it("makes a new store for other tuples, so that a withdrawn one is gone", async () => {
    const same = only(await record(wideEnvironment()), "Job").metadata.name;
    const environment = wideEnvironment();
    environment.authorization.tuples.pop();
    const fewer = only(await record(environment), "Job").metadata.name;
    const before = only(recording, "Job").metadata.name;
    expect(same).toBe(before);
    expect(fewer).not.toBe(before);
  });
});
