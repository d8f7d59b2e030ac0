import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { imageReference } from "../../catalog/images";
import { releases } from "../../catalog/releases";
import { unchosen } from "../../components/chosen-releases";
import { loadEnvironment } from "../../stacks/load";
import { temporaryFolder } from "../control-plane/testing";
import { Progress } from "../progress";
import { Api } from "../providers/kubernetes/api";
import { connect } from "../providers/kubernetes/kubeconfig";
import { rehearse } from "../rehearse";
import type { RehearsalReport } from "../report";
import { tearDown } from "../tear-down";
import { ensureTools } from "../toolchain";
import { run } from "./run";

/** The release that our chart stands in for: same name and version, other content. */
const { lws } = releases;
const name = "from-the-mirror";
const group = "mirror.example.org";

const silent = new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream;
const progress = new Progress(silent);

let base: string;
let mirror: string;

beforeEach(async () => {
  base = await temporaryFolder("chart-mirror");
  mirror = path.join(base, "mirror");
  await mkdir(mirror);
});
afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

/** A chart with one Deployment, a ConfigMap and a definition, packed by helm under the name that the catalog has for it. */
async function packChart(image: string): Promise<void> {
  if (lws.source.kind !== "chart") throw new Error("the catalog installs lws from a manifest, not from a chart");
  const { chart, version } = lws.source;
  const files: Record<string, object> = {
    "Chart.yaml": { apiVersion: "v2", name: chart, version, description: "A small chart of ours." },
    "crds/widget.yaml": {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    },
    "templates/configmap.yaml": {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "{{ .Release.Namespace }}" },
      data: { chart: "{{ .Chart.Name }}" },
    },
    "templates/deployment.yaml": {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "{{ .Release.Namespace }}" },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                name: "main",
                image,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              },
            ],
          },
        },
      },
    },
  };
  for (const [file, content] of Object.entries(files)) {
    const place = path.join(base, "chart", file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, stringify(content));
  }
  const { helm } = await ensureTools(["helm"]);
  await run(helm!.path, ["package", "chart", "--destination", mirror], { cwd: base, env: process.env });
}

/** Rehearses `local` with the folder as its mirror, looks at what came of it, and ends it. */
async function rehearsed(look: (report: RehearsalReport) => Promise<void>): Promise<void> {
  try {
    await look(await rehearse("local", { progress, base, change: { mirror: { charts: mirror } } }));
  } finally {
    await tearDown("local", { progress, base, force: true });
  }
}

const notRendered = (report: RehearsalReport) => report.chartsNotRendered.map(({ release }) => release);

// Each is a rehearsal from nothing, which takes minutes where the machine has other work too.
describe("a chart from a mirror folder", { timeout: 900_000 }, () => {
  it("is refused for an image from outside the jurisdiction, and nothing is created", async () => {
    const image = "registry.elsewhere.example/team/main:v1";
    await packChart(image);
    await rehearsed(async (report) => {
      const findings = report.policyFindings.filter(({ policy }) => policy === "sovereignty-registry");
      expect(findings).toMatchObject([{ level: "mandatory", resource: expect.stringContaining(name) }]);
      const { message } = findings[0]!;
      expect(message).toContain(`${lws.namespace}/${name} (kubernetes:apps/v1:Deployment)`);
      expect(message).toContain(image);
      expect(report.ok).toBe(false);
      expect(report.errors).toContain(message);
      expect(report.resources).toBe(0);
      expect(report.pods).toMatchObject({ running: 0, pending: 0, succeeded: 0 });
    });
  });

  it("comes up on the cluster, beside placeholders of the charts that the folder lacks", async () => {
    await packChart(imageReference(lws.images[0]!, {}));
    await rehearsed(async (report) => {
      expect(report.errors).toEqual([]);
      expect(report.ok).toBe(true);
      const others: ReadonlySet<string> = unchosen(loadEnvironment("local"));
      expect(notRendered(report)).toEqual(
        Object.keys(releases).filter((release) => release !== lws.name && !others.has(release)),
      );
      const api = new Api(connect({ kubeconfig: report.kubeconfig }));
      try {
        const get = async (apiVersion: string, kind: string, of: string) =>
          api.get(await api.mapping({ apiVersion, kind }), lws.namespace, of);
        expect((await get("apps/v1", "Deployment", name)).status.availableReplicas).toBe(1);
        expect((await get("v1", "ConfigMap", name)).data).toEqual({ chart: "lws" });
        await expect(api.mapping({ apiVersion: `${group}/v1`, kind: "Widget" })).resolves.toBeDefined();
      } finally {
        api.http.close();
      }
    });
  });
});
