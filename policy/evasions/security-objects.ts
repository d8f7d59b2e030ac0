import { contextWith, resourceWith } from "../fixtures";
import type { Context, Properties, Resource, Value } from "../rule";

/** What the evasions of the rules of security are made of. */

export const here: Context = contextWith();

export const object = (type: string, name: string, props: Properties, over: Partial<Resource> = {}): Resource =>
  resourceWith(`kubernetes:${type}`, { metadata: { name, namespace: "tenant-search" }, ...props }, { name, ...over });

export const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

export const image = "ghcr.io/llm-d/llm-d-cuda:v0.9.0";

export const container = (over: { readonly [key: string]: Value } = {}): Properties => ({
  name: "main",
  image,
  securityContext: good,
  ...over,
});

/** A pod that meets every rule, but for what is said otherwise. */
export const podSpec = (over: { readonly [key: string]: Value } = {}): Properties => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [container()],
  ...over,
});

export const deployment = (
  name: string,
  spec: Properties,
  over: Partial<Resource> = {},
  labels: Properties = {},
): Resource => object("apps/v1:Deployment", name, { spec: { template: { metadata: { labels }, spec } } }, over);

/** Under a chart that a Release component of the platform installs. */
export const chartOf = (release: string, namespace: string): Partial<Resource> & { readonly namespace: string } => ({
  namespace,
  options: {
    protect: false,
    ignoreChanges: [],
    parent: `urn:pulumi:test::ai-platform::ai-platform:release:Release$kubernetes:helm.sh/v4:Chart::${release}`,
  },
});

export const optionsUnder = (types: string, name: string): Resource["options"] => ({
  protect: false,
  ignoreChanges: [],
  parent: `urn:pulumi:test::ai-platform::${types}::${name}`,
});

export const catalogChart = "ai-platform:release:Release$kubernetes:helm.sh/v4:Chart";

export const inNamespace = (namespace: string, name: string): { readonly metadata: Properties } => ({
  metadata: { name, namespace },
});
