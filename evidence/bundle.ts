import { regionsOf } from "../policy/context";
import type { Examination } from "../policy/record";
import { isStackRule, type Rule } from "../policy/rule";
import type { PreviewResult } from "../rehearsal/preview";
import type { Environment } from "../stacks/environment";
import type { Identity, SourceState } from "./identity";
import { isRelease, type SbomSummary } from "./sbom";
import {
  type ExceptionEvidence,
  exceptionEvidence,
  type RuleEvidence,
  type RuleVerdict,
  ruleEvidence,
  ruleVerdicts,
} from "./verdicts";

/** The evidence of one preview: what was judged, by what, with which result, and what nobody looked at. */
export interface Evidence {
  readonly format: "ai-platform-evidence/1";
  readonly stack: string;
  /** When it was made, in UTC. */
  readonly made: string;
  /** What this is, and what it is not: sentences for whoever reads nothing else. */
  readonly statement: readonly string[];
  readonly source: SourceState;
  /** The catalog's data, its lock of digests included where there is one. */
  readonly catalog: Identity;
  /** The rules and the program that runs them. */
  readonly pack: Identity;
  /** The stack's file and those that it extends, its own first. */
  readonly stackFiles: Identity;
  readonly versions: Versions;
  readonly environment: EnvironmentEvidence;
  readonly preview: {
    /** False where a violation refuses the update. */
    readonly ok: boolean;
    readonly seconds: number;
    readonly changes: Readonly<Record<string, number>>;
    /** What was simulated, and by what. */
    readonly standIns: PreviewResult["standIns"];
    /** Their objects were not there for any rule to see. */
    readonly chartsNotRendered: PreviewResult["chartsNotRendered"];
  };
  /** Number of rules by their verdict. */
  readonly verdicts: Readonly<Record<RuleVerdict, number>>;
  readonly rules: readonly RuleEvidence[];
  readonly exceptions: readonly ExceptionEvidence[];
  /** Every resource that the engine showed, and the rules that looked at it: none where no rule applies. */
  readonly resources: readonly {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly rules: readonly string[];
  }[];
  readonly sbom: SbomSummary;
}

/** Programs that took part, by name. */
export type Versions = Readonly<Record<string, string>>;

/** What the environment states of where it stands and under what law. */
export interface EnvironmentEvidence extends Pick<Environment, "tier" | "jurisdiction" | "sites"> {
  readonly description?: string;
  readonly state?: Environment["state"];
  readonly cluster: { readonly kind: string; readonly region: string; readonly account?: string };
  /** The regions that may hold anything of it, as the catalog or `sites` describe them. */
  readonly regions: readonly {
    readonly name: string;
    readonly country: string;
    readonly jurisdiction: string;
    readonly partition: string;
    readonly source: string;
  }[];
}

export interface EvidenceInput {
  readonly environment: Environment;
  readonly rules: readonly Rule[];
  readonly preview: PreviewResult;
  readonly examinations: readonly Examination[];
  readonly source: SourceState;
  readonly catalog: Identity;
  readonly pack: Identity;
  readonly stackFiles: Identity;
  readonly versions: Versions;
  readonly sbom: SbomSummary;
  readonly made: Date;
}

/** No evidence can be made of this preview. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
}

/**
 * Puts together what is known of a preview.
 *
 * @throws EvidenceError when the engine failed for another reason than a rule, when no rule looked at anything, and when
 * the engine and the record of the rules do not agree
 */
export function evidenceOf(input: EvidenceInput): Evidence {
  const { environment, preview, examinations, made } = input;
  checkPreview(input);
  // The engine runs the rules of the stack all at once or, where it ends before, none of them.
  const ofStack = new Set<string>(input.rules.filter(isStackRule).map(({ id }) => id));
  const wentThrough = preview.ok || examinations.some(({ rule }) => ofStack.has(rule));
  const of = { previewed: preview.resources.length, wentThrough };
  const rules = input.rules.map((rule) => ruleEvidence(rule, examinations, environment, of));
  const looked = new Map<string, Set<string>>();
  for (const { id, resources } of rules) {
    for (const { urn } of resources) looked.set(urn, (looked.get(urn) ?? new Set()).add(id));
  }
  return {
    format: "ai-platform-evidence/1",
    stack: environment.stack,
    made: made.toISOString(),
    statement: statementOf(input),
    source: input.source,
    catalog: input.catalog,
    pack: input.pack,
    stackFiles: input.stackFiles,
    versions: input.versions,
    environment: describeEnvironment(environment),
    preview: {
      ok: preview.ok,
      seconds: Math.round(preview.seconds),
      changes: preview.changes,
      standIns: preview.standIns,
      chartsNotRendered: notRendered(preview),
    },
    verdicts: Object.fromEntries(
      ruleVerdicts.map((verdict) => [verdict, rules.filter((rule) => rule.verdict === verdict).length]),
    ) as Record<RuleVerdict, number>,
    rules,
    exceptions: exceptionEvidence(environment, rules, made.toISOString().slice(0, 10)),
    resources: preview.resources.map(({ urn, type, name }) => ({
      urn,
      type,
      name,
      rules: [...(looked.get(urn) ?? [])],
    })),
    sbom: input.sbom,
  };
}

/** Those that the stack installs: a rehearsal looks for others besides. */
function notRendered({ chartsNotRendered, resources }: PreviewResult): PreviewResult["chartsNotRendered"] {
  const installed = new Set(resources.filter(isRelease).map(({ name }) => name));
  return chartsNotRendered.filter(({ release }) => installed.has(release));
}

function checkPreview({ environment, preview, examinations, rules }: EvidenceInput): void {
  const { stack } = environment;
  if (preview.errors.length > 0) {
    throw new EvidenceError(
      `the preview of ${stack} failed, so there is nothing to show:\n${preview.errors.join("\n")}`,
    );
  }
  if (!examinations.some(({ resources }) => resources.length > 0)) {
    throw new EvidenceError(
      `the preview of ${stack} left no record of what a rule looked at, so there is nothing to show`,
    );
  }
  const known = new Set<string>(rules.map(({ id }) => id));
  const foreign = examinations.find(({ rule }) => !known.has(rule));
  if (foreign !== undefined) {
    throw new EvidenceError(`the record of the preview of ${stack} names the rule ${foreign.rule}, which there is not`);
  }
  const refusing = examinations
    .flatMap(({ findings }) => findings)
    .filter(({ kind, rule }) => kind === "violation" && !advisory(environment, rule));
  if (preview.ok !== (refusing.length === 0)) {
    throw new EvidenceError(
      preview.ok
        ? `the engine let ${stack} pass although ${refusing[0]!.rule} refused it: the record cannot be relied on`
        : `the engine refused ${stack} although no rule on record did: the record cannot be relied on`,
    );
  }
}

const advisory = ({ jurisdiction, policies }: Environment, rule: string): boolean =>
  !(jurisdiction.sovereign && rule.startsWith("sovereignty-")) &&
  policies[rule as keyof typeof policies]?.level === "advisory";

function statementOf({ environment, source, preview, rules, made }: EvidenceInput): string[] {
  const { stack } = environment;
  const commit = source.commit === undefined ? "an unknown commit" : `commit ${source.commit}`;
  const tree = {
    clean: "",
    changed: ` with ${source.changes.length} ${source.changes.length === 1 ? "file" : "files"} changed since`,
    unknown: "; whether its files were changed since is not known",
  }[source.tree];
  return [
    `This is the record of one rehearsed preview of the stack ${stack}, made on ${made.toISOString().slice(0, 10)} from ${commit}${tree}.`,
    `The Pulumi engine computed what an update of an empty state would create, and showed each resource to ${rules.length} rules. No cloud, no cluster and no account of anyone's was asked or changed, and nothing of this says what runs today.`,
    notRendered(preview).length === 0
      ? "All charts and manifests were rendered, so that the rules saw the objects in them."
      : `${notRendered(preview).length} of the charts and manifests that the stack installs could not be rendered where this was made. No rule saw the objects in them.`,
    "A reference to a law or catalogue says that a rule contributes to what the text asks for. It does not say that the text applies, or that it is fulfilled.",
    "Nothing here is signed. The hashes show whether files were changed after bundle.json was written, and not by whom it was written.",
  ];
}

function describeEnvironment(environment: Environment): EnvironmentEvidence {
  const { tier, jurisdiction, sites, description, state, cluster } = environment;
  const regions = regionsOf(environment);
  const account = cluster.kind === "eks" ? cluster.account : cluster.kind === "gke" ? cluster.project : undefined;
  return {
    ...(description === undefined ? {} : { description }),
    tier,
    jurisdiction,
    sites,
    ...(state === undefined ? {} : { state }),
    cluster: { kind: cluster.kind, region: cluster.region, ...(account === undefined ? {} : { account }) },
    regions: jurisdiction.regions.map((name) => {
      const region = regions[name];
      return {
        name,
        country: region?.country ?? "unknown",
        jurisdiction: region?.jurisdiction ?? "unknown",
        partition: region?.partition ?? "unknown",
        source: region?.source ?? "not in the catalog",
      };
    }),
  };
}
