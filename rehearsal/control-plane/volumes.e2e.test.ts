import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../testing";
import type { KubeObject } from ".";
import { applyNodes } from "./nodes";
import { type OwnControlPlane, ownControlPlane } from "./testing";

const namespaced = "/api/v1/namespaces/default";

/** Claims of classes that a cloud would serve, on a control plane without any storage driver. */
describe("volumes of a rehearsal", () => {
  let own: OwnControlPlane;

  const apply = (path: string, object: KubeObject) => own.plane.client.apply(path, object, { fieldManager: "test" });
  const get = (path: string) => own.plane.client.get(path);

  const claim = (name: string, accessMode: string, storageClassName: string) =>
    apply(`${namespaced}/persistentvolumeclaims/${name}`, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace: "default" },
      spec: { accessModes: [accessMode], storageClassName, resources: { requests: { storage: "10Gi" } } },
    });

  const mounting = (name: string, claimName: string) => ({
    restartPolicy: "Never",
    containers: [{ name: "main", image: "example.test/image", volumeMounts: [{ name, mountPath: "/data" }] }],
    volumes: [{ name, persistentVolumeClaim: { claimName } }],
  });

  beforeAll(async () => {
    own = await ownControlPlane();
    await applyNodes(own.plane.client, "volumes", [
      {
        name: "one",
        group: "volumes",
        labels: {},
        taints: [],
        region: "local",
        zone: "local-a",
        architecture: "amd64",
        cpus: 16,
        memoryGib: 64,
        gpus: 0,
        devices: { owner: "dra" },
        kubernetesVersion: "1.36.3",
      },
    ]);
    for (const [name, volumeBindingMode] of [
      ["at-once", "Immediate"],
      ["with-a-pod", "WaitForFirstConsumer"],
    ]) {
      await apply(`/apis/storage.k8s.io/v1/storageclasses/${name}`, {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name },
        provisioner: "storage.example.test",
        volumeBindingMode,
      });
    }
  });
  afterAll(() => own?.stop());

  it.each([
    ["ReadWriteMany", "at-once"],
    ["ReadWriteOnce", "with-a-pod"],
  ])("binds a claim of %s and class %s, and runs the pod that waits for it", async (accessMode, storageClass) => {
    const name = `data-${storageClass}`;
    await claim(name, accessMode, storageClass);
    await apply(`${namespaced}/pods/${name}`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: mounting("data", name),
    });
    await eventually(`${name} runs`, async () => (await get(`${namespaced}/pods/${name}`)).status.phase === "Running");
    const bound = await get(`${namespaced}/persistentvolumeclaims/${name}`);
    expect(bound.status.phase).toBe("Bound");
    expect(bound.spec.volumeName).toBe(`rehearsal-${bound.metadata.uid}`);
  });

  it("lets a Job fill a volume, and deletes the volume with its claim", async () => {
    await claim("filled", "ReadWriteMany", "at-once");
    await apply("/apis/batch/v1/namespaces/default/jobs/fill", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "fill", namespace: "default" },
      spec: { template: { spec: mounting("data", "filled") } },
    });
    await eventually("the Job is done", async () => {
      const { status } = await get("/apis/batch/v1/namespaces/default/jobs/fill");
      return status.succeeded === 1;
    });
    const { spec } = await get(`${namespaced}/persistentvolumeclaims/filled`);
    await own.plane.client.delete("/apis/batch/v1/namespaces/default/jobs/fill?propagationPolicy=Background");
    await own.plane.client.delete(`${namespaced}/persistentvolumeclaims/filled`);
    await eventually("the volume is gone", async () => {
      const volumes = await own.plane.client.list("/api/v1/persistentvolumes");
      return !volumes.some(({ metadata }) => metadata.name === spec.volumeName);
    });
  });
});
