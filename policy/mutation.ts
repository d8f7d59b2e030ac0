import { prices } from "../catalog/prices";
import { releases } from "../catalog/releases";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import type { RuleId } from "../stacks/policies";
import { regionsOf } from "./context";
import { planOf } from "./plan";
import {
  type Context,
  evaluate,
  evaluateStack,
  type Finding,
  isStackRule,
  type Properties,
  type Resource,
} from "./rule";
import { rules } from "./rules";

/** For tests: a stack of the repository with one thing made wrong, as a change of its file or of its program. */
export interface Mutation {
  readonly rule: RuleId;
  /** A stack of `stacks/`. */
  readonly stack: string;
  /** What is wrong, as the end of "when ...". */
  readonly when: string;
  /** What its stack file states otherwise; lists merge by name. */
  readonly change?: Record<string, unknown>;
  /** What its program registers otherwise. */
  readonly patch?: (resources: readonly Resource[]) => readonly Resource[];
  readonly context?: Partial<Context>;
}

/** The context in which a stack of the repository is judged before its update, on the day of writing. */
export const contextOf = (environment: Environment): Context => ({
  environment,
  preview: true,
  today: "2026-11-21",
  state: {
    rehearsal: false,
    backend: environment.state?.backend ?? "https://api.pulumi.com",
    secretsProvider: environment.state?.secretsProvider,
  },
  regions: regionsOf(environment),
  prices,
  releases,
});

const plans = new Map<string, Promise<readonly Resource[]>>();

/** The plan of a stack, made once for all tests of a file when nothing of its file is changed. */
function planned(stack: string, change: Mutation["change"]): readonly [Environment, Promise<readonly Resource[]>] {
  const environment = loadEnvironment(stack, change && { config: { extends: stack, ...change } });
  if (change !== undefined) return [environment, planOf(environment)];
  if (!plans.has(stack)) plans.set(stack, planOf(environment));
  return [environment, plans.get(stack)!];
}

export async function mutated({ stack, change, patch, context }: Mutation): Promise<{
  readonly resources: readonly Resource[];
  readonly context: Context;
}> {
  const [environment, plan] = planned(stack, change);
  const resources = await plan;
  return { resources: patch?.(resources) ?? resources, context: { ...contextOf(environment), ...context } };
}

/** What all rules find in the resources of a stack. */
export const findingsOf = (resources: readonly Resource[], context: Context): Finding[] =>
  rules.flatMap((rule) =>
    isStackRule(rule)
      ? evaluateStack(rule, resources, context)
      : resources.flatMap((resource) => evaluate(rule, resource, context)),
  );

/** A patch that lays properties over those of each resource of a type, or of the one of that name. Fails where there is none. */
export const changing =
  (type: string, change: (props: Properties) => Properties, name?: string): NonNullable<Mutation["patch"]> =>
  (resources) => {
    const hit = (resource: Resource) => resource.type === type && (name === undefined || resource.name === name);
    if (!resources.some(hit)) throw new Error(`no ${type} ${name ?? ""} to change`);
    return resources.map((resource) => (hit(resource) ? { ...resource, props: change(resource.props) } : resource));
  };

/** A patch that adds resources. */
export const adding =
  (...more: readonly Resource[]): NonNullable<Mutation["patch"]> =>
  (resources) => [...resources, ...more];
