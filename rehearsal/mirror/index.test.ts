import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { CustomResourceKind, Release } from "../../catalog/releases";
import { readTar, writeTarGz } from "../toolchain/archive";
import { buildMirror, type MirrorOptions } from "./index";

const unreachable = "oci://127.0.0.1:2/charts";
const widget: CustomResourceKind = {
  group: "shop.example.com",
  kind: "Widget",
  plural: "widgets",
  scope: "Namespaced",
  versions: ["v1"],
  storage: "v1",
};

let home: string;
let folder: string;
let server: Server | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mirror-test-"));
  folder = join(home, "mirror");
});

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
  rmSync(home, { recursive: true, force: true });
});

function release(change: Partial<Release> = {}): Release {
  return {
    name: "shop",
    version: "v2.1.0",
    source: { kind: "chart", chart: "shop-chart", version: "2.1.0", registry: unreachable },
    namespace: "shop",
    images: [],
    crds: [widget],
    after: [],
    minimumKubernetes: "1.32",
    install: { how: "helm.v4.Chart", hooks: "none" },
    origin: { source: "test", date: "2026-01-01" },
    ...change,
  };
}

const manifest = (url = "http://127.0.0.1:2/install.yaml") => release({ source: { kind: "manifest", url } });

function mirror(releases: Release[], options: Partial<MirrorOptions> = {}) {
  const env = { ...process.env, AI_PLATFORM_CACHE: join(home, "cache") };
  return buildMirror(releases, { folder, helm: join(home, "helm"), env, ...options });
}

function write(path: string, content: string | Buffer): string {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
  return join(home, path);
}

function program(name: string, body: string): string {
  const path = write(name, `#!/bin/sh\necho "$@" >> ${home}/${name}.log\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const calls = (name: string) =>
  existsSync(join(home, `${name}.log`))
    ? readFileSync(join(home, `${name}.log`), "utf8")
        .trim()
        .split("\n")
    : [];

/** A definition whose title tells where it came from. */
function definition(title: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.shop.example.com
spec:
  group: shop.example.com
  names:
    kind: Widget
    plural: widgets
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        title: ${title}
`;
}

/** The files of the placeholder chart, by name. */
function chart(): Record<string, string> {
  const archive = readFileSync(join(folder, "shop-chart-2.1.0.tgz"));
  return Object.fromEntries([...readTar(archive)].map(({ name, content }) => [name, content.toString()]));
}

const placedDefinition = () => parse(chart()["shop-chart/crds/widgets.shop.example.com.yaml"]!);

/** Serves one body at every path; returns the address. */
async function serve(body: string): Promise<string> {
  server = createServer((_request, response) => response.end(body));
  await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("an environment's own mirror", () => {
  it("gives its archives and manifests as they are", async () => {
    const archive = writeTarGz([{ name: "shop-chart/Chart.yaml", content: Buffer.from("name: shop-chart") }]);
    write("own/shop-chart-2.1.0.tgz", archive);
    write("own/market-v2.1.0.yaml", "kind: Namespace\n");
    const market = { ...manifest(), name: "market" };
    const result = await mirror([release(), market], { from: join(home, "own") });
    expect(result).toEqual({ folder, chartsRendered: ["shop", "market"], chartsNotRendered: [], crdsNotValidated: [] });
    expect(readFileSync(join(folder, "shop-chart-2.1.0.tgz")).equals(archive)).toBe(true);
    expect(readFileSync(join(folder, "market-v2.1.0.yaml"), "utf8")).toBe("kind: Namespace\n");
  });

  it("is the only source there is", async () => {
    mkdirSync(join(home, "own"));
    const url = `${await serve("kind: Namespace\n")}/install.yaml`;
    const { chartsNotRendered } = await mirror([manifest(url)], { from: join(home, "own") });
    expect(chartsNotRendered).toEqual([{ release: "shop", reason: `${join(home, "own")} holds no shop-v2.1.0.yaml` }]);
  });

  it("must exist", async () => {
    await expect(mirror([release()], { from: join(home, "own") })).rejects.toThrow(
      `"${join(home, "own")}" does not exist`,
    );
    await expect(mirror([release()], { crdDir: join(home, "crds") })).rejects.toThrow(
      `CRD_DIR "${join(home, "crds")}"`,
    );
  });
});

describe("what can be reached", () => {
  it("is pulled once and kept for other rehearsals", async () => {
    const registry = await serve("");
    const helm = program(
      "helm",
      'while [ $# -gt 0 ]; do [ "$1" = --destination ] && echo archive > "$2/shop-chart-2.1.0.tgz"; shift; done',
    );
    const releases = [release({ source: { kind: "chart", chart: "shop-chart", version: "2.1.0", registry } })];
    expect((await mirror(releases, { helm })).chartsRendered).toEqual(["shop"]);
    await mirror(releases, { helm, folder: join(home, "another") });
    expect(readFileSync(join(home, "another", "shop-chart-2.1.0.tgz"), "utf8")).toBe("archive\n");
    expect(calls("helm")).toHaveLength(1);
    expect(calls("helm")[0]).toMatch(`pull shop-chart --repo ${registry} --version 2.1.0`);
  });

  it("is reported with helm's own words when it cannot be pulled", async () => {
    const registry = await serve("");
    const helm = program("helm", "echo 'Error: chart not found' >&2; exit 1");
    const { chartsNotRendered } = await mirror(
      [release({ source: { kind: "chart", chart: "shop-chart", version: "2.1.0", registry } })],
      { helm },
    );
    expect(chartsNotRendered).toEqual([{ release: "shop", reason: "Error: chart not found" }]);
  });

  it("takes the place of the placeholder as soon as it is", async () => {
    const url = `${await serve("kind: Namespace\n")}/install.yaml`;
    const address = server!.address() as AddressInfo;
    await new Promise((done) => {
      server!.close(done);
      server!.closeAllConnections();
    });
    expect((await mirror([manifest(url)])).chartsNotRendered).toHaveLength(1);
    server = createServer((_request, response) => response.end("kind: Namespace\n")).listen(address.port, "127.0.0.1");
    expect((await mirror([manifest(url)])).chartsRendered).toEqual(["shop"]);
    expect(readFileSync(join(folder, "shop-v2.1.0.yaml"), "utf8")).toBe("kind: Namespace\n");
  });
});

describe("the placeholder of a chart that cannot be reached", () => {
  it("has its name, its version and its definitions", async () => {
    const result = await mirror([release()]);
    expect(result.chartsNotRendered).toEqual([
      { release: "shop", reason: "127.0.0.1:2 cannot be reached: ECONNREFUSED" },
    ]);
    expect(Object.keys(chart())).toEqual(["shop-chart/Chart.yaml", "shop-chart/crds/widgets.shop.example.com.yaml"]);
    expect(parse(chart()["shop-chart/Chart.yaml"]!)).toMatchObject({ name: "shop-chart", version: "2.1.0" });
  });

  it("of a manifest is a manifest of its definitions", async () => {
    const gadget = { ...widget, kind: "Gadget", plural: "gadgets" };
    await mirror([{ ...manifest(), crds: [widget, gadget] }]);
    const documents = parseAllDocuments(readFileSync(join(folder, "shop-v2.1.0.yaml"), "utf8")).map((one) =>
      one.toJS(),
    );
    expect(documents.map((one) => one.spec.names.kind)).toEqual(["Widget", "Gadget"]);
  });

  it("takes definitions from the Go module first", async () => {
    write("module/config/crd/all.yaml", `kind: Other\n---\n${definition("from the module")}`);
    write("module/config/crd/template.yaml", `{{- if .x }}\n${definition("from a template")}{{- end }}`);
    write("crds/widget.yaml", definition("from the folder"));
    const go = program("go", `echo '{"Dir":"${home}/module"}'`);
    const crdModule = { module: "example.com/shop", version: "v2.1.0", folders: ["config/crd"] };
    const result = await mirror([release({ crdModule })], { go, crdDir: join(home, "crds") });
    expect(placedDefinition().spec.versions[0].schema.openAPIV3Schema.title).toBe("from the module");
    expect(calls("go")).toEqual(["mod download -json example.com/shop@v2.1.0"]);
    expect(result.crdsNotValidated).toEqual([]);
  });

  it("takes them from the folder, in the release's version, when the module cannot be had", async () => {
    write("crds/shop/v2.0.0/widget.yaml", definition("older"));
    write("crds/shop/v2.1.0/widget.yaml", definition("right"));
    write("crds/shop/v3.0.0/widget.yaml", definition("newer"));
    const go = program("go", "exit 1");
    const crdModule = { module: "example.com/shop", version: "v2.1.0", folders: ["config/crd"] };
    await mirror([release({ crdModule })], { go, crdDir: join(home, "crds") });
    expect(placedDefinition().spec.versions[0].schema.openAPIV3Schema.title).toBe("right");
  });

  it("takes them from another version of the module when they are to be had in neither way", async () => {
    write("module/config/crd/widget.yaml", definition("from another version"));
    const go = program("go", `case "$*" in *@v2.0.0) echo '{"Dir": "${home}/module"}' ;; *) exit 1 ;; esac`);
    const crdModule = { module: "example.com/shop", version: "v2.1.0", folders: ["config/crd"] };
    const otherVersions = { "example.com/shop": "v2.0.0" };
    const result = await mirror([release({ crdModule })], { go, otherVersions });
    expect(placedDefinition().spec.versions[0].schema.openAPIV3Schema.title).toBe("from another version");
    expect(result.crdsNotValidated).toEqual([]);
  });

  it("takes none that lacks a version in use", async () => {
    write("crds/widget.yaml", definition("without v2"));
    const crds = [{ ...widget, versions: ["v1", "v2"] }];
    expect((await mirror([release({ crds })], { crdDir: join(home, "crds") })).crdsNotValidated).toEqual([
      "widgets.shop.example.com",
    ]);
  });

  it("accepts anything where no definition is to be had, and says so", async () => {
    const crds = [
      { ...widget, group: "shop.k8s.io", scope: "Cluster" as const, versions: ["v1", "v1beta1"], storage: "v1beta1" },
    ];
    const result = await mirror([release({ crds })]);
    expect(result.crdsNotValidated).toEqual(["widgets.shop.k8s.io"]);
    const placed = parse(chart()["shop-chart/crds/widgets.shop.k8s.io.yaml"]!);
    expect(placed.spec).toMatchObject({
      scope: "Cluster",
      versions: [
        { name: "v1", served: true, storage: false },
        { name: "v1beta1", served: true, storage: true },
      ],
    });
    expect(placed.spec.versions[0].schema.openAPIV3Schema["x-kubernetes-preserve-unknown-fields"]).toBe(true);
    expect(placed.metadata.annotations["api-approved.kubernetes.io"]).toMatch(/^unapproved/);
  });

  it("serves only the stored version of a kind that a webhook would convert", async () => {
    write(
      "crds/widget.yaml",
      `${definition("converted")}  - name: v2
    served: true
    storage: false
    schema:
      openAPIV3Schema:
        type: object
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
`,
    );
    await mirror([release()], { crdDir: join(home, "crds") });
    const { spec } = placedDefinition();
    expect(spec.conversion).toEqual({ strategy: "None" });
    expect(spec.versions).toMatchObject([
      { name: "v1", served: true },
      { name: "v2", served: false },
    ]);
  });
});

describe("descriptions", () => {
  it("are left out, and a property of that name is not", async () => {
    write(
      "crds/widget.yaml",
      `${definition("described")}  - name: v2
    served: true
    storage: false
    schema:
      openAPIV3Schema:
        description: gone
        type: object
        properties:
          description:
            description: gone
            type: string
            default: stays
          size:
            type: object
            default:
              description: stays
`,
    );
    await mirror([release()], { crdDir: join(home, "crds") });
    expect(placedDefinition().spec.versions[1].schema.openAPIV3Schema).toEqual({
      type: "object",
      properties: {
        description: { type: "string", default: "stays" },
        size: { type: "object", default: { description: "stays" } },
      },
    });
  });
});

describe("a second run", () => {
  const snapshot = () =>
    Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        [readFileSync(join(folder, name)).toString("base64"), statSync(join(folder, name)).mtimeMs],
      ]),
    );

  it("leaves everything as it is and starts nothing", async () => {
    write("crds/widget.yaml", definition("first"));
    const go = program("go", "exit 1");
    const crdModule = { module: "example.com/shop", version: "v2.1.0", folders: ["config/crd"] };
    const run = () => mirror([release({ crdModule })], { go, crdDir: join(home, "crds") });
    const first = await run();
    const before = snapshot();
    expect(await run()).toEqual(first);
    expect(snapshot()).toEqual(before);
    expect(calls("go")).toHaveLength(1);
  });

  it("gives the same bytes elsewhere", async () => {
    await mirror([release(), manifest()]);
    await mirror([release(), manifest()], { folder: join(home, "another") });
    for (const name of ["shop-chart-2.1.0.tgz", "shop-v2.1.0.yaml"]) {
      expect(readFileSync(join(home, "another", name)).equals(readFileSync(join(folder, name)))).toBe(true);
    }
  });

  it("follows a change of the definitions, and removes what is no longer wanted", async () => {
    write("crds/widget.yaml", definition("first"));
    await mirror([release(), manifest()], { crdDir: join(home, "crds") });
    write("crds/widget.yaml", definition("second, which is longer"));
    await mirror([release()], { crdDir: join(home, "crds") });
    expect(placedDefinition().spec.versions[0].schema.openAPIV3Schema.title).toBe("second, which is longer");
    expect(readdirSync(folder).sort()).toEqual([".stamp.json", "shop-chart-2.1.0.tgz"]);
  });
});
