import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../testing";
import type { ControlPlane, KubeObject } from ".";
import { h100Node } from "./fixtures";
import { applyNodes, gpuTaint, type SimulatedNode } from "./nodes";
import { type OwnControlPlane, ownControlPlane } from "./testing";

const node = h100Node({ name: "plain", group: "devices", gpus: 1 });

const group = "/apis/resource.k8s.io/v1";
const namespaced = "/api/v1/namespaces/default";
const type = (name: string) =>
  `device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "${name}"`;
const profile = (name: string) => `device.attributes["gpu.nvidia.com"].profile == "${name}"`;

/** Which devices the real scheduler gives to whom, when they are published as they would be on hardware. */
describe("the scheduler, with the devices of simulated nodes", () => {
  let own: OwnControlPlane;
  let plane: ControlPlane;

  const apply = (path: string, object: KubeObject) => plane.client.apply(path, object, { fieldManager: "test" });

  function deviceClass(name: string, expression: string, extra: object = {}) {
    return apply(`${group}/deviceclasses/${name}`, {
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      metadata: { name },
      spec: { selectors: [{ cel: { expression } }], ...extra },
    });
  }

  function pod(name: string, spec: object) {
    return apply(`${namespaced}/pods/${name}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec,
    });
  }

  /** A pod on a node of its own choice that claims one device, or a part of one. */
  async function claiming(name: string, on: string, request: { class: string; profile?: string; memory?: string }) {
    const exactly = {
      deviceClassName: request.class,
      ...(request.profile && { selectors: [{ cel: { expression: profile(request.profile) } }] }),
      ...(request.memory && { capacity: { requests: { memory: request.memory } } }),
    };
    await apply(`${group}/namespaces/default/resourceclaimtemplates/${name}`, {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaimTemplate",
      metadata: { name, namespace: "default" },
      spec: { spec: { devices: { requests: [{ name: "gpu", exactly }] } } },
    });
    await pod(name, {
      nodeSelector: { "kubernetes.io/hostname": on },
      tolerations: [{ key: gpuTaint.key, operator: "Exists" }],
      resourceClaims: [{ name: "gpu", resourceClaimTemplateName: name }],
      containers: [{ name: "main", image: "example.test/image", resources: { claims: [{ name: "gpu" }] } }],
    });
  }

  const phase = async (name: string) => (await plane.client.get(`${namespaced}/pods/${name}`)).status.phase;
  const runs = (name: string) => eventually(`${name} runs`, async () => (await phase(name)) === "Running");
  const waits = (name: string, reason: RegExp) =>
    eventually(`${name} waits, as ${reason}`, async () => {
      const { status } = await plane.client.get(`${namespaced}/pods/${name}`);
      const condition = status.conditions?.find((entry: { type: string }) => entry.type === "PodScheduled");
      return status.phase === "Pending" && condition?.status === "False" && reason.test(condition.message);
    });
  const nothingLeft = /cannot allocate all claims/;

  async function end(...names: string[]) {
    for (const name of names) await plane.client.delete(`${namespaced}/pods/${name}?gracePeriodSeconds=0`);
    await eventually(`${names} are gone`, async () => {
      const pods = await plane.client.list(`${namespaced}/pods`);
      return !pods.some(({ metadata }) => names.includes(metadata.name));
    });
  }

  beforeAll(async () => {
    own = await ownControlPlane();
    plane = own.plane;
    await eventually("there is a default service account", async () =>
      (await plane.client.list(`${namespaced}/serviceaccounts`)).some(({ metadata }) => metadata.name === "default"),
    );
    const mig: SimulatedNode["devices"] = { owner: "dra", sharing: { how: "mig", profiles: ["1g.10gb", "3g.40gb"] } };
    await applyNodes(plane.client, "devices", [
      { ...node, name: "shared", accelerator: "a100-80gb", devices: { owner: "dra", sharing: { how: "consumable" } } },
      { ...node, name: "cut", devices: mig },
      { ...node, name: "plain", gpus: 2 },
      {
        ...node,
        name: "spot",
        accelerator: undefined,
        gpus: 0,
        labels: { kind: "spot" },
        taints: [{ key: "ai-platform/spot", value: "true", effect: "NoSchedule" }],
      },
    ]);
    await deviceClass("whole-gpu", type("gpu"));
    await deviceClass("mig-gpu", type("mig"));
  });

  afterAll(() => own?.stop());

  it("share one GPU up to its memory and no further", async () => {
    const shares = [0, 1, 2, 3].map((index) => `share-${index}`);
    for (const name of shares) {
      await claiming(name, "shared", { class: "whole-gpu", memory: "20Gi" });
      await runs(name);
    }
    await claiming("share-4", "shared", { class: "whole-gpu", memory: "20Gi" });
    await waits("share-4", nothingLeft);
    await end("share-0");
    await runs("share-4");
    await end("share-1", "share-2", "share-3", "share-4");

    await claiming("all-of-it", "shared", { class: "whole-gpu" });
    await runs("all-of-it");
    await claiming("a-little", "shared", { class: "whole-gpu", memory: "1Gi" });
    await waits("a-little", nothingLeft);
    await end("all-of-it", "a-little");
  });

  it("never give out a GPU and a slice of it", async () => {
    await claiming("whole", "cut", { class: "whole-gpu" });
    await runs("whole");
    await claiming("slice", "cut", { class: "mig-gpu", profile: "1g.10gb" });
    await waits("slice", nothingLeft);
    await end("whole");
    await runs("slice");
    await claiming("whole", "cut", { class: "whole-gpu" });
    await waits("whole", nothingLeft);
    await end("whole", "slice");
  });

  it("cut a GPU as the hardware would", async () => {
    const small = Array.from({ length: 8 }, (_, index) => `small-${index}`);
    for (const name of small) await claiming(name, "cut", { class: "mig-gpu", profile: "1g.10gb" });
    await eventually("seven of eight run", async () => {
      const phases = await Promise.all(small.map(phase));
      return phases.filter((one) => one === "Running").length === 7;
    });
    const [waiting] = (await Promise.all(small.map(async (name) => ({ name, phase: await phase(name) })))).filter(
      (one) => one.phase === "Pending",
    );
    await waits(waiting!.name, nothingLeft);
    await end(...small);

    // Three of seven compute slices and four of eight memory slices: two fit, or one and what the others leave.
    await claiming("large-0", "cut", { class: "mig-gpu", profile: "3g.40gb" });
    await claiming("large-1", "cut", { class: "mig-gpu", profile: "3g.40gb" });
    await claiming("large-2", "cut", { class: "mig-gpu", profile: "3g.40gb" });
    await eventually("two of three run", async () => {
      const phases = await Promise.all(["large-0", "large-1", "large-2"].map(phase));
      return phases.filter((one) => one === "Running").length === 2;
    });
    await claiming("small-0", "cut", { class: "mig-gpu", profile: "1g.10gb" });
    await waits("small-0", nothingLeft);
    await end("large-0", "large-1", "large-2", "small-0");

    // The smallest slices begin at seven of the eight memory slices, of which a large one has taken four.
    await claiming("large-0", "cut", { class: "mig-gpu", profile: "3g.40gb" });
    await runs("large-0");
    for (const name of small) await claiming(name, "cut", { class: "mig-gpu", profile: "1g.10gb" });
    await eventually("three of eight run beside it", async () => {
      const phases = await Promise.all(small.map(phase));
      return phases.filter((one) => one === "Running").length === 3;
    });
    await end("large-0", ...small);
  });

  it("give pods that ask for the classic resource real devices", async () => {
    await deviceClass("classic", type("gpu"), { extendedResourceName: "nvidia.com/gpu" });
    const asking = (gpus: number) => ({
      nodeSelector: { "kubernetes.io/hostname": "plain" },
      tolerations: [{ key: gpuTaint.key, operator: "Exists" }],
      containers: [
        { name: "main", image: "example.test/image", resources: { limits: { "nvidia.com/gpu": String(gpus) } } },
      ],
    });
    await pod("classic-2", asking(2));
    await runs("classic-2");
    const claims = await plane.client.list(`${group}/namespaces/default/resourceclaims`);
    const claim = claims.find(({ metadata }) => metadata.ownerReferences?.[0]?.name === "classic-2");
    expect(claim!.status.allocation.devices.results).toMatchObject([
      { driver: "gpu.nvidia.com", pool: "plain" },
      { driver: "gpu.nvidia.com", pool: "plain" },
    ]);
    await pod("classic-1", asking(1));
    await waits("classic-1", nothingLeft);
    await end("classic-2");
    await runs("classic-1");
    await end("classic-1");
  });

  it("leave a spot node to pods that tolerate it", async () => {
    const spec = { nodeSelector: { kind: "spot" }, containers: [{ name: "main", image: "example.test/image" }] };
    await pod("strict", spec);
    await waits("strict", /untolerated taint/);
    await pod("easy", {
      ...spec,
      tolerations: [{ key: "ai-platform/spot", operator: "Exists", effect: "NoSchedule" }],
    });
    await runs("easy");
    await end("strict", "easy");
  });
});
