import { describe, expect, it } from "vitest";
import { gkeArgs, recordGke, systemPool } from "./testing";

const daemonSet = "kubernetes:apps/v1:DaemonSet";

describe("the driver's installer", () => {
  it("runs on the nodes that GKE brings no driver to, from an image that is on them", async () => {
    const recording = await recordGke(gkeArgs());
    const { metadata, spec } = recording.one(daemonSet, "nvidia-driver-installer").inputs;
    const pod = spec.template.spec;
    expect(metadata.namespace).toBe("kube-system");
    expect(pod.nodeSelector).toEqual({ "gke-no-default-nvidia-gpu-device-plugin": "true" });
    expect(recording.one("gcp:container/nodePool:NodePool", "h100").inputs.nodeConfig.labels).toMatchObject(
      pod.nodeSelector,
    );
    expect(pod.tolerations).toEqual([{ operator: "Exists" }]);
    for (const container of [...pod.initContainers, ...pod.containers]) {
      expect(container).toMatchObject({ image: "cos-nvidia-installer:fixed", imagePullPolicy: "Never" });
    }
  });

  it("installs to where the platform looks for the driver", async () => {
    const recording = await recordGke(gkeArgs());
    const [install] = recording.one(daemonSet, "nvidia-driver-installer").inputs.spec.template.spec.initContainers;
    const { nvidiaDriverRoot } = recording.cluster.capabilities;
    expect(install.env).toContainEqual({ name: "NVIDIA_INSTALL_DIR_HOST", value: nvidiaDriverRoot });
    expect(install.volumeMounts).toContainEqual({ name: "install-dir", mountPath: "/usr/local/nvidia" });
  });

  it("is not there without GPUs", async () => {
    expect((await recordGke(gkeArgs({ pools: [systemPool] }))).of(daemonSet)).toEqual([]);
  });
});
