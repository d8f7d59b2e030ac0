import { describe, expect, it } from "vitest";
import type { EnvironmentInput } from "../../stacks/environment";
import { wideEnvironment } from "../testing";
import { ClusterError, type ClusterFacts, shortcomings } from "./probe";

const ready: ClusterFacts = {
  version: "v1.36.3",
  apis: ["apps/v1", "resource.k8s.io/v1"],
  definitions: [
    { name: "widgets.example.org", managers: ["helm"] },
    { name: "gateways.gateway.networking.k8s.io", managers: ["pulumi-kubernetes-1a2b3c4d"] },
  ],
  devicePluginNodes: [],
};

const found = (facts: Partial<ClusterFacts>, change: Partial<EnvironmentInput> = {}) =>
  shortcomings({ ...ready, ...facts }, wideEnvironment(change));

/** The wide environment with HAMi instead of DRA on every GPU pool. */
const hami = wideEnvironment().pools.map(({ name, min, max, machine, accelerator, perNode, multiNode }) => ({
  name,
  min,
  max,
  multiNode,
  machine: { cpus: machine.cpus, memoryGib: machine.memoryGib },
  ...(accelerator === undefined ? {} : { accelerator, perNode, devices: { owner: "hami" as const } }),
}));

describe("a cluster that was there before", () => {
  it("carries the platform when it has what that needs, and others' definitions beside", () => {
    expect(found({})).toEqual([]);
  });

  it("must be new enough for DRA", () => {
    expect(found({ version: "v1.33.5" })).toEqual([
      "Kubernetes v1.33.5 is too old: pool h100 hands its GPUs out by DRA, which needs 1.34 or newer. Upgrade the cluster, or state devices.owner: hami.",
    ]);
  });

  it("must serve DRA", () => {
    expect(found({ apis: ["apps/v1", "resource.k8s.io/v1beta1"] })).toEqual([
      "the API server does not serve resource.k8s.io/v1, by which pool h100 hands its GPUs out. Turn dynamic resource allocation on, or state devices.owner: hami.",
    ]);
  });

  it("may be older where HAMi hands the GPUs out", () => {
    expect(found({ version: "v1.31.0", apis: [] }, { pools: hami, models: [] })).toEqual([]);
  });

  it("must have one owner of its GPUs", () => {
    expect(found({ devicePluginNodes: ["gpu-1", "gpu-2", "gpu-3", "gpu-4", "gpu-5"] })).toEqual([
      "a device plugin hands out the GPUs of gpu-1, gpu-2, gpu-3 and 2 more, and so would the DRA driver. Turn the plugin off on these nodes, or state devices.owner: device-plugin.",
    ]);
  });

  it("must not have our definitions from another hand", () => {
    const definitions = [{ name: "gateways.gateway.networking.k8s.io", managers: ["kubectl", "helm"] }];
    expect(found({ definitions })).toEqual([
      "gateways.gateway.networking.k8s.io is there already, by helm, kubectl. If the cluster brings gateway-api, add it to cluster.provides; else remove what is there.",
    ]);
  });

  it("may bring definitions that it is said to provide", () => {
    const definitions = [{ name: "gateways.gateway.networking.k8s.io", managers: ["kubectl"] }];
    const cluster = { ...wideEnvironment().cluster, provides: ["gateway-api"] } as EnvironmentInput["cluster"];
    expect(found({ definitions }, { cluster })).toEqual([]);
  });

  it("is refused with everything that it lacks at once", () => {
    const problems = found({ version: "v1.30.0", devicePluginNodes: ["gpu-1"] });
    expect(problems).toHaveLength(2);
    expect(new ClusterError("onprem", problems).message).toBe(
      `cluster.context "onprem" cannot carry this platform:\n  ${problems.join("\n  ")}`,
    );
  });
});
