import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Examination } from "../policy/record";
import type { Resource } from "../policy/rule";
import { rules } from "../policy/rules";
import { plain } from "../policy/wire";
import { type PreviewedResource, preview } from "../rehearsal/preview";
import type { Progress } from "../rehearsal/progress";
import { ensureTools } from "../rehearsal/toolchain";
import { root } from "../rehearsal/workspace";
import { environmentFiles, loadEnvironment } from "../stacks/load";
import { type Evidence, EvidenceError, evidenceOf, type Versions } from "./bundle";
import { type FileHash, filesIn, identityOf, sha256, sourceState } from "./identity";
import { pageOf } from "./page";
import { sbomOf } from "./sbom";

/** A bundle: the evidence with the hashes of the files beside it, and these files. */
export interface Bundle {
  readonly evidence: Evidence & { readonly files: readonly FileHash[] };
  /** Content by name, `bundle.json` included. */
  readonly files: ReadonlyMap<string, string>;
}

export interface MakeOptions {
  readonly progress: Progress;
  /** What previews the stack. Default: the engine. For tests and for other states of the stack. */
  readonly previewer?: typeof preview;
  /** Versions of the programs that took part. Default: those that the engine's tools and packages say they are. */
  readonly versions?: () => Promise<Versions>;
  /** What the files are that take part, before and after the preview. */
  readonly identify?: (stack: string) => Identities;
}

export type Identities = Pick<Evidence, "source" | "catalog" | "pack" | "stackFiles">;

/**
 * Previews a stack with the policy pack and makes a bundle of what its rules looked at.
 *
 * @throws EnvironmentError for a stack that is not there or not valid, EvidenceError where the preview gives no evidence,
 * and whatever keeps the engine from starting
 */
export async function makeBundle(stack: string, options: MakeOptions): Promise<Bundle> {
  const { progress, previewer = preview, versions = versionsInUse, identify = identitiesOf } = options;
  const environment = loadEnvironment(stack);
  // Before and after: a file that is saved in between would make the record one of nothing that there is.
  const before = identify(stack);
  const folder = await mkdtemp(path.join(tmpdir(), "evidence-"));
  try {
    const record = path.join(folder, "examinations.jsonl");
    const result = await previewer(stack, { progress, variables: { AI_PLATFORM_POLICY_RECORD: record } });
    const lines = existsSync(record) ? readFileSync(record, "utf8") : "";
    const after = identify(stack);
    for (const name of ["catalog", "pack", "stackFiles"] as const) {
      if (before[name].sha256 !== after[name].sha256) {
        throw new EvidenceError(`files of ${stack} changed while it was previewed; run the same command again`);
      }
    }
    const made = new Date();
    const sbom = sbomOf({
      environment,
      resources: result.resources.map(resourceOf),
      commit: before.source.commit,
      made,
    });
    const evidence = evidenceOf({
      environment,
      rules,
      preview: result,
      examinations: examinationsIn(lines),
      ...before,
      versions: await versions(),
      sbom: sbom.summary,
      made,
    });
    return bundleOf(evidence, {
      "environment.json": `${JSON.stringify(environment, null, 2)}\n`,
      "examinations.jsonl": lines,
      "sbom.cdx.json": `${sbom.text}\n`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Adds the page and the hashes. The page cannot hold its own; `bundle.json` holds them all but its own. */
export function bundleOf(evidence: Evidence, beside: Readonly<Record<string, string>>): Bundle {
  const files = new Map(Object.entries(beside));
  const hashes = () => [...files].map(([name, content]) => ({ path: name, sha256: sha256(content) }));
  files.set("index.html", pageOf(evidence, hashes()));
  const bundle = { ...evidence, files: hashes() };
  files.set("bundle.json", `${JSON.stringify(bundle, null, 2)}\n`);
  return { evidence: bundle, files };
}

export const identitiesOf = (stack: string): Identities => ({
  source: sourceState(root),
  catalog: identityOf(root, filesIn(root, "catalog")),
  pack: identityOf(root, [...filesIn(root, "policy"), "package-lock.json"]),
  stackFiles: identityOf(root, environmentFiles(stack)),
});

/** What the policy pack recorded, a line each. */
export const examinationsIn = (lines: string): Examination[] =>
  lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** A resource of the preview as the code that reads resources takes it; what is not known yet is marked as such. */
const resourceOf = ({ urn, type, name, inputs, parent, protect }: PreviewedResource): Resource => ({
  urn,
  type,
  name,
  props: plain(inputs).props,
  secrets: [],
  options: { protect, ignoreChanges: [], ...(parent === undefined ? {} : { parent }) },
});

async function versionsInUse(): Promise<Versions> {
  const { pulumi } = await ensureTools(["pulumi"], { report: () => {}, env: process.env });
  const require = createRequire(__filename);
  const packages = ["@pulumi/policy", "@pulumi/pulumi"].map((name) => [
    name,
    require(`${name}/package.json`).version.replace(/^v/, ""),
  ]);
  return {
    "Pulumi engine": pulumi!.version.replace(/^v/, ""),
    ...Object.fromEntries(packages),
    Node: process.versions.node,
  };
}
