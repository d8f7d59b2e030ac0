import { describe, expect, it } from "vitest";
import type { KubeObject } from "./client";
import { statusOf } from "./dynamo";
import { graphObjects, podCliqueSetName, podCliqueSetOf } from "./graph-objects";
import { cliquesOf, gangsOf, groupsOf, podsOf, servicesOf } from "./grove-objects";

const component = (name: string, type: string, change: object = {}) => ({
  name,
  type,
  replicas: 1,
  podTemplate: {
    spec: {
      schedulerName: "kai-scheduler",
      serviceAccountName: "graph",
      containers: [{ name: "main", image: "example.test/image", env: [{ name: "DYN_COMPONENT", value: "mine" }] }],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  },
  ...change,
});

/** A frontend, two servers of one node and two replicas of three nodes. */
const graph: KubeObject = {
  apiVersion: "nvidia.com/v1beta1",
  kind: "DynamoGraphDeployment",
  metadata: { name: "graph", namespace: "team", uid: "graph-uid", generation: 4 },
  spec: {
    labels: { "kai.scheduler/queue": "team", "nvidia.com/dynamo-component": "forged" },
    priorityClassName: "servers",
    env: [{ name: "EVERYWHERE", value: "1" }],
    components: [
      component("frontend", "frontend"),
      component("decode", "decode", { replicas: 2, sharedMemorySize: "20Gi" }),
      component("prefill", "prefill", { replicas: 2, multinode: { nodeCount: 3 }, sharedMemorySize: "0" }),
    ],
  },
};

const set: KubeObject = { ...podCliqueSetOf(graph) };
set.metadata.uid = "set-uid";
const { cliques, podCliqueScalingGroups } = set.spec.template;
const cliqueNamed = (name: string) => cliques.find((clique: KubeObject) => clique.name === name);

describe("a graph, as Dynamo's operator hands it to Grove", () => {
  it("is a clique for each component, and a leader's and a workers' for one that spans nodes", () => {
    expect(cliques.map(({ name, spec }: KubeObject) => [name, spec.replicas, spec.minAvailable])).toEqual([
      ["frontend", 1, 1],
      ["decode", 2, 1],
      ["prefill-ldr", 1, 1],
      ["prefill-wkr", 2, 2],
    ]);
    expect(podCliqueScalingGroups).toEqual([
      { name: "prefill", cliqueNames: ["prefill-ldr", "prefill-wkr"], replicas: 2, minAvailable: 1 },
    ]);
    expect(set.spec).toMatchObject({
      replicas: 1,
      template: { priorityClassName: "servers", cliqueStartupType: "CliqueStartupTypeAnyOrder" },
    });
    expect(set.metadata.ownerReferences[0]).toMatchObject({ name: "graph", uid: "graph-uid", controller: true });
  });

  it("keeps its labels, and Dynamo's own before anybody's", () => {
    expect(cliqueNamed("decode").labels).toMatchObject({
      "kai.scheduler/queue": "team",
      "nvidia.com/dynamo-component": "decode",
      "nvidia.com/dynamo-component-type": "decode",
      "nvidia.com/dynamo-namespace": "team-graph",
      "nvidia.com/dynamo-graph-deployment-name": "graph",
    });
  });

  it("has what the operator lays under a component's main container", () => {
    const { containers, volumes } = cliqueNamed("decode").spec.podSpec;
    expect(containers[0].ports).toContainEqual({ name: "system", containerPort: 9090, protocol: "TCP" });
    const env = new Map(containers[0].env.map(({ name, value }: { name: string; value?: string }) => [name, value]));
    expect(env.get("DYN_NAMESPACE")).toBe("team-graph");
    expect(env.get("EVERYWHERE")).toBe("1");
    // The component's own comes last.
    expect(env.get("DYN_COMPONENT")).toBe("mine");
    expect(volumes).toContainEqual({ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "20Gi" } });
    expect(cliqueNamed("prefill-ldr").spec.podSpec.volumes.map(({ name }: { name: string }) => name)).toEqual(["tmp"]);
    expect(cliqueNamed("frontend").spec.podSpec.containers[0]).toMatchObject({
      command: ["python3"],
      ports: [{ name: "http", containerPort: 8000 }],
    });
  });

  it("has a Service for each component, which finds its pods by their labels", () => {
    const services = graphObjects(graph).flatMap(([, object]) => (object.kind === "Service" ? [object] : []));
    expect(services.map(({ metadata, spec }) => [metadata.name, spec.ports[0].port])).toEqual([
      ["graph-frontend", 8000],
      ["graph-decode", 9090],
      ["graph-prefill", 9090],
    ]);
    for (const { spec } of services) {
      const found = cliques.filter(({ labels }: KubeObject) =>
        Object.entries(spec.selector).every(([key, value]) => labels[key] === value),
      );
      expect(found.map(({ name }: KubeObject) => name.split("-")[0])).toContain(
        spec.selector["nvidia.com/dynamo-component"],
      );
      expect(new Set(found.map(({ name }: KubeObject) => name.split("-")[0])).size).toBe(1);
    }
  });

  it("is named as it is, or shorter where names of pods would get too long", () => {
    expect(podCliqueSetName(graph)).toBe("graph");
    const long = { ...graph, metadata: { ...graph.metadata, name: "n".repeat(40) } };
    // 45 for the set, its longest scaling group and clique: prefill and prefill-ldr.
    expect(podCliqueSetName(long)).toMatch(/^n{22}-[0-9a-f]{4}$/);
    expect(podCliqueSetName(long)).not.toBe(
      podCliqueSetName({ ...graph, metadata: { ...graph.metadata, name: "n".repeat(39) } }),
    );
  });

  it("is successful when every component has all of its replicas, and pending before", () => {
    const counts = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
    const of = (name: string, status: object) => ({ apiVersion: "", kind: "", metadata: { name }, status });
    const one = { replicas: 1, updatedReplicas: 1, readyReplicas: 1 };
    const up = [of("graph-0-frontend", one), of("graph-0-decode", counts)];
    expect(statusOf(graph, up, [of("graph-0-prefill", counts)])).toMatchObject({
      state: "successful",
      observedGeneration: 4,
      conditions: [{ type: "Ready", status: "True" }],
    });
    expect(statusOf(graph, up, [of("graph-0-prefill", { ...counts, availableReplicas: 1 })])).toMatchObject({
      state: "pending",
      conditions: [{ type: "Ready", status: "False", message: "not ready: prefill" }],
    });
    expect(statusOf(graph, [], [])).toMatchObject({ state: "pending" });
  });
});

describe("a PodCliqueSet, as Grove's operator makes pods of it", () => {
  const groups = groupsOf(set).map(
    (group): KubeObject => ({ ...group, metadata: { ...group.metadata, uid: "group-uid" } }),
  );
  const made = cliquesOf(set, groups).map(
    (clique): KubeObject => ({
      ...clique,
      metadata: { ...clique.metadata, uid: `${clique.metadata.name}-uid` },
    }),
  );
  const pods = made.flatMap((clique) => podsOf(clique, set));

  it("comes to cliques of the set itself, and of each replica of its scaling groups", () => {
    expect(groups.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual([["graph-0-prefill", 2]]);
    expect(made.map(({ metadata, spec }) => [metadata.name, spec.replicas])).toEqual([
      ["graph-0-frontend", 1],
      ["graph-0-decode", 2],
      ["graph-0-prefill-0-prefill-ldr", 1],
      ["graph-0-prefill-0-prefill-wkr", 2],
      ["graph-0-prefill-1-prefill-ldr", 1],
      ["graph-0-prefill-1-prefill-wkr", 2],
    ]);
    expect(made.map(({ metadata }) => metadata.ownerReferences[0].uid)).toEqual([
      "set-uid",
      "set-uid",
      ...Array(4).fill("group-uid"),
    ]);
  });

  it("places the least of everything in one gang, and further replicas of a group in gangs of their own", () => {
    const gangs = gangsOf(set);
    expect(gangs.map(({ metadata }) => metadata.name)).toEqual(["graph-0", "graph-0-prefill-0"]);
    const least = (gang: KubeObject) =>
      gang.spec.podgroups.map(({ name, minReplicas }: { name: string; minReplicas: number }) => [name, minReplicas]);
    expect(least(gangs[0]!)).toEqual([
      ["graph-0-frontend", 1],
      ["graph-0-decode", 1],
      ["graph-0-prefill-0-prefill-ldr", 1],
      ["graph-0-prefill-0-prefill-wkr", 2],
    ]);
    expect(least(gangs[1]!)).toEqual([
      ["graph-0-prefill-1-prefill-ldr", 1],
      ["graph-0-prefill-1-prefill-wkr", 2],
    ]);
    expect(gangs[0]!.metadata.labels).toMatchObject({
      "kai.scheduler/queue": "team",
      "grove.io/scheduler-name": "kai-scheduler",
    });
    expect(gangs[0]!.spec.priorityClassName).toBe("servers");
  });

  it("names every pod in the gang that the pod's label names", () => {
    const named = gangsOf(set).flatMap(({ metadata, spec }) =>
      spec.podgroups.flatMap(({ podReferences }: { podReferences: { name: string }[] }) =>
        podReferences.map(({ name }) => `${metadata.name}/${name}`),
      ),
    );
    expect(named.sort()).toEqual(
      pods.map(({ metadata }) => `${metadata.labels["grove.io/podgang"]}/${metadata.name}`).sort(),
    );
  });

  it("tells each pod who it is, and finds it by name", () => {
    const pod = pods.find(({ metadata }) => metadata.name === "graph-0-prefill-1-prefill-wkr-1")!;
    expect(pod.metadata.labels).toMatchObject({
      "grove.io/podclique": "graph-0-prefill-1-prefill-wkr",
      "grove.io/podclique-pod-index": "1",
      "grove.io/podcliquescalinggroup": "graph-0-prefill",
      "grove.io/podcliquescalinggroup-replica-index": "1",
      "grove.io/base-podgang": "graph-0",
      "app.kubernetes.io/part-of": "graph",
      "nvidia.com/dynamo-component": "prefill",
    });
    expect(pod.metadata.ownerReferences[0]).toMatchObject({
      kind: "PodClique",
      uid: "graph-0-prefill-1-prefill-wkr-uid",
    });
    expect(pod.spec).toMatchObject({
      hostname: pod.metadata.name,
      subdomain: "graph-0",
      schedulerName: "kai-scheduler",
    });
    const env = new Map(pod.spec.containers[0].env.map((entry: { name: string }) => [entry.name, entry]));
    expect(env.get("GROVE_HEADLESS_SERVICE")).toMatchObject({ value: "graph-0.team.svc.cluster.local" });
    expect(env.get("GROVE_PCSG_TEMPLATE_NUM_PODS")).toMatchObject({ value: "3" });
    const [service] = servicesOf(set);
    expect(service).toMatchObject({ metadata: { name: "graph-0" }, spec: { clusterIP: "None" } });
    expect(Object.entries(service!.spec.selector).every(([key, value]) => pod.metadata.labels[key] === value)).toBe(
      true,
    );
  });

  it("marks pods of another template", () => {
    const hash = (of: KubeObject) =>
      cliquesOf(of, groups).map(({ metadata }) => metadata.labels["grove.io/pod-template-hash"]);
    const changed = structuredClone(set);
    changed.spec.template.cliques[1].spec.podSpec.containers[0].image = "example.test/other";
    expect(hash(changed)[0]).toBe(hash(set)[0]);
    expect(hash(changed)[1]).not.toBe(hash(set)[1]);
  });
});
