import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../../catalog/releases";
import { tools } from "../../catalog/tools";
import { gpuSummary, settle } from "../cluster-state";
import { DefinitionSource } from "../mirror/definitions";
import { eventually, processesOf } from "../testing";
import { ensureTools } from "../toolchain";
import type { ControlPlane, KubeObject } from ".";
import { gpuClass, h100Node } from "./fixtures";
import { applyNodes, gpuTaint } from "./nodes";
import { type OwnControlPlane, ownControlPlane } from "./testing";

const label = (name: string) => `leaderworkerset.sigs.k8s.io/${name}`;
const namespaced = "/api/v1/namespaces/default";
const sets = "/apis/leaderworkerset.x-k8s.io/v1/namespaces/default/leaderworkersets";
const extensions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const mutating = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** A pod that has all the GPUs of a node, as a model server that spans nodes does. */
const server = (labels: Record<string, string> = {}) => ({
  metadata: { labels },
  spec: {
    schedulerName: "kai-scheduler",
    terminationGracePeriodSeconds: 0,
    tolerations: [{ key: gpuTaint.key, operator: "Exists" }],
    resourceClaims: [{ name: "gpus", resourceClaimTemplateName: "whole-node" }],
    initContainers: [{ name: "sidecar", image: "example.test/sidecar", restartPolicy: "Always" }],
    containers: [
      {
        name: "main",
        image: "example.test/image",
        args: ["--node-rank=$(LWS_WORKER_INDEX)"],
        resources: { claims: [{ name: "gpus" }] },
      },
    ],
  },
});

const rollout = { type: "RollingUpdate", rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 1 } };

const leaderWorkerSet = (name: string, replicas: number, spec: object = {}): KubeObject => ({
  apiVersion: "leaderworkerset.x-k8s.io/v1",
  kind: "LeaderWorkerSet",
  metadata: { name, namespace: "default" },
  spec: {
    replicas,
    startupPolicy: "LeaderCreated",
    rolloutStrategy: rollout,
    leaderWorkerTemplate: {
      size: 2,
      leaderTemplate: server({ role: "leader" }),
      workerTemplate: server(),
    },
    ...spec,
  },
});

const reason = (error: Error) => error.message;
const environmentOf = (container: KubeObject) =>
  Object.fromEntries((container.env ?? []).map(({ name, value }: { name: string; value: string }) => [name, value]));

describe("LeaderWorkerSet's controller in a rehearsal", () => {
  let own: OwnControlPlane;
  let plane: ControlPlane;
  let binary: string;

  const apply = (target: string, object: KubeObject) => plane.client.apply(target, object, { fieldManager: "test" });
  const log = () => readFileSync(path.join(plane.folder, "logs", "lws.log"), "utf8");
  const controllers = () => processesOf(plane.folder).filter(({ command }) => command.startsWith(binary));
  const podsOf = async (name: string) => {
    const pods = await plane.client.list(
      `${namespaced}/pods?labelSelector=${encodeURIComponent(label("name"))}%3D${name}`,
    );
    return new Map(pods.map((pod) => [pod.metadata.name as string, pod]));
  };
  const running = async (name: string) =>
    [...(await podsOf(name)).values()]
      .filter(({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name as string)
      .sort();
  const runs = (name: string, pods: readonly string[]) =>
    eventually(`${pods} run`, async () => JSON.stringify(await running(name)) === JSON.stringify(pods), 60_000);

  /** The catalog's definitions; those of the controller's own version where they cannot be had. */
  async function definitions() {
    const { version, go } = tools.lws;
    const otherVersions = { [go!.around!]: version };
    const source = new DefinitionSource({ go: "go", crdDir: process.env.CRD_DIR, env: process.env, otherVersions });
    const { files, permissive } = await source.of(releases.lws);
    expect(permissive.filter((name) => !name.startsWith("disaggregatedsetrolescalers."))).toEqual([]);
    return files;
  }

  /**
   * Kubernetes' garbage collector looks for new kinds every 30 s. What goes before it has found them leaves what it
   * owned behind, for minutes; so a set goes, whose deletion only the collector can finish.
   */
  async function garbageCollectorKnows() {
    await apply(`${sets}/empty`, leaderWorkerSet("empty", 0));
    await plane.client.delete(`${sets}/empty`, "Foreground");
    const there = async () => (await plane.client.list(sets)).some(({ metadata }) => metadata.name === "empty");
    await eventually("the garbage collector knows the kind", async () => !(await there()), 90_000);
  }

  beforeAll(async () => {
    binary = (await ensureTools(["lws"])).lws!.path;
    own = await ownControlPlane({ lws: binary });
    plane = own.plane;
    await applyNodes(
      plane.client,
      "lws",
      [0, 1, 2, 3, 4, 5].map((index) => h100Node({ name: `gpu-${index}`, group: "lws" })),
    );
    await eventually("there is a default service account", async () =>
      (await plane.client.list(`${namespaced}/serviceaccounts`)).some(({ metadata }) => metadata.name === "default"),
    );
    await apply("/apis/resource.k8s.io/v1/deviceclasses/gpu", gpuClass("gpu"));
    await apply("/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates/whole-node", {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaimTemplate",
      metadata: { name: "whole-node", namespace: "default" },
      spec: { spec: { devices: { requests: [{ name: "gpus", exactly: { deviceClassName: "gpu", count: 8 } }] } } },
    });
  });

  afterAll(() => own?.stop());

  it("waits for its kinds in silence, and comes back when it ends", async () => {
    const [first, ...others] = controllers();
    expect(others).toEqual([]);
    const said = log();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(log()).toBe(said);
    process.kill(first!.pid, "SIGKILL");
    await eventually("another one runs", () => controllers().some(({ pid }) => pid !== first!.pid));
    expect((await plane.client.get("/readyz")).text).toBe("ok");
  });

  it("has the first set that there is judged and filled in by upstream's webhooks", async () => {
    for (const { name, text } of await definitions()) await apply(`${extensions}/${name}`, parse(text));
    const invalid = leaderWorkerSet("invalid", 1, {
      rolloutStrategy: { ...rollout, rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 0 } },
    });
    let message = "";
    await eventually("the kind is served", async () => {
      message = await apply(`${sets}/invalid`, invalid).then(() => "taken", reason);
      return !/not find|not found/.test(message);
    });
    expect(message).toMatch(/admission webhook "vleaderworkerset.kb.io" denied the request/);
    expect(message).toContain("must not be 0 when `maxSurge` is 0");
    const { spec } = await plane.client.apply(`${sets}/valid`, leaderWorkerSet("valid", 1), {
      fieldManager: "test",
      dryRun: true,
    });
    expect(spec.leaderWorkerTemplate.restartPolicy).toBe("RecreateGroupOnPodRestart");
    expect(spec.networkConfig).toEqual({ subdomainPolicy: "Shared" });
    await garbageCollectorKnows();
  });

  it("makes a leader and its workers, who are told who they are and have the GPUs of their nodes", async () => {
    await apply(`${sets}/model`, leaderWorkerSet("model", 2));
    const started = Date.now();
    await settle(plane.client, { withinMs: 60_000, scales: false });
    expect(Date.now() - started).toBeLessThan(60_000);
    expect(await running("model")).toEqual(["model-0", "model-0-1", "model-1", "model-1-1"]);
    const pods = await podsOf("model");
    for (const [name, group, worker] of [
      ["model-0", "0", "0"],
      ["model-0-1", "0", "1"],
      ["model-1", "1", "0"],
      ["model-1-1", "1", "1"],
    ] as const) {
      const { metadata, spec } = pods.get(name)!;
      expect(metadata.labels).toMatchObject({ [label("group-index")]: group, [label("worker-index")]: worker });
      expect(metadata.labels[label("group-key")]).toBe(pods.get(`model-${group}`)!.metadata.labels[label("group-key")]);
      expect(metadata.labels.role).toBe(worker === "0" ? "leader" : undefined);
      for (const container of [...spec.initContainers, ...spec.containers]) {
        expect(environmentOf(container)).toEqual({
          LWS_LEADER_ADDRESS: `model-${group}.model.default`,
          LWS_GROUP_SIZE: "2",
          LWS_WORKER_INDEX: worker,
        });
      }
    }
    expect(new Set([...pods.values()].map(({ spec }) => spec.nodeName)).size).toBe(4);
    expect(await gpuSummary(plane.client)).toEqual({ claimed: 32, total: 48 });
    expect((await plane.client.get(`${namespaced}/services/model`)).spec.clusterIP).toBe("None");
    await eventually("the set is available", async () => {
      const { status } = await plane.client.get(`${sets}/model`);
      return (
        status.readyReplicas === 2 &&
        status.conditions.some((one: KubeObject) => one.type === "Available" && one.status === "True")
      );
    });
  });

  it("begins a whole replica anew when one of its pods goes", async () => {
    const before = await podsOf("model");
    const uid = (pods: Map<string, KubeObject>, name: string) => pods.get(name)?.metadata.uid;
    await plane.client.delete(`${namespaced}/pods/model-1-1`);
    await eventually(
      "leader and worker are others",
      async () => {
        const pods = await podsOf("model");
        return ["model-1", "model-1-1"].every((name) => ![undefined, uid(before, name)].includes(uid(pods, name)));
      },
      60_000,
    );
    await runs("model", ["model-0", "model-0-1", "model-1", "model-1-1"]);
    const after = await podsOf("model");
    for (const name of ["model-0", "model-0-1"]) expect(uid(after, name)).toBe(uid(before, name));
    expect(await gpuSummary(plane.client)).toEqual({ claimed: 32, total: 48 });
  });

  it("makes and removes whole replicas, as they are asked for", async () => {
    const claimed = async () => (await gpuSummary(plane.client)).claimed;
    await apply(`${sets}/model`, leaderWorkerSet("model", 3));
    await runs("model", ["model-0", "model-0-1", "model-1", "model-1-1", "model-2", "model-2-1"]);
    expect(await claimed()).toBe(48);
    await apply(`${sets}/model`, leaderWorkerSet("model", 1));
    await runs("model", ["model-0", "model-0-1"]);
    await eventually("their GPUs are free", async () => (await claimed()) === 16);
    await plane.client.delete(`${sets}/model`);
    await eventually(
      "everything of it is gone",
      async () => (await podsOf("model")).size === 0 && (await claimed()) === 0,
    );
  });

  it("makes sets of a DisaggregatedSet, one for each role", async () => {
    const role = (name: string, replicas: number) => ({ name, spec: leaderWorkerSet(name, replicas).spec });
    const disaggregated = "/apis/disaggregatedset.x-k8s.io/v1/namespaces/default/disaggregatedsets";
    const object = (roles: object[]): KubeObject => ({
      apiVersion: "disaggregatedset.x-k8s.io/v1",
      kind: "DisaggregatedSet",
      metadata: { name: "pair", namespace: "default" },
      spec: { roles },
    });
    const partitioned = { name: "decode", spec: { ...leaderWorkerSet("decode", 2).spec } };
    partitioned.spec.rolloutStrategy = { ...rollout, rollingUpdateConfiguration: { partition: 1 } };
    await expect(apply(`${disaggregated}/pair`, object([role("prefill", 1), partitioned]))).rejects.toThrow(
      /partition is not supported by DisaggregatedSet/,
    );
    await apply(`${disaggregated}/pair`, object([role("prefill", 1), role("decode", 2)]));
    const podsByRole = async () => {
      const pods = await plane.client.list(`${namespaced}/pods`);
      return pods.filter(({ status }) => status.phase === "Running").map(({ metadata }) => metadata.name);
    };
    await eventually("6 pods run", async () => (await podsByRole()).length === 6, 60_000);
    expect((await podsByRole()).map((name) => name.replace(/^pair-[0-9a-f]+-/, "")).sort()).toEqual([
      "decode-0",
      "decode-0-1",
      "decode-1",
      "decode-1-1",
      "prefill-0",
      "prefill-0-1",
    ]);
    await plane.client.delete(`${disaggregated}/pair`);
    await eventually("they are gone", async () => (await podsByRole()).length === 0, 60_000);
  });

  it("stands in nobody else's way while it does not answer", async () => {
    const [controller] = controllers();
    process.kill(controller!.pid, "SIGSTOP");
    try {
      const pod: KubeObject = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "other", namespace: "default" },
        spec: { ...server().spec, initContainers: [] },
      };
      await apply(`${namespaced}/pods/other`, pod);
      await eventually(
        "it runs",
        async () => (await plane.client.get(`${namespaced}/pods/other`)).status.phase === "Running",
      );
      await expect(apply(`${sets}/late`, leaderWorkerSet("late", 1))).rejects.toThrow(
        /failed calling webhook "mleaderworkerset.kb.io"/,
      );
    } finally {
      process.kill(controller!.pid, "SIGCONT");
    }
    await plane.client.delete(`${namespaced}/pods/other`);
  });

  it("leaves a chart's webhooks uncalled, whose servers would be pods", async () => {
    const chart: KubeObject = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "of-a-chart" },
      webhooks: [
        {
          name: "pods.example.test",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          failurePolicy: "Fail",
          clientConfig: { service: { name: "nobody", namespace: "default", path: "/" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
        },
      ],
    };
    const configMap = (name: string) =>
      apply(`${namespaced}/configmaps/${name}`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
    await apply(`${mutating}/of-a-chart`, chart);
    await eventually("it is disarmed", async () => {
      const { webhooks } = await plane.client.get(`${mutating}/of-a-chart`);
      return webhooks[0].matchConditions?.length === 1;
    });
    await eventually("the API server knows", () =>
      configMap("known").then(
        () => true,
        () => false,
      ),
    );
    for (let index = 0; index < 20; index++) await configMap(`after-${index}`);
    // Its owner may go on as if nobody had touched it.
    await apply(`${mutating}/of-a-chart`, chart);
    await configMap("applied-again");
    expect((await plane.client.get(`${mutating}/of-a-chart`)).webhooks[0].matchConditions).toHaveLength(1);
    const ours = await plane.client.get(`${mutating}/rehearsal-lws`);
    expect(ours.webhooks.flatMap(({ matchConditions }: KubeObject) => matchConditions ?? [])).toEqual([]);
    await plane.client.delete(`${mutating}/of-a-chart`);
  });

  it("ends with the control plane, even when that is killed", async () => {
    const { pid } = controllers()[0]!;
    process.kill(plane.pid, "SIGKILL");
    await eventually("nothing of it runs", () => processesOf(plane.folder).length === 0, 30_000);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
