import { ComponentResource } from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { releases } from "../../../catalog/releases";
import { type Recording, recordProgram } from "../../recording";
import { Release } from "../../release";
import { DynamoPlatform } from "./operators";

class Scene extends ComponentResource {
  constructor() {
    super("test:Scene", "scene", {});
    const mirror = { images: "mirror.example.org/images" };
    const install = { install: false, mirror };
    const driver = new Release({ release: "dra-driver-nvidia-gpu", ...install }, { parent: this });
    const kai = new Release({ release: "kai-scheduler", after: [driver], ...install }, { parent: this });
    new DynamoPlatform("dynamo", { kai, highlyAvailable: true, mirror }, { parent: this });
  }
}

describe("Dynamo's platform", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await recordProgram("dynamo", () => new Scene());
  });
  const chart = (name: string) => recording.resource("kubernetes:helm.sh/v4:Chart", name);

  it("brings Grove first, then Dynamo, each in a namespace of its own", () => {
    expect(chart("dynamo-platform").dependencies).toContain(chart("grove-charts").urn);
    expect(chart("grove-charts").inputs.namespace).toBe(releases["grove-charts"].namespace);
    expect(chart("dynamo-platform").inputs.namespace).toBe(releases["dynamo-platform"].namespace);
  });

  it("brings neither a second Grove or KAI, nor a broker", () => {
    const { global } = chart("dynamo-platform").inputs.values as { global: Record<string, { install: boolean }> };
    expect(Object.entries(global).filter(([, { install }]) => install)).toEqual([]);
    expect(global).toMatchObject({ grove: { enabled: true }, "kai-scheduler": { enabled: true } });
  });

  it("takes every image from the mirror", () => {
    for (const name of ["grove-charts", "dynamo-platform"] as const) {
      const values = JSON.stringify(chart(name).inputs.values);
      for (const { repository } of releases[name].images) {
        expect(values).toContain(`mirror.example.org/images/${repository.slice(repository.indexOf("/") + 1)}`);
      }
    }
  });
});
