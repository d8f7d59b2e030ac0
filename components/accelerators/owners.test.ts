import { describe, expect, it } from "vitest";
import { checkOwners, commonLabels } from "./owners";
import { gpuPool } from "./testing";

const stockholm = { region: "eu-north-1" };
const mig = { devices: { sharing: { how: "mig", profiles: ["1g.10gb"] } } };

describe("checkOwners", () => {
  it("has nothing against pools whose nodes are told apart", () => {
    const pools = [
      gpuPool("dra"),
      gpuPool("hami", { devices: { owner: "hami" } }),
      gpuPool("plugin", { devices: { owner: "device-plugin" } }),
      gpuPool("slices", mig),
    ];
    expect(() => checkOwners(pools, stockholm)).not.toThrow();
  });

  it("has nothing against like pools whose nodes are not", () => {
    const pools = [gpuPool("a", { labels: {} }), gpuPool("b", { labels: {}, accelerator: "l40s-48gb" })];
    expect(() => checkOwners(pools, stockholm)).not.toThrow();
  });

  it("refuses two owners of the same nodes", () => {
    const pools = [gpuPool("a", { labels: {} }), gpuPool("b", { devices: { owner: "hami" } })];
    expect(() => checkOwners(pools, stockholm)).toThrow(
      "pools a and b: nothing tells their nodes apart, and dra and hami would both hand out their GPUs. Give their nodes, and labels of the pools, a label in which they differ.",
    );
  });

  it("refuses two schedulers of the same nodes", () => {
    // Two labels that do not exclude each other: a node may have both.
    const pools = [
      gpuPool("a", { accelerator: "l40s-48gb", labels: { size: "large" } }),
      gpuPool("b", { ...mig, labels: { kind: "slices" } }),
    ];
    expect(() => checkOwners(pools, stockholm)).toThrow(
      "pools a and b: nothing tells their nodes apart, and kai-scheduler and default-scheduler would both place pods on them.",
    );
  });

  it("refuses a driver that is installed twice", () => {
    const operator = gpuPool("new", { driver: "operator", devices: { owner: "device-plugin" } });
    const image = { driver: "image", devices: { owner: "device-plugin" } };
    expect(() => checkOwners([operator, gpuPool("old", image)], stockholm)).toThrow(
      'pools new and old: the GPU Operator installs a driver on every GPU node, and that of old has one by driver: image. State driver: operator for both, or label the nodes of old nvidia.com/gpu.deploy.driver: "false".',
    );
    const spared = gpuPool("old", { ...image, labels: { pool: "old", "nvidia.com/gpu.deploy.driver": "false" } });
    expect(() => checkOwners([operator, spared], stockholm)).not.toThrow();
  });

  it("refuses the GPU Operator's device plugin on nodes of another owner", () => {
    const plugin = gpuPool("plugin", { driver: "image", devices: { owner: "device-plugin" } });
    expect(() => checkOwners([plugin, gpuPool("dra", { driver: "image" })], stockholm)).toThrow(
      'pools plugin and dra: the GPU Operator runs its device plugin on every GPU node, and dra hands out the GPUs of dra. State the same devices.owner for both, or label the nodes of dra nvidia.com/gpu.deploy.device-plugin: "false".',
    );
    const labels = { pool: "dra", "nvidia.com/gpu.deploy.device-plugin": "false" };
    expect(() => checkOwners([plugin, gpuPool("dra", { driver: "image", labels })], stockholm)).not.toThrow();
    // GKE brings a plugin of its own, and runs it where it is told to.
    expect(() => checkOwners([plugin, gpuPool("dra", { driver: "image" })], { region: "europe-west4" })).not.toThrow();
    // Where the machines are somebody else's, so is the plugin, and it is on the nodes that they chose.
    const theirs = gpuPool("plugin", { driver: "host", devices: { owner: "device-plugin" } });
    expect(() => checkOwners([theirs, gpuPool("dra")], stockholm)).not.toThrow();
  });

  it("refuses HAMi pools that no one selector finds", () => {
    const hami = { devices: { owner: "hami" } };
    expect(() => checkOwners([gpuPool("a", hami), gpuPool("b", hami)], stockholm)).toThrow(
      "pools a, b: HAMi finds its nodes by one set of labels, and these pools have none in common.",
    );
    const common = (name: string, more: object = {}) => gpuPool(name, { labels: { pool: name, on: "yes" }, ...more });
    expect(() => checkOwners([common("a", hami), common("b", hami)], stockholm)).not.toThrow();
    expect(() => checkOwners([common("a", hami), common("b", hami), common("c")], stockholm)).toThrow(
      "pools a, b and c: the labels by which HAMi finds its nodes are on those of c as well, whose GPUs dra hands out.",
    );
  });

  it("refuses what one DRA driver cannot do for all of its nodes", () => {
    const labels = { pool: "b", "nvidia.com/gpu.deploy.driver": "false" };
    expect(() => checkOwners([gpuPool("a", { driver: "operator" }), gpuPool("b", { labels })], stockholm)).toThrow(
      "pools a and b: the DRA driver looks for NVIDIA's driver in one place on all nodes, and the GPU Operator puts it elsewhere than host. State the same driver for both.",
    );
  });
});

describe("commonLabels", () => {
  it("are those that every pool has with the same value", () => {
    const pools = [
      gpuPool("a", { labels: { pool: "a", owner: "hami", size: "large" } }),
      gpuPool("b", { labels: { pool: "b", owner: "hami" } }),
    ];
    expect(commonLabels(pools)).toEqual({ owner: "hami" });
  });
});
