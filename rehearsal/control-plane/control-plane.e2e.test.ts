import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { eventually, processesOf } from "../testing";
import { type ControlPlane, findControlPlane, type KubeObject, startControlPlane } from ".";
import { gpuClass, h100Node } from "./fixtures";
import { findKai, kaiCommandLines } from "./kai";
import { applyNodes } from "./nodes";
import { controlPlaneBinaries, temporaryFolder } from "./testing";

const node = h100Node();

/** A pod that claims one GPU and names a scheduler. */
const claiming = (name: string, schedulerName: string): KubeObject[] => [
  {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: { name, namespace: "default" },
    spec: { spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu" } }] } } },
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      schedulerName,
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
      resourceClaims: [{ name: "gpu", resourceClaimTemplateName: name }],
      containers: [{ name: "main", image: "example.test/image", resources: { claims: [{ name: "gpu" }] } }],
    },
  },
];

describe("a control plane", () => {
  let folder: string;
  let plane: ControlPlane;
  const apply = (target: ControlPlane, object: KubeObject) =>
    target.client.apply(pathOf(object), object, { fieldManager: "test" });
  const pod = (target: ControlPlane, name: string) => target.client.get(`/api/v1/namespaces/default/pods/${name}`);

  beforeAll(async () => {
    folder = await temporaryFolder("own-plane");
    plane = await startControlPlane({
      folder: path.join(folder, "one"),
      binaries: await controlPlaneBinaries(),
      contexts: ["mine", "also-mine"],
    });
    await ready(plane);
    await applyNodes(plane.client, "test", [node]);
    await apply(plane, deviceClass);
  });

  afterAll(async () => {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers nobody who is not known", async () => {
    expect(await status(plane.server, "/api")).toBe(401);
    expect(await status(plane.server, "/version")).toBe(401);
    const { ports } = JSON.parse(readFileSync(path.join(plane.folder, "control-plane.json"), "utf8"));
    await expect(status(`https://127.0.0.1:${ports.etcd}`, "/health")).rejects.toThrow();
  });

  it("keeps its keys to their owner", () => {
    for (const name of ["pki/ca.key", "pki/super-admin.key", "kubeconfig"]) {
      expect(statSync(path.join(plane.folder, name)).mode & 0o077).toBe(0);
    }
  });

  it("offers itself under the contexts that were asked for", () => {
    const config = parse(readFileSync(plane.kubeconfig, "utf8"));
    expect(config.contexts.map((context: { name: string }) => context.name)).toEqual(["mine", "also-mine"]);
    expect(config["current-context"]).toBe("mine");
  });

  it("enforces Pod Security", async () => {
    await apply(plane, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "strict", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const privileged = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "privileged", namespace: "strict" },
      spec: { containers: [{ name: "main", image: "example.test/image", securityContext: { privileged: true } }] },
    };
    await expect(plane.client.request("POST", "/api/v1/namespaces/strict/pods", privileged)).rejects.toThrow(
      /violates PodSecurity "restricted/,
    );
  });

  it("enforces ValidatingAdmissionPolicies", async () => {
    const group = "admissionregistration.k8s.io/v1";
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }];
    const spec = {
      matchConstraints: { resourceRules: rules },
      validations: [{ expression: "object.metadata.name != 'refused'", message: "not this one" }],
    };
    await apply(plane, { apiVersion: group, kind: "ValidatingAdmissionPolicy", metadata: { name: "test" }, spec });
    const binding = { policyName: "test", validationActions: ["Deny"] };
    await apply(plane, {
      apiVersion: group,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "test" },
      spec: binding,
    });
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "refused", namespace: "default" } };
    await eventually("the policy is in force", async () => {
      const answer = await plane.client
        .request("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", map)
        .catch((error: Error) => error.message);
      return typeof answer === "string" && answer.includes("not this one");
    });
  });

  it("shows simulated nodes as the NVIDIA driver and GPU Feature Discovery would", async () => {
    const { metadata, spec, status: seen } = await plane.client.get("/api/v1/nodes/gpu-0");
    expect(metadata.labels).toMatchObject({
      "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
      "nvidia.com/gpu.count": "8",
      "topology.kubernetes.io/zone": "local-a",
    });
    expect(spec.taints).toContainEqual({ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" });
    expect(seen.capacity.cpu).toBe("192");
    const [slice] = await plane.client.list("/apis/resource.k8s.io/v1/resourceslices");
    expect(slice!.spec).toMatchObject({ driver: "gpu.nvidia.com", nodeName: "gpu-0", pool: { name: "gpu-0" } });
    expect(slice!.spec.devices).toHaveLength(8);
    expect(slice!.spec.devices[0].attributes).toMatchObject({
      type: { string: "gpu" },
      productName: { string: "NVIDIA H100 80GB HBM3" },
      architecture: { string: "Hopper" },
    });
  });

  it.each(["default-scheduler", "kai-scheduler"])("has the real scheduler place a claim for %s", async (scheduler) => {
    for (const object of claiming(`by-${scheduler}`, scheduler)) await apply(plane, object);
    await eventually("the pod runs", async () => (await pod(plane, `by-${scheduler}`)).status.phase === "Running");
    expect((await pod(plane, `by-${scheduler}`)).spec.nodeName).toBe("gpu-0");
  });

  it("takes nodes of a group away that are no longer wanted, and leaves other groups alone", async () => {
    const names = async () => (await plane.client.list("/api/v1/nodes")).map((found) => found.metadata.name);
    const other = { ...node, name: "other-0", group: "other" };
    await applyNodes(plane.client, "other", [other]);
    await applyNodes(plane.client, "test", [node, { ...node, name: "gpu-1" }]);
    expect(await names()).toEqual(["gpu-0", "gpu-1", "other-0"]);
    await expect(applyNodes(plane.client, "other", [{ ...other, name: "gpu-1" }])).rejects.toThrow(
      'gpu-1 is wanted by group "other" and is of "test"',
    );
    await applyNodes(plane.client, "test", [node]);
    expect(await names()).toEqual(["gpu-0", "other-0"]);
    await applyNodes(plane.client, "other", []);
    expect(await names()).toEqual(["gpu-0"]);
    expect(await plane.client.list("/apis/resource.k8s.io/v1/resourceslices")).toHaveLength(1);
  });

  it("is found again, and shares nothing with one beside it, which leaves KAI's pods to KAI where its programs are", async () => {
    const found = (await findControlPlane(plane.folder))!;
    expect(found).toMatchObject({ pid: plane.pid, server: plane.server, reused: true });
    found.client.close();

    const bin = path.join(folder, "bin");
    mkdirSync(bin);
    for (const name of Object.keys(kaiCommandLines({ kai: 0, kaiPlugins: 0 }))) {
      // Says how it was called and stays, as a scheduler does; the first one ends once, as it does without its definitions.
      const once = name === "kai-scheduler" ? `[ -e ${bin}/ended ] || { touch ${bin}/ended; exit 1; }\n` : "";
      writeFileSync(
        path.join(bin, name),
        `#!/bin/sh\n${once}echo "$KUBECONFIG $*" > ${bin}/${name}.called\nexec sleep 600\n`,
      );
      chmodSync(path.join(bin, name), 0o755);
    }
    const kai = findKai(`${bin}:/nowhere`);
    expect(kai.missing).toEqual([]);
    const other = await startControlPlane({
      folder: path.join(folder, "two"),
      binaries: await controlPlaneBinaries(),
      contexts: ["mine"],
      kai: kai.found,
    });
    try {
      await ready(other);
      await applyNodes(other.client, "test", [node]);
      await apply(other, deviceClass);
      for (const name of ["default-scheduler", "kai-scheduler"]) {
        for (const object of claiming(`for-${name}`, name)) await apply(other, object);
      }
      await eventually(
        "the default scheduler places its pod",
        async () => (await pod(other, "for-default-scheduler")).status.phase === "Running",
      );
      const { spec, status: seen } = await pod(other, "for-kai-scheduler");
      expect([spec.nodeName, seen.conditions]).toEqual([undefined, undefined]);
      await eventually("KAI's scheduler was started again", () => existsSync(path.join(bin, "kai-scheduler.called")));
      expect(readFileSync(path.join(bin, "kai-scheduler.called"), "utf8")).toContain(
        path.join(other.folder, "kai.kubeconfig"),
      );
      await expect(pod(plane, "for-kai-scheduler")).rejects.toThrow(/not found/);
    } finally {
      await other.stop();
    }
    expect(processesOf(path.join(folder, "two"))).toEqual([]);
    expect(processesOf(bin)).toEqual([]);
    expect(processesOf(plane.folder).length).toBeGreaterThan(5);
  });

  it("says which of KAI's programs are missing", () => {
    expect(findKai("/nowhere").missing).toContain("kai-scheduler");
    expect(findKai("/nowhere").found).toBeUndefined();
  });
});

const deviceClass = gpuClass("gpu");

const plurals: Record<string, string> = {
  Namespace: "namespaces",
  Pod: "pods",
  DeviceClass: "deviceclasses",
  ResourceClaimTemplate: "resourceclaimtemplates",
  ValidatingAdmissionPolicy: "validatingadmissionpolicies",
  ValidatingAdmissionPolicyBinding: "validatingadmissionpolicybindings",
};

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const namespace = metadata.namespace ? `/namespaces/${metadata.namespace}` : "";
  return `${group}${namespace}/${plurals[kind]}/${metadata.name}`;
}

/** Pods need the default service account, which a controller makes shortly after the start. */
const ready = (plane: ControlPlane) =>
  eventually("there is a default service account", async () =>
    (await plane.client.list("/api/v1/namespaces/default/serviceaccounts")).some(
      ({ metadata }) => metadata.name === "default",
    ),
  );

/** The HTTP status for a caller without a certificate. */
function status(server: string, target: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = https.get(`${server}${target}`, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
  });
}
