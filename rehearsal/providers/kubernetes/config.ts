import type { Failure } from "../rpc";
import { activeCluster, type Selection } from "./kubeconfig";
import { equal, isMap, type Json, type Properties, reveal, Unknown } from "./values";

/** The provider's configuration, read. Times are in seconds. */
export interface ProviderConfig {
  readonly selection: Selection;
  readonly namespace?: string;
  readonly enablePatchForce: boolean;
  readonly upsertExistingObjects: boolean;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  readonly deleteUnreachable: boolean;
  readonly skipUpdateUnreachable: boolean;
  readonly suppressHelmHookWarnings: boolean;
  readonly timeout: number;
}

/** Every key of the official provider, with the environment variable that stands in for it when there is one. */
const KEYS: Readonly<Record<string, string | undefined>> = {
  alwaysRender: undefined,
  cluster: undefined,
  clusterIdentifier: undefined,
  context: undefined,
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  enableServerSideApply: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
  helmReleaseSettings: undefined,
  kubeClientSettings: undefined,
  kubeconfig: undefined,
  namespace: undefined,
  rejectUnknownResources: undefined,
  renderYamlToDirectory: undefined,
  skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
  strictMode: undefined,
  suppressDeprecationWarnings: "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
  suppressHelmHookWarnings: "PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS",
  upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
};

const BOOLEANS = Object.keys(KEYS).filter(
  (key) => KEYS[key] !== undefined || key === "alwaysRender" || key === "strictMode",
);

/** Keys that the engine itself puts among a provider's inputs. */
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal"]);

/** What is wrong with a provider's inputs; empty when nothing is. Unknown values pass. */
export function checkConfig(inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  for (const [property, value] of Object.entries(inputs)) {
    if (ENGINE_KEYS.has(property)) continue;
    if (!(property in KEYS)) {
      const names = Object.keys(KEYS).join(", ");
      failures.push({ property, reason: `the kubernetes provider has no setting "${property}"; it has ${names}` });
      continue;
    }
    const plain = reveal(value);
    if (plain instanceof Unknown) continue;
    if (BOOLEANS.includes(property) && ![true, false, null, "true", "false", ""].includes(plain)) {
      failures.push({ property, reason: `expected true or false, not ${JSON.stringify(plain)}` });
    }
    if (property === "enableServerSideApply" && String(plain) === "false")
      failures.push({ property, reason: ONLY_SSA });
    if (property === "renderYamlToDirectory" && plain) {
      failures.push({ property, reason: "rendering YAML to a directory is not supported by the stand-in provider" });
    }
  }
  return failures;
}

const ONLY_SSA =
  "the stand-in kubernetes provider only does server-side apply; leave enableServerSideApply out or set it to true, " +
  "or use the official provider";

/** Reads the variables of a Configure request, keyed "kubernetes:config:<key>". Throws on values that cannot be read. */
export function readConfig(variables: ReadonlyMap<string, string>): ProviderConfig {
  const text = (key: string) => variables.get(`kubernetes:config:${key}`) || undefined;
  const flag = (key: string) => (text(key) ?? process.env[KEYS[key] ?? ""]) === "true";
  if ((text("enableServerSideApply") ?? process.env.PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY) === "false") {
    throw new Error(ONLY_SSA);
  }
  return {
    selection: { kubeconfig: text("kubeconfig"), context: text("context"), cluster: text("cluster") },
    namespace: text("namespace"),
    enablePatchForce: flag("enablePatchForce"),
    upsertExistingObjects: flag("upsertExistingObjects"),
    enableConfigMapMutable: flag("enableConfigMapMutable"),
    enableSecretMutable: flag("enableSecretMutable"),
    deleteUnreachable: flag("deleteUnreachable"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable"),
    suppressHelmHookWarnings: flag("suppressHelmHookWarnings"),
    timeout: clientTimeout(text("kubeClientSettings")),
  };
}

function clientTimeout(settings: string | undefined): number {
  const seconds = settings ? parseSettings(settings).timeout : process.env.PULUMI_K8S_CLIENT_TIMEOUT;
  return Number(seconds) > 0 ? Number(seconds) : 30;
}

function parseSettings(text: string): { timeout?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    throw new Error(`kubeClientSettings must be an object with burst, qps and timeout, not ${JSON.stringify(text)}`);
  }
}

export interface ConfigDiff {
  readonly diffs: string[];
  readonly replaces: string[];
}

/**
 * What changed between two sets of provider inputs. As with the official provider, everything is replaced when the
 * kubeconfig leads to another cluster, unless both carry the same clusterIdentifier.
 */
export function diffConfig(olds: Properties, news: Properties): ConfigDiff {
  const before = reveal(olds);
  const after = reveal(news);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)].filter((key) => !ENGINE_KEYS.has(key)));
  const diffs = [...keys].filter((key) => !equal(before[key], after[key])).sort();
  const identified = before.clusterIdentifier && after.clusterIdentifier;
  const sameIdentifier = identified && equal(before.clusterIdentifier, after.clusterIdentifier);
  const replaces = new Set<string>();
  if (identified && !sameIdentifier) replaces.add("clusterIdentifier");
  const unknownKey = ["kubeconfig", "context", "cluster"].find((key) => after[key] instanceof Unknown);
  if (unknownKey && diffs.includes(unknownKey)) {
    replaces.add(unknownKey);
  } else {
    const [from, to] = [activeCluster(selectionOf(before)), activeCluster(selectionOf(after))];
    if (from && to && !equal(from, to)) {
      for (const key of ["kubeconfig", "context", "cluster"]) if (diffs.includes(key)) replaces.add(key);
    }
  }
  return { diffs, replaces: sameIdentifier ? [] : [...replaces] };
}

/** The kubeconfig may have been given as an object instead of as text. */
function selectionOf(inputs: Json): Selection {
  const { kubeconfig, context, cluster } = inputs;
  return { kubeconfig: isMap(kubeconfig) ? JSON.stringify(kubeconfig) : kubeconfig, context, cluster };
}
