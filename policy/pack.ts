import { randomUUID } from "node:crypto";
import {
  type PolicyConfigSchema,
  PolicyPack,
  type PolicyPackArgs,
  type PolicyResource,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationArgs,
  type StackValidationPolicy,
} from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { prices } from "../catalog/prices";
import { releases } from "../catalog/releases";
import { currentEnvironment } from "../stacks/load";
import { type Exception, exception } from "../stacks/policies";
import { regionsOf } from "./context";
import { record } from "./record";
import {
  type Context,
  describe,
  evaluate,
  evaluateStack,
  type Finding,
  isStackRule,
  type Resource,
  type Rule,
} from "./rule";
import { rules } from "./rules";
import { stateInUse } from "./state-in-use";
import { markSecrets, plain } from "./wire";

/** The rules as policies of the engine. */

type EnginePolicy = ResourceValidationPolicy | StackValidationPolicy;

type Level = "advisory" | "mandatory";

/** A violation in the SDK's richer form, which its types leave out: a policy's name and level of its own. */
interface Violation {
  readonly name: string;
  readonly message: string;
  readonly urn?: string;
  readonly enforcementLevel?: Level;
  readonly severity: Rule["severity"];
}

/**
 * Reports findings. `level` is that of a violation; undefined leaves it to the configuration of the pack. What is
 * deferred, unverified or excepted is only said.
 */
function report(rule: Rule, findings: readonly Finding[], to: ReportViolation, level?: Level): void {
  for (const finding of findings) {
    const violation: Violation = {
      name: rule.id,
      message: describe(finding),
      urn: finding.urn === "" ? undefined : finding.urn,
      enforcementLevel: finding.kind === "violation" ? level : "advisory",
      severity: rule.severity,
    };
    (to as unknown as (violation: Violation) => void)(violation);
  }
}

/** A resource as a rule takes it, from what the SDK hands to a validation. Values are read when a rule asks for them. */
export function resourceOf(args: ResourceValidationArgs | PolicyResource): Resource {
  const provider = args.provider;
  const ofProvider = () => (provider === undefined ? undefined : plain(provider.props));
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    get props() {
      return plain(args.props).props;
    },
    get secrets() {
      const inProvider = (ofProvider()?.secrets ?? []).map((path) => ["provider", ...path]);
      return [...plain(args.props).secrets, ...inProvider];
    },
    provider: provider && {
      type: provider.type.replace(/^pulumi:providers:/, ""),
      name: provider.name,
      get props() {
        return ofProvider()!.props;
      },
    },
    options: { protect: args.opts.protect, ignoreChanges: args.opts.ignoreChanges, parent: args.opts.parent },
  };
}

/** What whoever runs the engine may configure of a rule, beside its level: further exceptions. */
const configured = z.object({ exceptions: z.array(exception).default([]) });

const configSchema = {
  properties: { exceptions: z.toJSONSchema(configured.shape.exceptions, { io: "input" }) },
} as PolicyConfigSchema;

/** The context with the exceptions that the engine was given for a rule. Throws for what is none. */
function withExceptions(context: Context, rule: Rule, config: unknown): Context {
  const parsed = configured.safeParse(config ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`policy configuration of ${rule.id}: ${issue!.path.join(".")}: ${issue!.message}`);
  }
  const { exceptions } = parsed.data;
  if (exceptions.length === 0) return context;
  const { environment } = context;
  const stated: readonly Exception[] = environment.policies[rule.id]?.exceptions ?? [];
  const policies = {
    ...environment.policies,
    [rule.id]: { ...environment.policies[rule.id], exceptions: [...stated, ...exceptions] },
  };
  return { ...context, environment: { ...environment, policies } };
}

/** What was seen of the stack so far, for rules of the whole stack. */
interface Seen {
  /** Resources as a rule of one resource was shown them, by URN: with their inputs. */
  readonly shown: Map<string, ResourceValidationArgs>;
  /** What they come to with their outputs, by these. */
  readonly merged: WeakMap<object, Resource>;
}

/**
 * A resource as a rule of the stack takes it: its outputs, over the inputs that it was registered with. In a preview the
 * engine has no outputs at all of what goes through a provider that is not configured yet, as everything in a cluster that
 * is still to be made; what is asked for is known nevertheless.
 */
function ofStack(resource: PolicyResource, { shown, merged }: Seen): Resource {
  const outputs = resourceOf(resource);
  const asked = shown.get(resource.urn);
  if (asked === undefined) return outputs;
  // The SDK makes resources anew for each rule, and their properties once.
  const known = merged.get(outputs.props);
  if (known !== undefined) return known;
  const inputs = resourceOf(asked);
  const whole: Resource = {
    ...outputs,
    provider: inputs.provider ?? outputs.provider,
    props: { ...inputs.props, ...outputs.props },
    secrets: [...inputs.secrets, ...outputs.secrets],
  };
  merged.set(outputs.props, whole);
  return whole;
}

function check(rule: Rule, given: Context, seen: Seen, level?: Level, configurable = true): object {
  const contextFor = (args: { getConfig(): unknown }) =>
    configurable ? withExceptions(given, rule, args.getConfig()) : given;
  const examined = (resources: readonly Resource[], findings: readonly Finding[], to: ReportViolation) => {
    record(rule, resources, findings);
    report(rule, findings, to, level);
  };
  return isStackRule(rule)
    ? {
        validateStack: (args: StackValidationArgs, to: ReportViolation) => {
          const context = contextFor(args);
          const resources = args.resources.map((resource) => ofStack(resource, seen));
          const subjects = resources.filter((resource) => rule.applies(resource, context));
          examined(subjects, evaluateStack(rule, resources, context), to);
        },
      }
    : {
        validateResource: (args: ResourceValidationArgs, to: ReportViolation) => {
          const context = contextFor(args);
          seen.shown.set(args.urn, args);
          const resource = resourceOf(args);
          const subjects = rule.applies(resource, context) ? [resource] : [];
          examined(subjects, evaluate(rule, resource, context), to);
        },
      };
}

/**
 * The policies that the engine lists, and those that it runs besides.
 *
 * Whoever runs the engine may set the level of a listed policy, down to disabled. In a sovereign environment the rules
 * of sovereignty are therefore run by policies that are not listed and whose names nobody can know; the listed ones
 * carry the metadata and find nothing themselves.
 */
export function policies(
  list: readonly Rule[],
  context: Context,
): { listed: EnginePolicy[]; unlisted: EnginePolicy[] } {
  const seen: Seen = { shown: new Map(), merged: new WeakMap() };
  const fixed = (rule: Rule) => context.environment.jurisdiction.sovereign && rule.concern === "sovereignty";
  const policy = (rule: Rule, name: string, action: object) =>
    ({
      name,
      displayName: rule.title,
      description: rule.title,
      severity: rule.severity,
      enforcementLevel: "mandatory",
      framework: rule.frameworks[0],
      remediationSteps: rule.remedy,
      tags: [rule.concern],
      configSchema,
      ...action,
    }) as EnginePolicy;
  return {
    listed: list.map((rule) =>
      policy(
        rule,
        rule.id,
        fixed(rule)
          ? { [isStackRule(rule) ? "validateStack" : "validateResource"]: () => {} }
          : check(rule, context, seen, context.environment.policies[rule.id]?.level),
      ),
    ),
    unlisted: list
      .filter(fixed)
      .map((rule) => policy(rule, randomUUID(), check(rule, context, seen, "mandatory", false))),
  };
}

/** The environment of the stack whose update started this process. Throws when there is none that can be read. */
function contextOfUpdate(): Context {
  if (!process.env.PULUMI_NODEJS_STACK) {
    throw new Error("the policy pack was started without a stack, and a rule cannot judge without its environment");
  }
  const environment = currentEnvironment();
  const before = process.env.AI_PLATFORM_MONTHLY_USD_BEFORE;
  return {
    environment,
    preview: pulumi.runtime.isDryRun(),
    today: new Date().toISOString().slice(0, 10),
    state: stateInUse(),
    ...(before === undefined || before === "" ? {} : { monthlyUsdBefore: Number(before) }),
    regions: regionsOf(environment),
    prices,
    releases,
  };
}

/** Serves the pack to the engine. What keeps the rules from running keeps the update from starting. */
export function serve(): void {
  let context: Context;
  try {
    context = contextOfUpdate();
  } catch (error) {
    throw new pulumi.RunError(`No update without policies: ${error instanceof Error ? error.message : error}`);
  }
  markSecrets();
  const { listed, unlisted } = policies(rules, context);
  const pack: PolicyPackArgs = { enforcementLevel: "mandatory", policies: [...unlisted, ...listed] };
  new PolicyPack("ai-platform", pack);
  // The SDK runs what it was given at first and lists what it finds here when it is asked.
  pack.policies = listed;
}
