import { randomUUID } from "node:crypto";
import {
  PolicyPack,
  type PolicyPackArgs,
  type PolicyResource,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { prices } from "../catalog/prices";
import { type Region, regions } from "../catalog/regions";
import { releases } from "../catalog/releases";
import type { Environment } from "../stacks/environment";
import { currentEnvironment } from "../stacks/load";
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
import { markSecrets, plain } from "./wire";

/** The rules as policies of the engine. */

type EnginePolicy = ResourceValidationPolicy | StackValidationPolicy;

/** A violation in the SDK's richer form, which its types leave out: a policy's name and level of its own. */
interface Violation {
  readonly name: string;
  readonly message: string;
  readonly urn?: string;
  readonly enforcementLevel?: "advisory" | "mandatory";
  readonly severity: Rule["severity"];
}

/**
 * Reports findings. `level` is that of a violation; undefined leaves it to the configuration of the pack. What is
 * deferred or unverified is only said.
 */
function report(rule: Rule, findings: readonly Finding[], to: ReportViolation, level?: "mandatory"): void {
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
  const ofProvider = () => (provider === undefined ? undefined : plain(provider.props, ["provider"]));
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    get props() {
      return plain(args.props).props;
    },
    get secrets() {
      return [...plain(args.props).secrets, ...(ofProvider()?.secrets ?? [])];
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

function check(rule: Rule, context: Context, level?: "mandatory"): object {
  return isStackRule(rule)
    ? {
        validateStack: (args: { resources: PolicyResource[] }, to: ReportViolation) =>
          report(rule, evaluateStack(rule, args.resources.map(resourceOf), context), to, level),
      }
    : {
        validateResource: (args: ResourceValidationArgs, to: ReportViolation) =>
          report(rule, evaluate(rule, resourceOf(args), context), to, level),
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
      ...action,
    }) as EnginePolicy;
  return {
    listed: list.map((rule) =>
      policy(
        rule,
        rule.id,
        fixed(rule) ? { [isStackRule(rule) ? "validateStack" : "validateResource"]: () => {} } : check(rule, context),
      ),
    ),
    unlisted: list.filter(fixed).map((rule) => policy(rule, randomUUID(), check(rule, context, "mandatory"))),
  };
}

/** Data centres of one's own, as regions. */
const sitesOf = ({ stack, sites }: Environment): Record<string, Region> =>
  Object.fromEntries(
    sites.map(({ name, country, jurisdiction, operator }) => [
      name,
      {
        provider: "existing",
        partition: "",
        dnsSuffix: "",
        jurisdiction,
        country,
        source: `sites of stack ${stack}, operated by ${operator}`,
        date: "unknown",
      },
    ]),
  );

/** The environment of the stack whose update started this process. Throws when there is none that can be read. */
function contextOfUpdate(): Context {
  if (!process.env.PULUMI_NODEJS_STACK) {
    throw new Error("the policy pack was started without a stack, and a rule cannot judge without its environment");
  }
  const environment = currentEnvironment();
  return {
    environment,
    preview: pulumi.runtime.isDryRun(),
    regions: { ...regions, ...sitesOf(environment) },
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
