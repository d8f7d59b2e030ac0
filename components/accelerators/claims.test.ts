import { beforeAll, describe, expect, it } from "vitest";
import { type KubernetesObject, type Recording, record, slicedEnvironment, wideEnvironment } from "../testing";

const server = ({ spec }: KubernetesObject) =>
  spec.template.spec.containers.find(({ name }: { name: string }) => name === "vllm");

describe("ClaimTemplates", () => {
  it("writes each shape once into the namespace of the tenant that claims it", async () => {
    const environment = wideEnvironment();
    const [model] = environment.models;
    // A second model of the same shapes needs no templates of its own.
    environment.models = [model!, environment.models[1]!, { ...model!, name: "another" }];
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

describe("a part of a GPU", () => {
  let recording: Recording;
  beforeAll(async () => {
    recording = await record(slicedEnvironment());
  });
  const deployment = (name: string) => recording.object("Deployment", name);
  const requests = (template: string) =>
    recording.object("ResourceClaimTemplate", template, "tenant-search").spec.spec.devices.requests;

  it("is claimed by each pod as a MIG slice", () => {
    expect(requests("gpu-h100-80gb-mig-3g.40gb")).toEqual([
      {
        name: "gpus",
        exactly: { deviceClassName: "gpu-h100-80gb-mig-3g.40gb", allocationMode: "ExactCount", count: 1 },
      },
    ]);
    const pod = deployment("slices-decode").spec.template.spec;
    expect(pod.resourceClaims).toEqual([{ name: "gpus", resourceClaimTemplateName: "gpu-h100-80gb-mig-3g.40gb" }]);
    // What it sees is its own, and half a node's eighth of CPUs and memory goes with it.
    expect(server(deployment("slices-decode")).args).toContain("--gpu-memory-utilization=0.9");
    expect(server(deployment("slices-decode")).resources.requests).toEqual({ cpu: "10", memory: "112Gi" });
  });

  it("is claimed by each pod as memory", () => {
    expect(requests("gpu-a100-80gb-memory-20480mi")[0].exactly).toEqual({
      deviceClassName: "gpu-a100-80gb",
      allocationMode: "ExactCount",
      count: 1,
      capacity: { requests: { memory: "20480Mi" } },
    });
    // A quarter of the memory, of which vLLM leaves a tenth.
    expect(server(deployment("shares-decode")).args).toContain("--gpu-memory-utilization=0.225");
  });

  it("is of one claim, which the pods of a role hold together and their tenant's queue pays for", () => {
    const claim = recording.object("ResourceClaim", "turns-prefill");
    expect(claim.metadata).toEqual({
      name: "turns-prefill",
      namespace: "tenant-search",
      labels: { "kai.scheduler/queue": "tenant-search" },
    });
    expect(claim.spec.devices).toEqual({
      requests: [
        { name: "gpus", exactly: { deviceClassName: "gpu-l40s-48gb", allocationMode: "ExactCount", count: 1 } },
      ],
      config: [
        {
          requests: ["gpus"],
          opaque: {
            driver: "gpu.nvidia.com",
            parameters: {
              apiVersion: "resource.nvidia.com/v1beta1",
              kind: "GpuConfig",
              sharing: { strategy: "TimeSlicing", timeSlicingConfig: { interval: "Default" } },
            },
          },
        },
      ],
    });
    const pod = deployment("turns-prefill").spec.template.spec;
    expect(pod.resourceClaims).toEqual([{ name: "gpus", resourceClaimName: "turns-prefill" }]);
    expect(server(deployment("turns-prefill")).resources.claims).toEqual([{ name: "gpus" }]);
    expect(server(deployment("turns-prefill")).args).toContain("--gpu-memory-utilization=0.225");
  });

  it("is asked of HAMi without any claim", () => {
    const pod = deployment("hami-decode").spec.template.spec;
    expect(pod.resourceClaims).toBeUndefined();
    const { requests: asked, limits, claims } = server(deployment("hami-decode")).resources;
    for (const resources of [asked, limits]) {
      expect(resources).toMatchObject({ "nvidia.com/gpu": "1", "nvidia.com/gpumem": "10240" });
    }
    expect(claims).toBeUndefined();
  });
});
