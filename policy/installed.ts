import type { Resource } from "./rule";

/**
 * What installs charts and manifests. Pulumi's `Chart`, `ConfigFile` and their like are made inside their provider, and
 * show the engine none of their inputs: neither the chart, nor where it comes from, nor its values. The platform's own
 * component around them states these as inputs of its own, and that is what rules judge.
 */

export const releaseType = "ai-platform:release:Release";

const renderers =
  /^kubernetes:(helm\.sh\/(v3|v4):(Chart|Release)|yaml(\/v2)?:(ConfigFile|ConfigGroup)|kustomize(\/v2)?:Directory)$/;

/** Whether a resource says which chart or manifest is installed: the platform's component, or one that shows its inputs. */
export const statesChart = ({ type }: Resource): boolean =>
  type === releaseType || type.startsWith("kubernetes:helm.sh/");

/** Whether a resource installs what nobody but its provider sees, in no Release that says what it is. */
export const installsUnseen = ({ type, props, options: { parent = "" } }: Resource): boolean =>
  renderers.test(type) &&
  ["chart", "file", "files", "yaml", "objs", "directory"].every((input) => props[input] === undefined) &&
  !(parent.split("::")[2] ?? "").endsWith(releaseType);
