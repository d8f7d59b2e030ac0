import type { Evidence } from "../bundle";
import type { FileHash } from "../identity";
import { code, count, type Html, html, list, table } from "./html";

/** The environment, its exceptions, what it installs, and how a reader can check it. */

type Fact = readonly [name: string, value: Html | string | number | undefined];

const facts = (of: readonly Fact[]): Html =>
  html`<dl>${of.filter(([, value]) => value !== undefined).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

export function environment({ environment: of }: Evidence): Html {
  const { jurisdiction, cluster, sites, state, tier, description, regions } = of;
  return html`
<p>What the stack's file states, to which the rules held the preview.</p>
${facts([
  ["Description", description],
  ["Tier", tier],
  ["Law that data stays under", jurisdiction.name],
  ["Sovereign", jurisdiction.sovereign ? "yes: rules of sovereignty cannot be relaxed" : "no"],
  [
    "Cluster",
    `${cluster.kind}, in ${cluster.region}${cluster.account === undefined ? "" : `, account or project ${cluster.account}`}`,
  ],
  ["Isolation of workloads", jurisdiction.isolation],
  ["Audit logs are kept", `${jurisdiction.auditRetentionDays} days at least`],
  [
    "State of the stack",
    state === undefined ? "not stated" : `${state.backend}, encrypted by ${state.secretsProvider}, in ${state.region}`,
  ],
  [
    "Registries that may be used",
    html`${jurisdiction.registries.map((registry, index) => html`${index > 0 && ", "}${code(registry)}`)}`,
  ],
])}
${table(
  "Regions that may hold anything of it",
  ["Region", "Country", "Law of the place", "Partition", "Known from"],
  regions.map(({ name, country, jurisdiction: law, partition, source }) => [
    name,
    country || "where the machine is",
    law,
    partition || "none",
    source,
  ]),
)}
${
  sites.length > 0 &&
  table(
    "Data centres of its own",
    ["Site", "Country", "Law", "Operator"],
    sites.map((site) => [site.name, site.country, site.jurisdiction, site.operator]),
  )
}
${
  jurisdiction.endpoints.length === 0
    ? html`<p>It states no host outside that the platform may call.</p>`
    : table(
        "Hosts outside that the platform may call",
        ["Host", "Operator", "Law of the operator", "Purpose"],
        jurisdiction.endpoints.map((endpoint) => [
          code(endpoint.host),
          endpoint.operator,
          endpoint.jurisdiction,
          endpoint.purpose,
        ]),
      )
}`;
}

export function exceptions({ exceptions: stated, made }: Evidence): Html {
  if (stated.length === 0) return html`<p>The environment states none.</p>`;
  return table(
    `Exceptions that the environment states, on ${made.slice(0, 10)}`,
    ["Rule", "Resources", "Why", "Owner", "Holds until", "Lets pass"],
    stated.map(({ rule, resources, fields, reason, owner, expires, lets, expired }) => [
      html`<a href="#rule-${rule}">${rule}</a>`,
      html`${resources.join(", ")}${fields !== undefined && html`<br>fields: ${fields.join(", ")}`}`,
      reason,
      owner,
      html`<time datetime="${expires}">${expires}</time>${expired && html` <strong>(expired)</strong>`}`,
      lets === 0 ? "nothing" : count(lets, "finding"),
    ]),
  );
}

export function materials({ sbom }: Evidence): Html {
  const row = (kind: string, number: number, pinned: number | undefined, by: string) => [
    kind,
    number,
    pinned ?? "",
    by,
  ];
  return html`
<p>The file <code>sbom.cdx.json</code> (${sbom.format}) names what the stack installs. It does not look inside: packages in an
image, a chart's own dependencies and what a model was trained on are not in it.</p>
${table(
  "What the stack installs",
  ["Kind", "Components", "Content known", "By"],
  [
    row("Helm charts", sbom.charts, sbom.pinned.charts, "hash of the archive, where the catalog's lock has one"),
    row("Manifests", sbom.manifests, sbom.pinned.manifests, "hash of the file, where the catalog's lock has one"),
    row("Container images", sbom.images, sbom.pinned.images, "digest, where the catalog or its lock has one"),
    row("Models", sbom.models, sbom.pinned.models, "digest or commit of the weights"),
  ],
)}
${sbom.notInCatalog.length > 0 && html`<p>Images that the catalog does not name, or that are not known yet:</p>${list(sbom.notInCatalog.map(code))}`}`;
}

export function checking(evidence: Evidence, files: readonly FileHash[]): Html {
  const { source, catalog, pack, stackFiles, versions, preview } = evidence;
  const identity = ({ sha256, files: of }: Evidence["catalog"]) =>
    html`${code(sha256)}<br>of ${count(of.length, "file")}, named in bundle.json`;
  return html`
${facts([
  ["Commit", source.commit === undefined ? "unknown" : code(source.commit)],
  [
    "Files since",
    source.tree === "clean"
      ? "as in the commit"
      : source.tree === "changed"
        ? `${count(source.changes.length, "file")} changed`
        : "unknown",
  ],
  ["Catalog", identity(catalog)],
  ["Rules and their program", identity(pack)],
  [
    "Stack files",
    html`${code(stackFiles.sha256)}<br>${stackFiles.files.map(({ path }, index) => html`${index > 0 && ", "}${code(path)}`)}`,
  ],
  [
    "Programs",
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ],
  [
    "Changes in the preview",
    Object.entries(preview.changes)
      .map(([what, number]) => `${what}: ${number}`)
      .join(", ") || "none",
  ],
  ["Took", `${preview.seconds} s`],
])}
<p>An identity of several files is what <code>sha256sum</code> gives for its own list of them, in the order of bundle.json.</p>
${table(
  "Files beside this page",
  ["File", "SHA-256"],
  files.map(({ path, sha256 }) => [code(path), code(sha256)]),
)}
<p><code>bundle.json</code> has these hashes and that of this page. In the folder of the bundle:</p>
<p><code>node -e 'for (const f of require("./bundle.json").files) console.log(f.sha256 + "  " + f.path)' | sha256sum --check</code></p>
<p>To make it again, check out the commit and run <code>npm run -s evidence -- ${evidence.stack}</code>. Days, durations and what can be rendered
on the machine may then differ.</p>`;
}
