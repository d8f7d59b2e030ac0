import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { sharedControlPlane } from "../../control-plane/testing";
import { ensureTools } from "../../toolchain";
import { Api } from "./api";
import { connect } from "./kubeconfig";
import { type CallError, type Held, plain, TestEngine, TestMonitor, uniqueName } from "./testing";
import { type Json, type Properties, reveal, Secret, unknown } from "./values";

let kubeconfig: string;
let engine: TestEngine;
let api: Api;
let namespace: string;

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const SECRET = "kubernetes:core/v1:Secret";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

beforeAll(async () => {
  ({ kubeconfig } = await sharedControlPlane());
  engine = await TestEngine.start({ kubeconfig });
  api = new Api(connect({ kubeconfig }));
});
afterAll(async () => {
  await engine?.stop();
  api?.http.close();
});
beforeEach(async () => {
  namespace = uniqueName("standin");
  await engine.create("kubernetes:core/v1:Namespace", namespace, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  return async () => {
    const mapping = await api.mapping({ apiVersion: "v1", kind: "Namespace" });
    await api.delete(mapping, undefined, namespace, "Background");
  };
});

const configMap = (data: Properties, metadata: Properties = {}): Properties => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace, ...metadata },
  data,
});

const deployment = (name: string, spec: Properties, metadata: Properties = {}): Properties => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace, name, ...metadata },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image: "none" }], ...spec } },
  },
});

function definition(group: string): Properties {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            },
          },
        },
      ],
    },
  };
}

const widget = (group: string, spec: Properties, name = "w"): Properties => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { namespace, name },
  spec,
});

/** The live object, whoever changed it. */
async function live(held: Held): Promise<Json> {
  const { apiVersion, kind, metadata } = plain(held);
  return api.get(await api.mapping({ apiVersion, kind }), metadata.namespace, metadata.name);
}

/** Changes an object behind the provider's back. */
async function edit(held: Held, patch: object, fieldManager = "somebody"): Promise<void> {
  const { apiVersion, kind, metadata } = plain(held);
  const { resource } = await api.mapping({ apiVersion, kind });
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  await api.http.json("PATCH", `${root}/namespaces/${metadata.namespace}/${resource}/${metadata.name}`, {
    query: { fieldManager },
    contentType: "application/merge-patch+json",
    body: patch,
  });
}

async function failure(promise: Promise<unknown>): Promise<CallError> {
  return promise.then(
    () => expect.fail("it should have failed"),
    (error) => error,
  );
}

async function isGone(held: Held): Promise<boolean> {
  return (await engine.refresh(held)).id === "";
}

describe("an object", () => {
  it("is named, created, left alone, updated in place and deleted", async () => {
    const held = await engine.create(CONFIG_MAP, "settings", configMap({ a: "1" }));
    expect(held.id).toMatch(new RegExp(`^${namespace}/settings-[0-9a-f]{8}$`));
    expect(plain(held).metadata.uid).toBeTruthy();

    const same = await engine.check(held.urn, configMap({ a: "1" }), held.inputs);
    expect(await engine.diff(held, same)).toMatchObject({ changed: false, detailed: {} });

    const labelled = configMap({ a: "1" }, { labels: { team: "x" } });
    const news = await engine.check(held.urn, labelled, held.inputs);
    expect(await engine.diff(held, news)).toMatchObject({
      changed: true,
      replaces: [],
      detailed: { "metadata.labels": "ADD" },
    });
    const updated = await engine.update(held, labelled);
    expect(updated.id).toBe(held.id);
    expect((await live(updated)).metadata.labels).toEqual({ team: "x" });

    await engine.update(updated, configMap({ a: "1" }));
    expect((await live(updated)).metadata.labels).toBeUndefined();

    await engine.delete(updated);
    expect(await isGone(updated)).toBe(true);
    await engine.delete(updated);
  });

  it("is replaced where it cannot change, its name deciding what goes first", async () => {
    const autonamed = await engine.create(CONFIG_MAP, "settings", configMap({ a: "1" }));
    const news = await engine.check(autonamed.urn, configMap({ a: "2" }), autonamed.inputs);
    expect(await engine.diff(autonamed, news)).toMatchObject({ replaces: ["data.a"], deleteBeforeReplace: false });

    const named = await engine.create(CONFIG_MAP, "named", configMap({ a: "1" }, { name: "named" }));
    const other = await engine.check(named.urn, configMap({ a: "2" }, { name: "named" }), named.inputs);
    expect(await engine.diff(named, other)).toMatchObject({
      replaces: ["data.a"],
      deleteBeforeReplace: true,
      detailed: { "data.a": "UPDATE_REPLACE" },
    });
    expect(await engine.diff(named, other, ["data"])).toMatchObject({ changed: false });
  });

  it("is replaced when the API server calls the field immutable", async () => {
    const pod = (seconds: number): Properties => ({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { namespace, name: "c" },
      spec: {
        schedule: "@daily",
        jobTemplate: {
          spec: {
            backoffLimit: seconds,
            template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } },
          },
        },
      },
    });
    // A cron job may change, a resource claim may not.
    const cron = await engine.create("kubernetes:batch/v1:CronJob", "c", pod(1));
    expect(await engine.diff(cron, await engine.check(cron.urn, pod(2), cron.inputs))).toMatchObject({ replaces: [] });
    const claim = (count: number): Properties => ({
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaim",
      metadata: { namespace, name: "gpus" },
      spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "none", count } }] } },
    });
    const held = await engine.create("kubernetes:resource.k8s.io/v1:ResourceClaim", "gpus", claim(1));
    const news = await engine.check(held.urn, claim(2), held.inputs);
    expect(await engine.diff(held, news)).toMatchObject({
      replaces: ["spec.devices.requests[0].exactly.count"],
      deleteBeforeReplace: true,
    });
  });

  it("that is there already is refused, unless this resource made it or upserting is on", async () => {
    const held = await engine.create(CONFIG_MAP, "once", configMap({ a: "1" }, { name: "once" }));
    // As after an update that was cut off before its state was written.
    const again = await engine.create(CONFIG_MAP, "once", configMap({ a: "1" }, { name: "once" }));
    expect(plain(again).metadata.uid).toBe(plain(held).metadata.uid);

    const stranger = engine.create(CONFIG_MAP, "renamed", configMap({ a: "1" }, { name: "once" }));
    expect((await failure(stranger)).message).toMatch(/v1\/ConfigMap .*\/once already exists.*upsertExistingObjects/);

    const upserting = await TestEngine.start({ kubeconfig, upsertExistingObjects: "true" });
    const adopted = await upserting.create(CONFIG_MAP, "renamed", configMap({ a: "1" }, { name: "once" }));
    expect(plain(adopted).metadata.uid).toBe(plain(held).metadata.uid);
    await upserting.stop();
  });

  it("with a misspelt field is refused, at preview already", async () => {
    const misspelt = deployment("web", { nodeSelektor: { a: "b" } });
    expect((await failure(engine.create(DEPLOYMENT, "web", misspelt, true))).message).toMatch(/nodeSelektor/);
    expect((await failure(engine.create(DEPLOYMENT, "web", misspelt))).message).toMatch(
      /apps\/v1\/Deployment .*nodeSelektor/,
    );
  });

  it("without kind is refused by the check", async () => {
    const urn = engine.urn(CONFIG_MAP, "x");
    expect((await failure(engine.check(urn, { apiVersion: "v1" }))).message).toMatch(/kind: .*needs its \.kind/);
    const list = failure(
      engine.check(engine.urn("kubernetes:core/v1:ConfigMapList", "x"), { apiVersion: "v1", kind: "ConfigMapList" }),
    );
    expect((await list).message).toMatch(/cannot be created directly/);
  });

  it("keeps the fields that another manager owns, and says so", async () => {
    const held = await engine.create(DEPLOYMENT, "web", {
      ...deployment("web", {}, { annotations: { "pulumi.com/skipAwait": "true" } }),
    });
    await edit(held, { spec: { replicas: 3 } }, "autoscaler");
    const scaled = (metadata: Properties): Properties => {
      const inputs = deployment("web", {}, metadata);
      return { ...inputs, spec: { ...(inputs.spec as Properties), replicas: 5 } };
    };
    const annotations: Properties = { "pulumi.com/skipAwait": "true" };
    const { message } = await failure(engine.update(held, scaled({ annotations })));
    expect(message).toMatch(
      /conflict for field manager "pulumi-kubernetes-.*\.spec\.replicas \(managed by "autoscaler"/,
    );
    expect(message).toMatch(/pulumi\.com\/patchForce/);

    const forced = await engine.update(
      held,
      scaled({ annotations: { ...annotations, "pulumi.com/patchForce": "true" } }),
    );
    expect((await live(forced)).spec.replicas).toBe(5);
  });
});

describe("what somebody changed with kubectl", () => {
  it("is taken back by an update", async () => {
    const annotations: Properties = { "pulumi.com/skipAwait": "true" };
    const held = await engine.create(
      DEPLOYMENT,
      "web",
      deployment("web", { terminationGracePeriodSeconds: 5 }, { annotations }),
    );
    await edit(held, { spec: { template: { spec: { terminationGracePeriodSeconds: 6 } } } }, "kubectl-edit");
    const updated = await engine.update(held, deployment("web", { terminationGracePeriodSeconds: 7 }, { annotations }));
    expect((await live(updated)).spec.template.spec.terminationGracePeriodSeconds).toBe(7);
  });
});

describe("types that are not supported", () => {
  it("are refused whatever is asked for them, and never taken for deleted", async () => {
    const type = "kubernetes:helm.sh/v3:Release";
    expect((await failure(engine.create(type, "r", { chart: "c" }))).message).toMatch(/use helm\.v4\.Chart/);
    expect((await failure(engine.import(type, "r", "ns/r"))).message).toMatch(/use helm\.v4\.Chart/);
  });
});

describe("secrets", () => {
  it("stay secret in inputs and outputs", async () => {
    const held = await engine.create(SECRET, "s", {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace },
      stringData: { password: "correcthorse" },
    });
    expect(held.inputs.stringData).toBeInstanceOf(Secret);
    expect(held.outputs.data).toBeInstanceOf(Secret);
    expect((held.outputs.__inputs as Properties).stringData).toBeInstanceOf(Secret);
    expect(plain(held).data.password).toBe(btoa("correcthorse"));
    const refreshed = await engine.refresh(held);
    expect(refreshed.inputs).toEqual(held.inputs);
    expect(refreshed.outputs.data).toBeInstanceOf(Secret);
  });

  it("in other objects close what they went into", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ open: "x", closed: new Secret("y") }));
    expect(held.outputs.data).toEqual({ open: "x", closed: new Secret("y") });
    expect((await live(held)).data).toEqual({ open: "x", closed: "y" });
  });
});

describe("a refresh", () => {
  it("shows no drift where there is none, however the server spells the values", async () => {
    const inputs = deployment("web", {}, { annotations: { "pulumi.com/skipAwait": "true" } });
    const spec = inputs.spec as Json;
    spec.template.spec.containers[0].resources = { limits: { cpu: "1000m", memory: "1024Mi" } };
    const held = await engine.create(DEPLOYMENT, "web", inputs);
    await edit(held, { metadata: { annotations: { other: "x" } } });
    const refreshed = await engine.refresh(held);
    expect(refreshed.inputs).toEqual(held.inputs);
    expect(await engine.diff(refreshed, held.inputs)).toMatchObject({ changed: false });
  });

  it("shows what was changed, and that an object is gone", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ a: "1", b: "1" }));
    await edit(held, { data: { a: "2", extra: "x" } });
    const refreshed = await engine.refresh(held);
    expect(reveal(refreshed.inputs).data).toEqual({ a: "2", b: "1" });
    expect(await engine.diff(refreshed, held.inputs)).toMatchObject({
      changed: true,
      detailed: { "data.a": "UPDATE_REPLACE" },
    });
    await engine.delete(held);
    expect(await isGone(held)).toBe(true);
  });

  it("imports by id", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ a: "1" }, { name: "known" }));
    const imported = await engine.import(CONFIG_MAP, "i", `${namespace}/known`);
    expect(imported.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "known", namespace },
      data: { a: "1" },
    });
    expect(plain(imported).metadata.uid).toBe(plain(held).metadata.uid);
    expect((await engine.import(CONFIG_MAP, "i", `${namespace}/none`)).id).toBe("");
  });
});

describe("a preview", () => {
  it("changes nothing and leaves open what only the update can tell", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ a: "1" }, { name: "dry" }), true);
    expect(held.id).toBe("");
    expect((held.outputs.metadata as Properties).uid).toBe(unknown);
    expect((await engine.import(CONFIG_MAP, "c", `${namespace}/dry`)).id).toBe("");
  });

  it("takes inputs that are not known, kinds that are not served and namespaces that are not there", async () => {
    const open = await engine.create(CONFIG_MAP, "c", configMap({ a: unknown }), true);
    expect((open.outputs.data as Properties).a).toBe(unknown);
    const early = await engine.create(
      "kubernetes:nobody.example.org/v1:Widget",
      "w",
      widget("nobody.example.org", { size: 1 }),
      true,
    );
    expect(early.outputs.spec).toEqual({ size: 1 });
    const homeless = await engine.create(CONFIG_MAP, "h", configMap({}, { namespace: "not-there-yet" }), true);
    expect(homeless.outputs).toEqual(homeless.inputs);
  });
});

describe("custom resources", () => {
  it("may be created beside their definition, and go with it", async () => {
    const group = `${uniqueName("g")}.example.org`;
    const type = `kubernetes:${group}/v1:Widget`;
    // The object comes first and has to wait.
    const waiting = engine.create(type, "w", widget(group, { size: 1 }));
    const crd = await engine.create(DEFINITION, "crd", definition(group));
    const held = await waiting;
    expect(plain(held).spec).toEqual({ size: 1 });

    const misspelt = failure(engine.create(type, "w2", widget(group, { sise: 1 }, "w2")));
    expect((await misspelt).message).toMatch(/sise/);

    const news = await engine.check(held.urn, widget(group, { size: 2 }), held.inputs);
    expect(await engine.diff(held, news)).toMatchObject({ detailed: { "spec.size": "UPDATE" }, replaces: [] });
    expect(plain(await engine.update(held, widget(group, { size: 2 }))).spec.size).toBe(2);

    await engine.delete(crd);
    await engine.delete(held);
    expect(await isGone(held)).toBe(true);
  });
});

describe("waiting", () => {
  it("ends when a deployment is up", async () => {
    // No replicas, so that no node is needed.
    const inputs = deployment("idle", {});
    const held = await engine.create(DEPLOYMENT, "idle", {
      ...inputs,
      spec: { ...(inputs.spec as Properties), replicas: 0 },
    });
    expect(plain(held).status.observedGeneration).toBe(1);
  });

  it("tells why a deployment does not come up, and keeps the object", async () => {
    const inputs = deployment("stuck", { nodeSelector: { "example.org/none": "x" } });
    const { message, init } = await failure(engine.create(DEPLOYMENT, "stuck", inputs, false, 6));
    expect(message).toMatch(/apps\/v1\/Deployment .*\/stuck: not ready after 6 s: 0 of 1 replicas are available/);
    expect(init?.id).toBe(`${namespace}/stuck`);
    expect(init?.reasons.join("\n")).toMatch(/\[Pod stuck-.*Unschedulable: .*node/);
    expect(reveal(init?.outputs ?? {}).metadata.uid).toBeTruthy();

    // A refresh says so too, and the fixed deployment comes up.
    const held = {
      urn: engine.urn(DEPLOYMENT, "stuck"),
      id: init!.id,
      outputs: init!.outputs,
      inputs: reveal(init!.outputs).__inputs,
    };
    expect((await failure(engine.refresh(held))).init?.reasons[0]).toMatch(/0 of 1 replicas/);
    const fixed = await engine.update(held, { ...inputs, spec: { ...(inputs.spec as Properties), replicas: 0 } });
    expect(plain(fixed).spec.replicas).toBe(0);
  });

  it("ends for a service once its endpoints have settled", async () => {
    const held = await engine.create("kubernetes:core/v1:Service", "svc", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace },
      spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] },
    });
    expect(plain(held).spec.clusterIP).toBeTruthy();
  });

  it("lasts until what is deleted is gone, and says what holds it", async () => {
    const held = await engine.create(CONFIG_MAP, "held", configMap({}, { finalizers: ["example.org/hold"] }));
    expect((await failure(engine.delete(held, 1))).message).toMatch(/still there 1 s after.*example\.org\/hold/);
    const deleting = engine.delete(held);
    await edit(held, { metadata: { finalizers: null } });
    await deleting;
    expect(await isGone(held)).toBe(true);
  });
});

/** A kubeconfig of an API server that nobody runs. */
async function awayKubeconfig(): Promise<{ config: string; server: string }> {
  const port = await new Promise<number>((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as { port: number };
      listener.close(() => resolve(port));
    });
  });
  const server = `https://127.0.0.1:${port}`;
  const config = stringify({
    "current-context": "c",
    clusters: [{ name: "k", cluster: { server } }],
    contexts: [{ name: "c", context: { cluster: "k" } }],
  });
  return { config, server };
}

describe("an API server that cannot be reached", () => {
  it("is named, soon, and does not stop a preview", async () => {
    const { config, server } = await awayKubeconfig();
    const away = await TestEngine.start({ kubeconfig: config });
    const started = Date.now();
    const { message } = await failure(away.create(CONFIG_MAP, "c", configMap({}, { name: "c" })));
    expect(message).toMatch(new RegExp(`cannot reach the API server at ${server}: .*ECONNREFUSED`));
    expect(Date.now() - started).toBeLessThan(15_000);
    const preview = await away.create(CONFIG_MAP, "c", configMap({ a: "1" }, { name: "c" }), true);
    expect(preview.outputs).toEqual(preview.inputs);
    await away.stop();
  });

  it("fails a refresh and a destroy, unless the provider is told that the cluster is gone", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ a: "1" }));
    const { config } = await awayKubeconfig();
    const away = await TestEngine.start({ kubeconfig: config });
    expect((await failure(away.refresh(held))).message).toMatch(/PULUMI_K8S_DELETE_UNREACHABLE/);
    expect((await failure(away.delete(held))).message).toMatch(/PULUMI_K8S_DELETE_UNREACHABLE/);
    await away.stop();

    const gone = await TestEngine.start({ kubeconfig: config, deleteUnreachable: "true" });
    expect((await gone.refresh(held)).id).toBe("");
    await gone.delete(held);
    await gone.stop();

    const skipping = await TestEngine.start({ kubeconfig: config, skipUpdateUnreachable: "true" });
    expect(await skipping.check(held.urn, configMap({ a: "2" }), held.inputs)).toEqual(held.inputs);
    expect(await skipping.refresh(held)).toEqual(held);
    await skipping.stop();
  });

  it("is told from a context that does not exist", async () => {
    const { message } = await failure(TestEngine.start({ kubeconfig, context: "prod" }));
    expect(message).toMatch(/has no context "prod"; it has ".+"/);
  });
});

describe("components", () => {
  let folder: string;
  let monitor: TestMonitor;
  const savedHelm = process.env.HELM;
  beforeAll(async () => {
    process.env.HELM = (await ensureTools(["helm"])).helm?.path;
    return () => {
      if (savedHelm === undefined) delete process.env.HELM;
      else process.env.HELM = savedHelm;
    };
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "chart-"));
    monitor = await TestMonitor.start(engine);
    return async () => {
      await monitor.stop();
      rmSync(folder, { recursive: true });
    };
  });

  it("render a chart: definitions first, hooks left out, every object a child", async () => {
    const group = `${uniqueName("g")}.example.org`;
    mkdirSync(join(folder, "crds"));
    mkdirSync(join(folder, "templates"));
    writeFileSync(join(folder, "Chart.yaml"), "apiVersion: v2\nname: small\nversion: 0.1.0\n");
    writeFileSync(join(folder, "values.yaml"), "message: default\nkept: yes\n");
    writeFileSync(join(folder, "crds", "widgets.yaml"), stringify(definition(group)));
    writeFileSync(
      join(folder, "templates", "all.yaml"),
      [
        `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}`,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, annotations: {helm.sh/resource-policy: keep}}\n" +
          "data: {message: {{ .Values.message | quote }}, kube: {{ .Capabilities.KubeVersion.Version | quote }}, " +
          'claims: {{ .Capabilities.APIVersions.Has "resource.k8s.io/v1/ResourceClaim" | quote }}}',
        "apiVersion: v1\nkind: Secret\nmetadata: {name: sec}\nstringData: {a: b}",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: post-install}}\nspec: {}",
      ].join("\n---\n"),
    );
    const { urn, state } = await monitor.construct("kubernetes:helm.sh/v4:Chart", "small", {
      chart: folder,
      namespace,
      values: { message: new Secret("correcthorse") },
    });
    expect(urn).toContain("small");
    expect(monitor.names()).toEqual([
      "kubernetes:helm.sh/v4:Chart small",
      `kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition small:widgets.${group}`,
      `kubernetes:core/v1:ConfigMap small:${namespace}/cm`,
      `kubernetes:core/v1:Secret small:${namespace}/sec`,
      `kubernetes:${group}/v1:Widget small:${namespace}/w`,
    ]);
    const [component, crd, map, secret, custom] = monitor.sorted();
    expect([crd, map, secret, custom].map((child) => child?.parent)).toEqual(Array(4).fill(component?.urn));
    expect(custom?.dependencies).toEqual([crd?.urn]);
    expect(map?.dependencies).toEqual([]);
    expect(map?.retainOnDelete).toBe(true);
    expect(map?.provider).toBe("urn:provider::id");
    expect(secret?.inputs.stringData).toBeInstanceOf(Secret);
    const data = map?.inputs.data as Properties;
    expect(data.message).toEqual(new Secret("correcthorse"));
    expect(data.claims).toBe("true");
    expect(data.kube).toMatch(/^v1\.\d+/);
    expect(state.resources).toHaveLength(4);
    expect((await live(custom!.held!)).spec).toEqual({ size: 3 });
  });

  it("pass on what helm says when a chart is broken", async () => {
    mkdirSync(join(folder, "templates"));
    writeFileSync(join(folder, "Chart.yaml"), "apiVersion: v2\nname: small\nversion: 0.1.0\n");
    writeFileSync(join(folder, "templates", "a.yaml"), '{{ required "a size is needed" .Values.size }}');
    const { message } = await failure(monitor.construct("kubernetes:helm.sh/v4:Chart", "small", { chart: folder }));
    expect(message).toMatch(/helm template of chart .* failed with exit code 1: .*a size is needed/s);
  });

  it("say that a chart's inputs are not known yet", async () => {
    const { state } = await monitor.construct("kubernetes:helm.sh/v4:Chart", "small", {
      chart: folder,
      values: { a: unknown },
    });
    expect(state.resources).toBe(unknown);
    expect(monitor.names()).toEqual(["kubernetes:helm.sh/v4:Chart small"]);
  });

  it("take manifests from files, text and objects", async () => {
    writeFileSync(join(folder, "one.yaml"), stringify(configMap({ a: "1" }, { name: "one" })));
    writeFileSync(
      join(folder, "two.yaml"),
      stringify({ apiVersion: "v1", kind: "List", items: [configMap({}, { name: "two" })] }),
    );
    await monitor.construct("kubernetes:yaml/v2:ConfigGroup", "group", {
      files: [join(folder, "*.yaml")],
      yaml: stringify(configMap({}, { name: "three" })),
      objs: [configMap({}, { name: "four" })],
      resourcePrefix: "p",
      skipAwait: true,
    });
    expect(monitor.names().slice(1)).toEqual(
      ["four", "one", "three", "two"].map((name) => `${CONFIG_MAP} p:${namespace}/${name}`),
    );
    expect(reveal(monitor.sorted()[1]!.inputs).metadata.annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  });

  it("take a manifest from one file", async () => {
    const file = join(folder, "one.yaml");
    writeFileSync(file, stringify(configMap({ a: "1" }, { name: "one" })));
    await monitor.construct("kubernetes:yaml/v2:ConfigFile", "file", { file });
    expect(monitor.names()).toEqual(["kubernetes:yaml/v2:ConfigFile file", `${CONFIG_MAP} file:${namespace}/one`]);
    const missing = failure(
      monitor.construct("kubernetes:yaml/v2:ConfigFile", "none", { file: join(folder, "no.yaml") }),
    );
    expect((await missing).message).toMatch(/no\.yaml cannot be read/);
  });

  it("that are not supported say what to use instead", async () => {
    const { message } = await failure(monitor.construct("kubernetes:kustomize/v2:Directory", "k", { directory: "." }));
    expect(message).toMatch(/kubectl kustomize/);
  });
});

describe("patch resources", () => {
  const TYPE = "kubernetes:core/v1:ConfigMapPatch";
  it("own their fields and no others, and give them up in the end", async () => {
    const held = await engine.create(CONFIG_MAP, "c", configMap({ a: "1" }, { name: "shared" }));
    const patch = await engine.create(TYPE, "p", configMap({ b: "2" }, { name: "shared" }));
    expect((await live(held)).data).toEqual({ a: "1", b: "2" });
    await engine.delete(patch);
    expect((await live(held)).data).toEqual({ a: "1" });
  });
});
