import { contextWith, resourceWith } from "../fixtures";
import {
  type Context,
  evaluate,
  evaluateStack,
  type Finding,
  isStackRule,
  type Properties,
  type Resource,
  type Rule,
  type Value,
} from "../rule";

/** What the tests of the rules of security share. */

export const object = (type: string, props: Properties, over: Partial<Resource> = {}): Resource =>
  resourceWith(`kubernetes:${type}`, { metadata: { name: "thing", namespace: "tenant-search" }, ...props }, over);

/** What components/security.ts makes of a pod, with what is said otherwise. */
export const restrictedPod = (over: { readonly [key: string]: Value } = {}): Properties => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 2000, seccompProfile: { type: "RuntimeDefault" } },
  containers: [restrictedContainer()],
  ...over,
});

export const restrictedContainer = (over: { readonly [key: string]: Value } = {}): Properties => ({
  name: "main",
  image: "ghcr.io/llm-d/llm-d-cuda:v0.9.0",
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  ...over,
});

export const deployment = (spec: Properties, over: Partial<Resource> = {}): Resource =>
  object("apps/v1:Deployment", { spec: { template: { spec } } }, over);

/** As an object of a release of the catalog, in a namespace. */
export function upstream(resource: Resource, release: string, namespace: string): Resource {
  return {
    ...resource,
    props: { ...resource.props, metadata: { name: resource.name, namespace } },
    options: {
      ...resource.options,
      parent: `urn:pulumi:test::ai-platform::ai-platform:release:Release$kubernetes:helm.sh/v4:Chart::${release}`,
    },
  };
}

export const findings = (
  rule: Rule,
  resources: Resource | readonly Resource[],
  context: Context = contextWith(),
): Finding[] => {
  const all = Array.isArray(resources) ? (resources as readonly Resource[]) : [resources as Resource];
  return isStackRule(rule)
    ? evaluateStack(rule, all, context)
    : all.flatMap((resource) => evaluate(rule, resource, context));
};

export const fields = (rule: Rule, resources: Resource | readonly Resource[], context?: Context): string[] =>
  findings(rule, resources, context).map(({ field }) => field);

/** How a finding that depends on what is not known ends: before the update, and at it. */
export const kinds = (
  rule: Rule,
  resources: Resource | readonly Resource[],
  context: Context = contextWith(),
): string[] => [
  ...new Set(findings(rule, resources, { ...context, preview: true }).map(({ kind }) => kind)),
  ...new Set(findings(rule, resources, { ...context, preview: false }).map(({ kind }) => kind)),
];
