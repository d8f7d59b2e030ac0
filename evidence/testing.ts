import { appendFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { contextOf } from "../policy/mutation";
import { planOf } from "../policy/plan";
import type { Examination } from "../policy/record";
import { type Context, evaluate, evaluateStack, isStackRule, type Resource } from "../policy/rule";
import { rules } from "../policy/rules";
import type { PreviewResult, preview } from "../rehearsal/preview";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { type Identities, identitiesOf } from "./make";

/** For tests: what the policy pack records of resources, without an engine. */
export const examinationsOf = (resources: readonly Resource[], context: Context): Examination[] =>
  rules
    .flatMap((rule): Examination[] => {
      const about = (of: readonly Resource[]) => of.map(({ urn, type, name }) => ({ urn, type, name }));
      return isStackRule(rule)
        ? [
            {
              rule: rule.id,
              resources: about(resources.filter((resource) => rule.applies(resource, context))),
              findings: evaluateStack(rule, resources, context),
            },
          ]
        : resources
            .filter((resource) => rule.applies(resource, context))
            .map((resource) => ({
              rule: rule.id,
              resources: about([resource]),
              findings: evaluate(rule, resource, context),
            }));
    })
    .filter(({ resources: of, findings }) => of.length + findings.length > 0);

/** The preview of resources, in which every chart was rendered. */
export const previewOf = (
  { stack }: Environment,
  resources: readonly Resource[],
  examinations: readonly Examination[],
): PreviewResult => ({
  stack,
  ok: !examinations.some(({ findings }) => findings.some(({ kind }) => kind === "violation")),
  errors: [],
  findings: [],
  resources: resources.map(({ urn, type, name, props, options }) => ({
    urn,
    type,
    name,
    inputs: props,
    outputs: {},
    protect: options.protect,
    ...(options.parent === undefined ? {} : { parent: options.parent }),
  })),
  changes: { create: resources.length },
  standIns: [],
  chartsNotRendered: [],
  seconds: 1,
});

/** What each stack comes to, worked out once for all tests of a file. */
const judged = new Map<string, Promise<{ readonly result: PreviewResult; readonly examinations: Examination[] }>>();

async function judge(stack: string) {
  const environment = loadEnvironment(stack);
  const resources = await planOf(environment);
  const examinations = examinationsOf(resources, contextOf(environment));
  return { result: previewOf(environment, resources, examinations), examinations };
}

/** Stands in for the engine: judges what the program of a stack registers, and records it as the policy pack does. */
export function previewer(
  change: (result: PreviewResult, record: Examination[]) => PreviewResult = (result) => result,
): typeof preview {
  return async (stack, { variables = {} }) => {
    if (!judged.has(stack)) judged.set(stack, judge(stack));
    const once = await judged.get(stack)!;
    const examinations = structuredClone(once.examinations);
    const result = change(once.result, examinations);
    const file = variables.AI_PLATFORM_POLICY_RECORD!;
    await rm(file, { force: true });
    for (const examination of examinations) appendFileSync(file, `${JSON.stringify(examination)}\n`);
    return result;
  };
}

/** The files that take part, as they were at first: others may be at work on them while tests run. */
export function steady(): (stack: string) => Identities {
  const known = new Map<string, Identities>();
  return (stack) => {
    const identities = known.get(stack) ?? identitiesOf(stack);
    known.set(stack, identities);
    return identities;
  };
}
