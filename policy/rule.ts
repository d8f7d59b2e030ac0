import type { Price } from "../catalog/prices";
import type { Region } from "../catalog/regions";
import type { Release } from "../catalog/releases";
import type { Environment } from "../stacks/environment";
import type { Exception, RuleId } from "../stacks/policies";
import type { Admission, AdmissionContext } from "./admission/admission";

/**
 * A rule is a pure function from resources to findings, with the metadata that people and reports need. Nothing here
 * knows Pulumi: `pack.ts` runs the rules in the engine, other callers may run the same functions on other sources.
 */

/** Stands where a value is not known before the update. A rule that meets it says so; it never passes because of it. */
export const unknown: unique symbol = Symbol("unknown");

export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | typeof unknown
  | readonly Value[]
  | { readonly [key: string]: Value };
export type Properties = { readonly [key: string]: Value };
export type Path = readonly (string | number)[];

export interface Resource {
  readonly urn: string;
  /** Type token, such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** Inputs for a resource rule, outputs for a stack rule. Secrets are unwrapped; `secrets` says where they are. */
  readonly props: Properties;
  /** Paths in `props` (and under `provider`) whose values are secret: read by rules, never printed. */
  readonly secrets: readonly Path[];
  readonly provider?: { readonly type: string; readonly name: string; readonly props: Properties };
  readonly options: { readonly protect: boolean; readonly ignoreChanges: readonly string[]; readonly parent?: string };
}

/** All that a rule may know besides the resources. */
export interface Context {
  readonly environment: Environment;
  /** Whether values may still be unknown. Where they may not, what cannot be checked is refused. */
  readonly preview: boolean;
  /** ISO day on which it is judged: what exceptions and expiries are held against. */
  readonly today: string;
  /** Where the state rests that this update writes, and what the stack's file says encrypts its secrets. */
  readonly state: StateInUse;
  /** What a month costs before the change, in USD, where somebody has worked that out: a gate does. */
  readonly monthlyUsdBefore?: number;
  readonly regions: Readonly<Record<string, Region>>;
  readonly prices: Readonly<Record<string, Price>>;
  readonly releases: Readonly<Record<string, Release>>;
}

/** Undefined is what could not be found out. */
export interface StateInUse {
  /** A rehearsal's state lies beside its simulated cloud, and holds nothing of value. */
  readonly rehearsal: boolean;
  readonly backend?: string;
  readonly secretsProvider?: string;
}

/** A text that a rule serves, as its publisher cites it. Only what was read and holds. */
export interface Framework {
  readonly name: string;
  readonly version: string;
  readonly reference: string;
  readonly specification: string;
}

interface Metadata {
  /** Also the name under which the policy pack is configured, such as `sovereignty-region`. */
  readonly id: RuleId;
  readonly title: string;
  /** A sovereign environment cannot relax a rule of sovereignty. */
  readonly concern: "sovereignty" | "cost" | "security";
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly frameworks: readonly Framework[];
  /** What to do about a finding that brings no remedy of its own; a sentence without its full stop. */
  readonly remedy: string;
  /** Whether the rule has anything to judge in such a resource; evidence counts a resource as looked at only then. */
  readonly applies: (resource: Resource, context: Context) => boolean;
  /** What the API server is told of it, where CEL can say any of it. */
  readonly admission?: (context: AdmissionContext) => Admission | undefined;
}

/**
 * - `violation`: refused.
 * - `deferred`: not known yet, checked at up. Outside a preview it becomes a violation.
 * - `unverified`: let through with a word, because the environment states it and the catalog does not know it.
 */
type Kind = "violation" | "deferred" | "unverified";

/** What a finding comes to: `excepted` is a violation that an exception of the environment lets pass, for the time being. */
export type Verdict = Kind | "excepted";

/** What a rule saw. `message` continues the sentence `<field> is "<value>", ...`; without a value, `<field> ...`. */
export interface Observation {
  readonly kind?: Kind;
  readonly field: Path;
  readonly value?: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface ResourceRule extends Metadata {
  readonly check: (resource: Resource, context: Context) => readonly Observation[];
}

export interface StackRule extends Metadata {
  readonly checkStack: (
    resources: readonly Resource[],
    context: Context,
  ) => readonly (Observation & { readonly resource?: Resource })[];
}

export type Rule = ResourceRule | StackRule;

export const isStackRule = (rule: Rule): rule is StackRule => "checkStack" in rule;

export interface Finding {
  readonly kind: Verdict;
  readonly rule: string;
  /** Empty when the stack as a whole is meant. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly field: string;
  /** The value found, as text; `(secret)` where it must not be read by whoever reads the finding. */
  readonly value?: string;
  readonly message: string;
  readonly remedy: string;
  /** The exception that lets it pass, or that did until it expired. */
  readonly exception?: Exception;
}

/** A path as people write it: `spec.containers[0].image`, `nodeSelector["topology.kubernetes.io/zone"]`. */
function fieldOf(path: Path): string {
  let field = "";
  for (const part of path) {
    if (typeof part === "number") {
      field += `[${part}]`;
    } else if (/^[\w-]+$/.test(part)) {
      field += field === "" ? part : `.${part}`;
    } else {
      field += `[${JSON.stringify(part)}]`;
    }
  }
  return field;
}

const startsWith = (path: Path, prefix: Path) => prefix.every((part, index) => path[index] === part);

const hidden = "(secret)";

/** Shorter texts are too common to be secrets, and to be taken out of a sentence. */
const shortestSecret = 4;

/** A text without the secrets of the resources that it speaks of, should a rule have quoted one. */
function conceal(text: string, resources: readonly Resource[]): string {
  let concealed = text;
  for (const { props, provider, secrets } of resources) {
    for (const path of secrets) {
      const root: Value = provider === undefined ? props : { ...props, provider: provider.props };
      walk(
        path.reduce<Value>((value, part) => (value as { [key: string]: Value } | undefined)?.[part], root),
        (value) => {
          if (typeof value === "string" && value.length >= shortestSecret) {
            concealed = concealed.replaceAll(value, hidden);
          }
        },
      );
    }
  }
  return concealed;
}

function finish(
  rule: Rule,
  context: Context,
  seen: Observation,
  resource: Resource | undefined,
  resources: readonly Resource[],
): Finding {
  const secret = resource?.secrets.some((path) => startsWith(seen.field, path)) === true;
  const late = seen.kind === "deferred" && !context.preview;
  const kind = late ? "violation" : (seen.kind ?? "violation");
  const field = fieldOf(seen.field);
  const exception = kind === "violation" ? exceptionFor(rule, resource, field, context) : undefined;
  return {
    kind: exception !== undefined && context.today <= exception.expires ? "excepted" : kind,
    ...(exception && { exception }),
    rule: rule.id,
    urn: resource?.urn ?? "",
    type: resource?.type ?? "",
    name: resource?.name ?? context.environment.stack,
    field,
    value: seen.value === undefined ? undefined : secret ? hidden : conceal(seen.value, resources),
    message: late ? "is still not known at up, so that it cannot be checked" : conceal(seen.message, resources),
    remedy: seen.remedy ?? rule.remedy,
  };
}

/** A text in which `*` stands for any text. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "s",
  ).test(text);

/** The exception that a finding falls under; of several, the one that holds longest. */
function exceptionFor(
  rule: Rule,
  resource: Resource | undefined,
  field: string,
  { environment }: Context,
): Exception | undefined {
  const names = resource === undefined ? ["stack"] : [resource.name, `${resource.type}::${resource.name}`];
  return (environment.policies[rule.id]?.exceptions ?? [])
    .filter(({ resources }) => resources.some((pattern) => names.some((name) => matches(pattern, name))))
    .filter(({ fields }) => fields === undefined || fields.some((pattern) => matches(pattern, field)))
    .sort((one, other) => other.expires.localeCompare(one.expires))[0];
}

/** The findings of a rule on one resource. */
export const evaluate = (rule: ResourceRule, resource: Resource, context: Context): Finding[] =>
  rule.applies(resource, context)
    ? rule.check(resource, context).map((seen) => finish(rule, context, seen, resource, [resource]))
    : [];

/** The findings of a stack rule on all resources. */
export const evaluateStack = (rule: StackRule, resources: readonly Resource[], context: Context): Finding[] =>
  rule
    .checkStack(resources, context)
    .map((seen) => finish(rule, context, seen, seen.resource, seen.resource ? [seen.resource] : resources));

/** An observation for a value that is not known yet. */
export const deferred = (field: Path): Observation => ({
  kind: "deferred",
  field,
  message: "is not known before the update; checked at up",
});

/** A finding as a person reads it: rule, resource, field, what is wrong, and what to do. */
export function describe(finding: Finding): string {
  const about = finding.type === "" ? `stack ${finding.name}` : `${finding.name} (${finding.type})`;
  const value = finding.value === undefined ? ` ${finding.message}` : ` is "${finding.value}", ${finding.message}`;
  const { kind, exception } = finding;
  const remedy = kind === "violation" || kind === "unverified" ? ` Remedy: ${finding.remedy}.` : "";
  const by = exception && `${exception.owner}: ${exception.reason.replace(/\.$/, "")}`;
  const excepted =
    exception === undefined
      ? ""
      : kind === "excepted"
        ? ` Excepted until ${exception.expires} by ${by}.`
        : ` An exception by ${by} expired on ${exception.expires}.`;
  return `[${finding.rule}] ${about}: ${finding.field}${value}.${excepted}${remedy}`;
}

/** Calls `visit` for every value in `value`, containers first, with its path. */
export function walk(value: Value, visit: (value: Value, path: Path) => void, path: Path = []): void {
  visit(value, path);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      walk(item, visit, [...path, index]);
    }
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      walk(value[key], visit, [...path, key]);
    }
  }
}

export const isObject = (value: Value): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);
