import { beforeAll, describe, expect, it } from "vitest";
import type { EnvironmentInput } from "../../stacks/environment";
import { type Recording, record, slicedEnvironment, wideEnvironment } from "../testing";
import { deviceSelector } from "./device-class";

const chart = "kubernetes:helm.sh/v4:Chart";
const chartsOf = (recording: Recording) =>
  recording.resources.filter(({ type }) => type === chart).map(({ name }) => name);

/** The wide environment with its H100 pool otherwise. */
function recordWith(change: object): Promise<Recording> {
  const pools = wideEnvironment()
    .pools.filter(({ name }) => name !== "nvl72")
    .map((pool) => (pool.name === "h100" ? { ...pool, ...change } : pool)) as EnvironmentInput["pools"];
  const tenants = [{ name: "search", gpus: { quota: 8 } }];
  const authorization = { datastore: { engine: "postgres" as const, uriSecret: { name: "openfga-postgres" } } };
  return record(wideEnvironment({ pools, tenants, models: [], authorization }));
}

describe("Accelerators", () => {
  let wide: Recording;
  let sliced: Recording;
  beforeAll(async () => {
    wide = await record(wideEnvironment());
    sliced = await record(slicedEnvironment());
  });

  it("writes a DeviceClass for each accelerator and each profile that the DRA driver hands out, with gpu in its name", () => {
    const classes = (recording: Recording) =>
      recording.objects
        .filter(({ kind }) => kind === "DeviceClass")
        .map(({ apiVersion, metadata }) => `${apiVersion} ${metadata.name}`)
        .sort();
    expect(classes(wide)).toEqual(["resource.k8s.io/v1 gpu-gb200-186gb", "resource.k8s.io/v1 gpu-h100-80gb"]);
    expect(classes(sliced)).toEqual([
      "resource.k8s.io/v1 gpu-a100-80gb",
      "resource.k8s.io/v1 gpu-h100-80gb",
      "resource.k8s.io/v1 gpu-h100-80gb-mig-1g.10gb",
      "resource.k8s.io/v1 gpu-h100-80gb-mig-3g.40gb",
      "resource.k8s.io/v1 gpu-l40s-48gb",
    ]);
  });

  it("selects whole GPUs of that product", () => {
    expect(wide.object("DeviceClass", "gpu-h100-80gb").spec.selectors).toEqual([
      {
        cel: {
          expression:
            'device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "gpu" && ' +
            'device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"',
        },
      },
    ]);
    const selector = deviceSelector({ accelerator: "h100-80gb" });
    expect(deviceSelector({ accelerator: "gb200-186gb" })).not.toBe(selector);
  });

  it("selects MIG slices of that profile and parent", () => {
    const [{ cel }] = sliced.object("DeviceClass", "gpu-h100-80gb-mig-3g.40gb").spec.selectors;
    expect(cel.expression).toBe(
      'device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "mig" && ' +
        'device.attributes["gpu.nvidia.com"].profile == "3g.40gb" && ' +
        'device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"',
    );
  });

  it("never claims the one name that the driver's own class answers to", () => {
    for (const { spec } of [...wide.objects, ...sliced.objects].filter(({ kind }) => kind === "DeviceClass")) {
      expect(spec.extendedResourceName).toBeUndefined();
    }
  });

  it("runs compute domains only where models span nodes of one NVLink domain", async () => {
    expect(wide.values("dra-driver-nvidia-gpu").resources.computeDomains.enabled).toBe(true);
    const without = await recordWith({});
    expect(without.values("dra-driver-nvidia-gpu").resources.computeDomains.enabled).toBe(false);
    expect(without.objects.some(({ kind }) => kind === "ComputeDomain")).toBe(false);
  });
});

describe("the DRA driver", () => {
  it("is told where the driver lives, that it owns the GPUs, and which image to run", async () => {
    const values = (await record(wideEnvironment())).values("dra-driver-nvidia-gpu");
    expect(values).toMatchObject({
      image: { repository: "mirror.example.org/images/dra-driver-nvidia/dra-driver-nvidia-gpu" },
      nvidiaDriverRoot: "/home/kubernetes/bin/nvidia",
      gpuResourcesEnabledOverride: true,
      resourceApiVersion: "resource.k8s.io/v1",
    });
    // On every GPU node, also one that may go at any time.
    expect(values.kubeletPlugin.tolerations.map(({ key }: { key: string }) => key)).toEqual([
      "nvidia.com/gpu",
      "ai-platform/spot",
    ]);
    // Nothing is known of these nodes' labels, so the chart finds them by its own means.
    expect(values.kubeletPlugin.affinity).toBeUndefined();
  });

  it("runs on the nodes of its own pools alone", async () => {
    const { kubeletPlugin } = (await record(slicedEnvironment())).values("dra-driver-nvidia-gpu");
    const { nodeSelectorTerms } = kubeletPlugin.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(nodeSelectorTerms).toEqual(
      ["whole", "turns", "shares"].map((name) => ({
        matchExpressions: [{ key: "example.org/pool", operator: "In", values: [name] }],
      })),
    );
  });

  it.each([
    [undefined, { NVMLDeviceHealthCheck: true }],
    [{ how: "time-slicing" }, { TimeSlicingSettings: true, NVMLDeviceHealthCheck: true }],
    [{ how: "mps" }, { MPSSupport: true }],
    [{ how: "mig", profiles: ["1g.10gb"] }, { DynamicMIG: true }],
  ])("may do what sharing by %o takes, and watches health where that goes together", async (sharing, on) => {
    const { featureGates } = (await recordWith({ devices: { sharing } })).values("dra-driver-nvidia-gpu");
    expect(featureGates).toEqual({
      DynamicMIG: false,
      MPSSupport: false,
      TimeSlicingSettings: false,
      NVMLDeviceHealthCheck: false,
      ...on,
    });
  });

  it("cuts GPUs by MIG on the nodes of that pool alone, where others are handed out whole", async () => {
    const recording = await record(slicedEnvironment());
    expect(recording.values("dra-driver-nvidia-gpu").featureGates).toMatchObject({
      DynamicMIG: false,
      TimeSlicingSettings: true,
      NVMLDeviceHealthCheck: true,
    });
    const plugin = recording.object("DaemonSet", "dra-driver-nvidia-gpu-mig-plugin", "dra-driver-nvidia-gpu");
    const { affinity, tolerations, containers, serviceAccountName } = plugin.spec.template.spec;
    expect(affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: "example.org/pool", operator: "In", values: ["slices"] }] },
    ]);
    expect(tolerations).toHaveLength(2);
    expect(serviceAccountName).toBe("dra-driver-nvidia-gpu-service-account-kubeletplugin");
    expect(containers[0].env).toContainEqual({ name: "FEATURE_GATES", value: "DynamicMIG=true" });
    expect(containers[0].image).toMatch(/^mirror\.example\.org\/images\/dra-driver-nvidia\//);
    const resource = recording.resource("kubernetes:apps/v1:DaemonSet", "dra-driver-nvidia-gpu-mig-plugin");
    // The chart brings its account.
    expect(recording.waitsFor(resource, recording.resource(chart, "dra-driver-nvidia-gpu"))).toBe(true);
    const { volumes } = plugin.spec.template.spec;
    expect(volumes).toContainEqual({
      name: "driver-root-parent",
      hostPath: { path: "/home/kubernetes/bin", type: "DirectoryOrCreate" },
    });
  });

  it("has one plugin where all GPUs are cut, or none", async () => {
    const daemons = (recording: Recording) => recording.objects.filter(({ kind }) => kind === "DaemonSet");
    expect(daemons(await record(wideEnvironment()))).toEqual([]);
    const cut = { devices: { sharing: { how: "mig", profiles: ["1g.10gb"] } } };
    expect(daemons(await recordWith(cut))).toEqual([]);
  });

  it("is not there where it would own nothing, and what comes after it is", async () => {
    const recording = await recordWith({ devices: { owner: "device-plugin" } });
    expect(chartsOf(recording)).not.toContain("dra-driver-nvidia-gpu");
    expect(chartsOf(recording)).toContain("kai-scheduler");
    expect(recording.objects.some(({ kind }) => kind === "DeviceClass")).toBe(false);
  });
});

describe("the GPU Operator", () => {
  const operated = () => recordWith({ driver: "operator" });

  it("installs the driver, and nothing that another release brings", async () => {
    const recording = await operated();
    expect(recording.values("gpu-operator")).toMatchObject({
      operator: { upgradeCRD: false, repository: "mirror.example.org/images/nvidia", image: "gpu-operator" },
      clusterPolicy: { deployCR: true },
      gpuCluster: { deployCR: false },
      driver: { enabled: true, repository: "mirror.example.org/images/nvidia", image: "driver" },
      toolkit: { enabled: true, repository: "mirror.example.org/images/nvidia/k8s" },
      devicePlugin: { enabled: false },
      migManager: { enabled: false },
      dcgmExporter: { enabled: false },
    });
    // The operator puts the node's operating system behind it.
    expect(recording.values("gpu-operator").driver.version).toMatch(/^[\d.]+$/);
    const { inputs } = recording.resource(chart, "dra-driver-nvidia-gpu");
    expect(inputs.skipCrds).toBe(true);
    expect(recording.values("dra-driver-nvidia-gpu").nvidiaDriverRoot).toBe("/run/nvidia/driver");
  });

  it("comes before what needs the driver", async () => {
    const recording = await operated();
    const operator = recording.resource(chart, "gpu-operator");
    for (const name of ["dra-driver-nvidia-gpu", "dcgm-exporter"]) {
      expect(recording.waitsFor(recording.resource(chart, name), operator), name).toBe(true);
    }
    expect(recording.values("dcgm-exporter").runtimeClassName).toBe("nvidia");
  });

  it("brings the device plugin to nodes that have none", async () => {
    const recording = await recordWith({ driver: "operator", devices: { owner: "device-plugin" } });
    expect(recording.values("gpu-operator").devicePlugin.enabled).toBe(true);
  });

  it("is not there where the machines come with everything", async () => {
    expect(chartsOf(await recordWith({ devices: { owner: "device-plugin" } }))).not.toContain("gpu-operator");
    expect(chartsOf(await recordWith({}))).not.toContain("gpu-operator");
  });
});

describe("HAMi", () => {
  it("has its own pool's nodes, its own scheduler, and no webhook", async () => {
    const values = (await record(slicedEnvironment())).values("hami");
    expect(values).toMatchObject({
      schedulerName: "hami-scheduler",
      scheduler: {
        admissionWebhook: { enabled: false },
        patch: { enabled: false },
        replicas: 2,
        extender: { image: { registry: "mirror.example.org/images", repository: "projecthami/hami" } },
        kubeScheduler: { image: { registry: "mirror.example.org/images", repository: "kube-scheduler" } },
        service: { type: "ClusterIP", httpTargetPort: 80 },
      },
      devicePlugin: { nvidiaNodeSelector: { gpu: null, "example.org/pool": "hami" }, service: { type: "ClusterIP" } },
    });
    expect(values.devicePlugin.tolerations).toHaveLength(2);
    // No newer than any cluster that the catalog knows.
    expect(values.scheduler.kubeScheduler.image.tag).toMatch(/^v1\.34\.\d+$/);
  });
});

describe("the DCGM exporter", () => {
  it("looks at every GPU with no more rights than it needs", async () => {
    const values = (await record(slicedEnvironment())).values("dcgm-exporter");
    expect(values).toMatchObject({
      image: { repository: "mirror.example.org/images/nvidia/k8s/dcgm-exporter" },
      serviceMonitor: { enabled: false },
      kubernetesDRA: { enabled: true },
      runtimeClassName: "",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { add: [], drop: ["ALL"] } },
    });
    const { nodeSelectorTerms } = values.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(nodeSelectorTerms).toHaveLength(5);
  });
});
