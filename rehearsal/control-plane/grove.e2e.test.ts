import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { releases } from "../../catalog/releases";
import type { KubernetesObject } from "../../components/recording";
import { dynamoModel, recordModel, role } from "../../components/serving/dynamo/testing";
import { DefinitionSource } from "../mirror/definitions";
import { eventually } from "../testing";
import type { ControlPlane, KubeObject } from ".";
import { gpuClass, h100Node } from "./fixtures";
import { applyNodes } from "./nodes";
import { type OwnControlPlane, ownControlPlane } from "./testing";

const namespace = "tenant-search";
const crdDir = process.env.CRD_DIR;
const node = h100Node({ name: "h100-0", group: "dynamo", labels: { pool: "h100" } });

const collections: Readonly<Record<string, string>> = {
  ServiceAccount: "/api/v1/namespaces/*/serviceaccounts",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/*/rolebindings",
  PodDisruptionBudget: "/apis/policy/v1/namespaces/*/poddisruptionbudgets",
  ResourceClaimTemplate: "/apis/resource.k8s.io/v1/namespaces/*/resourceclaimtemplates",
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/*/networkpolicies",
  DynamoGraphDeployment: "/apis/nvidia.com/v1beta1/namespaces/*/dynamographdeployments",
};
const grove = `/apis/grove.io/v1alpha1/namespaces/${namespace}`;
const graphs = `/apis/nvidia.com/v1beta1/namespaces/${namespace}/dynamographdeployments`;

/** Graphs that the platform writes, through both stand-ins, the real API server and the real scheduler. */
describe("Dynamo and Grove, as a rehearsal stands in for them", () => {
  let own: OwnControlPlane;
  let plane: ControlPlane;

  const apply = (path: string, object: KubeObject | KubernetesObject) =>
    plane.client.apply(path, object as KubeObject, { fieldManager: "test" });
  const list = (kind: string) => plane.client.list(`${grove}/${kind}`);
  const pods = () => plane.client.list(`/api/v1/namespaces/${namespace}/pods`);
  const graph = (name: string) => plane.client.get(`${graphs}/${name}`);

  /** Everything of a model that is not the Gateway API's, as its component writes it. */
  async function serve(...model: Parameters<typeof dynamoModel>) {
    const { objects } = await recordModel(dynamoModel(...model));
    for (const object of objects) {
      const collection = collections[object.kind];
      if (collection === undefined) continue;
      await apply(`${collection.replace("*", namespace)}/${object.metadata.name}`, object);
    }
    return objects.find(({ kind }) => kind === "DynamoGraphDeployment")!;
  }

  /** Pods that run, by the component that they are of. */
  async function running(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { metadata, status } of await pods()) {
      const component = metadata.labels["nvidia.com/dynamo-component"];
      if (status.phase === "Running") counts[component] = (counts[component] ?? 0) + 1;
    }
    return counts;
  }

  const runs = (expected: Record<string, number>) =>
    eventually(`${JSON.stringify(expected)} run`, async () => {
      const counts = await running();
      const all = Object.entries(expected).every(([component, count]) => counts[component] === count);
      return all && (await pods()).length === Object.values(expected).reduce((sum, count) => sum + count, 0);
    });

  /** Pods and claims at once, and the rest when the garbage collector, which looks for new kinds every 30 s, knows them. */
  async function remove(): Promise<void> {
    await plane.client.delete(`${graphs}/qwen`);
    const claims = `/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaims`;
    await eventually("no pod is left, nor any GPU taken", async () =>
      [await pods(), await plane.client.list(claims)].every(({ length }) => length === 0),
    );
    const rest = [
      ...["podcliquesets", "podcliquescalinggroups", "podcliques"].map((kind) => `${grove}/${kind}`),
      `/apis/scheduler.grove.io/v1alpha1/namespaces/${namespace}/podgangs`,
      `/api/v1/namespaces/${namespace}/services`,
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
    ];
    const left = async () => (await Promise.all(rest.map((path) => plane.client.list(path)))).flat().length;
    await eventually("nothing that was made of the graph is left", async () => (await left()) === 0, 90_000);
  }

  beforeAll(async () => {
    own = await ownControlPlane();
    plane = own.plane;

    const source = new DefinitionSource({ go: undefined, crdDir, env: process.env });
    const found = await Promise.all(
      [releases["grove-charts"], releases["dynamo-platform"]].map((release) => source.of(release)),
    );
    if (crdDir !== undefined) {
      expect(found[0]!.permissive, "Grove's own definitions").toEqual([]);
    }
    for (const { text } of found.flatMap(({ files }) => files)) {
      const definition = parse(text);
      await apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`, definition);
    }
    await eventually("graphs and sets are served", async () => {
      const answers = await Promise.allSettled([plane.client.get(graphs), plane.client.get(`${grove}/podcliquesets`)]);
      return answers.every(({ status }) => status === "fulfilled");
    });

    await apply(`/api/v1/namespaces/${namespace}`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    await apply("/apis/scheduling.k8s.io/v1/priorityclasses/ai-platform-model-server", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "ai-platform-model-server" },
      value: 125,
    });
    await apply("/apis/resource.k8s.io/v1/deviceclasses/gpu-h100-80gb", gpuClass("gpu-h100-80gb"));
    await applyNodes(plane.client, "dynamo", [
      node,
      { ...node, name: "h100-1" },
      { ...node, name: "system-0", labels: {}, taints: [], accelerator: undefined, gpus: 0 },
    ]);
  });

  afterAll(async () => {
    await own?.stop();
  });

  it("run a disaggregated model, every pod with the GPUs that it claims", async () => {
    await serve();
    await runs({ frontend: 1, prefill: 2, decode: 1 });
    const claims = await plane.client.list(`/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaims`);
    const devices = claims.map(({ status }) => status.allocation.devices.results.length);
    expect(devices.sort()).toEqual([1, 1, 4]);
    const handed = claims.flatMap(({ status }) =>
      status.allocation.devices.results.map(
        ({ pool, device }: { pool: string; device: string }) => `${pool}/${device}`,
      ),
    );
    expect(new Set(handed).size).toBe(6);
    for (const { metadata, spec } of await pods()) {
      expect(spec.schedulerName).toBe("kai-scheduler");
      expect(metadata.labels["grove.io/podgang"]).toBe("qwen-0");
    }
  });

  it("say so in the graph's status and in the set's", async () => {
    await eventually("the graph is successful", async () => (await graph("qwen")).status?.state === "successful");
    expect((await graph("qwen")).status.components.prefill).toMatchObject({ readyReplicas: 2, replicas: 2 });
    const [set] = await list("podcliquesets");
    expect(set).toMatchObject({
      metadata: { name: "qwen", ownerReferences: [{ kind: "DynamoGraphDeployment", name: "qwen" }] },
      status: { replicas: 1, availableReplicas: 1 },
    });
  });

  it("serve under the Service that the model's route names", async () => {
    await eventually("the frontend's Service has an address", async () => {
      const slices = await plane.client.list(
        `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dqwen-frontend`,
      );
      return slices.some(({ endpoints, ports }) => endpoints?.length === 1 && ports?.[0]?.port === 8000);
    });
  });

  it("follow a role that is made smaller and larger", async () => {
    const written = await serve({}, { serving: { mode: "disaggregated", prefill: role(), decode: role({ gpus: 4 }) } });
    expect(written.spec.components[1].replicas).toBe(1);
    await runs({ frontend: 1, prefill: 1, decode: 1 });
    await serve();
    await runs({ frontend: 1, prefill: 2, decode: 1 });
  });

  it("replace the pods of a role whose template changes, and leave the others", async () => {
    const before = new Map((await pods()).map(({ metadata }) => [metadata.name, metadata.uid]));
    await serve({ maxContext: 4096 });
    await eventually("workers have the new argument", async () => {
      const workers = (await pods()).filter(({ metadata }) => !metadata.name.includes("frontend"));
      return workers.length === 3 && workers.every(({ spec }) => spec.containers[0].args.includes("4096"));
    });
    await runs({ frontend: 1, prefill: 2, decode: 1 });
    const same = (await pods()).filter(({ metadata }) => before.get(metadata.name) === metadata.uid);
    expect(same.map(({ metadata }) => metadata.name)).toEqual(["qwen-0-frontend-0"]);
  });

  it("leave nothing behind when the graph goes", async () => {
    await remove();
  });

  it("run replicas over several nodes, as many gangs as there are beyond the first", async () => {
    const servers = role({ replicas: 2, gpus: 4, nodes: 2, tensorParallel: 8 });
    await serve({}, { serving: { mode: "aggregated", servers } });
    await runs({ frontend: 1, worker: 4 });
    const gangs = (await pods()).map(({ metadata }) => metadata.labels["grove.io/podgang"]);
    expect(gangs.sort()).toEqual(["qwen-0", "qwen-0", "qwen-0", "qwen-0-worker-0", "qwen-0-worker-0"]);
    await eventually("both replicas are counted", async () => {
      const [group] = await list("podcliquescalinggroups");
      return group?.status?.availableReplicas === 2;
    });
    await remove();
  });

  it("say in a clique's status why a pod of it is refused", async () => {
    const written = structuredClone(await serve());
    written.spec.components[0].podTemplate.spec.containers[0].securityContext.allowPrivilegeEscalation = true;
    await plane.client.delete(`${graphs}/qwen`);
    await apply(`${graphs}/qwen`, written);
    await eventually("the refusal is told", async () => {
      const found = await plane.client.list(`${grove}/podcliques`);
      const frontend = found.find(({ metadata }) => metadata.name === "qwen-0-frontend");
      return /violates PodSecurity "restricted/.test(frontend?.status?.lastErrors?.[0]?.description ?? "");
    });
    await remove();
  });

  // Where Grove's own definitions are to be had: placeholders refuse nothing, and have no replicas to ask for.
  if (crdDir !== undefined) {
    it("let one server of a role be evicted at a time", async () => {
      await serve();
      await runs({ frontend: 1, prefill: 2, decode: 1 });
      await eventually("the budget knows how many servers there should be", async () => {
        const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/qwen-prefill`;
        const { status } = await plane.client.get(path);
        return status?.expectedPods === 2 && status.desiredHealthy === 1 && status.disruptionsAllowed === 1;
      });
    });

    it("say in the graph's status what Grove's definition refuses", async () => {
      const written = await serve();
      const spec = { ...written.spec, priorityClassName: 3 };
      await apply(`${graphs}/qwen`, { ...written, spec });
      await eventually("the refusal is told", async () => {
        const { status } = await graph("qwen");
        return status?.state === "failed" && /priorityClassName/.test(status.conditions[0].message);
      });
      await remove();
    });
  }
});
