import { beforeAll, describe, expect, it } from "vitest";
import { type Recording, record, wideEnvironment } from "../testing";
import { deviceSelector } from "./accelerators";

describe("Accelerators", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(wideEnvironment());
  });

  it("writes one DeviceClass for each accelerator in use, with gpu in its name", () => {
    const classes = recording.objects.filter(({ kind }) => kind === "DeviceClass");
    expect(classes.map(({ metadata }) => metadata.name).sort()).toEqual(["gpu-gb200-186gb", "gpu-h100-80gb"]);
    expect(classes.every(({ apiVersion }) => apiVersion === "resource.k8s.io/v1")).toBe(true);
  });

  it("selects whole GPUs of that product", () => {
    expect(recording.object("DeviceClass", "gpu-h100-80gb").spec.selectors).toEqual([
      {
        cel: {
          expression:
            'device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "gpu" && ' +
            'device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"',
        },
      },
    ]);
    expect(deviceSelector("gb200-186gb")).not.toBe(deviceSelector("h100-80gb"));
  });

  it("tells the driver where it lives, that it owns the GPUs, and which image to run", () => {
    expect(recording.values("dra-driver-nvidia-gpu")).toMatchObject({
      image: { repository: "mirror.example.org/images/dra-driver-nvidia/dra-driver-nvidia-gpu" },
      nvidiaDriverRoot: "/home/kubernetes/bin/nvidia",
      gpuResourcesEnabledOverride: true,
      resourceApiVersion: "resource.k8s.io/v1",
      kubeletPlugin: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] },
    });
  });

  it("runs compute domains only where an accelerator's NVLink spans nodes", async () => {
    expect(recording.values("dra-driver-nvidia-gpu").resources.computeDomains.enabled).toBe(true);
    const environment = wideEnvironment();
    environment.pools = environment.pools.filter(({ name }) => name !== "nvl72");
    environment.models = environment.models.filter(({ pool }) => pool !== "nvl72");
    const without = await record(environment);
    expect(without.values("dra-driver-nvidia-gpu").resources.computeDomains.enabled).toBe(false);
    expect(without.objects.some(({ kind }) => kind === "ComputeDomain")).toBe(false);
  });
});

describe("ClaimTemplates", () => {
  it("writes each shape once into the namespace of the tenant that claims it", async () => {
    const environment = wideEnvironment();
    const [model] = environment.models;
    // A second model of the same shapes needs no templates of its own.
    environment.models.push({ ...model!, name: "another" });
    const recording = await record(environment);
    const templates = recording.objects.filter(({ kind }) => kind === "ResourceClaimTemplate");
    expect(templates.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
      "tenant-research/gpu-gb200-186gb-x4",
      "tenant-search/gpu-h100-80gb-x1",
      "tenant-search/gpu-h100-80gb-x4",
    ]);
    expect(recording.object("ResourceClaimTemplate", "gpu-h100-80gb-x4").spec.spec.devices.requests).toEqual([
      {
        name: "gpus",
        exactly: { deviceClassName: "gpu-h100-80gb", allocationMode: "ExactCount", count: 4 },
      },
    ]);
  });
});
