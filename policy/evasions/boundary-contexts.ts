import { loadEnvironment } from "../../stacks/load";
import { contextOf } from "../mutation";
import type { Context } from "../rule";

/** The contexts that the evasions of the boundary are judged in: sovereign stacks of the repository, without their exceptions. */
const of = (stack: string): Context => contextOf({ ...loadEnvironment(stack), policies: {} });

export const onAws = of("sovereign-aws-eu");
export const onGoogle = of("sovereign-gcp-eu");
export const atHome = of("sovereign-onprem-eu");

/** The same with its jurisdiction otherwise. */
export const withJurisdiction = (context: Context, over: Record<string, unknown>): Context => ({
  ...context,
  environment: { ...context.environment, jurisdiction: { ...context.environment.jurisdiction, ...over } as never },
});
