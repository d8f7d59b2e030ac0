import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { type ExecPlugin, readExec } from "./exec-login";
import type { Json } from "./values";

/** How to reach one API server, all files read. Certificates and keys are PEM. */
export interface Connection {
  readonly server: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
  /** Read again for each request: such tokens are rotated. */
  readonly tokenFile?: string;
  /** The command that gives a token or certificate. Not set beside one of the above, which then come first. */
  readonly exec?: ExecPlugin;
  readonly insecure: boolean;
  readonly serverName?: string;
  /** Namespace of the context, "default" when it names none. */
  readonly namespace: string;
}

/** What a program or the environment says about the cluster. */
export interface Selection {
  /** Contents of a kubeconfig, or the path of one. Empty means $KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
}

interface Loaded {
  readonly config: Json;
  /** For messages: the path, the paths, or "the kubeconfig of the provider". */
  readonly origin: string;
}

/** Resolves a kubeconfig into a connection. Throws an Error that names the kubeconfig and what it lacks. */
export function connect(selection: Selection): Connection {
  const { config, origin } = load(selection.kubeconfig);
  const contexts = list(config.contexts);
  const known = contexts.length === 0 ? "it has none" : `it has ${contexts.map((c) => `"${c.name}"`).join(", ")}`;
  const name = selection.context || config["current-context"];
  if (!name && !selection.cluster)
    throw new Error(`${origin} sets no current-context and none was asked for; ${known}`);
  const context = contexts.find((c) => c.name === name)?.context;
  if (name && !context) throw new Error(`${origin} has no context "${name}"; ${known}`);

  const clusterName = selection.cluster || context?.cluster;
  const clusters = list(config.clusters);
  const cluster = clusters.find((c) => c.name === clusterName)?.cluster;
  if (!cluster?.server) {
    const names = clusters.map((c) => `"${c.name}"`).join(", ") || "none";
    throw new Error(`${origin} has no cluster "${clusterName}" with a server address; it has ${names}`);
  }
  if (cluster["proxy-url"]) throw new Error(`${origin}: proxy-url is not supported by the stand-in`);

  const user = list(config.users).find((u) => u.name === context?.user)?.user ?? {};
  if (context?.user && !list(config.users).some((u) => u.name === context.user)) {
    throw new Error(`${origin} has no user "${context.user}", which context "${name}" refers to`);
  }
  if (user["auth-provider"]) {
    throw new Error(
      `${origin}: user "${context.user}" logs in with an auth-provider plugin, which is not supported by the stand-in; ` +
        "use a client certificate, a token or an exec plugin",
    );
  }

  const ca = pem(cluster, "certificate-authority", origin);
  const cert = pem(user, "client-certificate", origin);
  const given = cert ?? user.token ?? user.tokenFile;
  const connection: Connection = {
    server: String(cluster.server).replace(/\/+$/, ""),
    ca,
    cert,
    key: pem(user, "client-key", origin),
    token: user.token || undefined,
    tokenFile: user.tokenFile || undefined,
    exec: user.exec && !given ? readExec(user.exec, cluster, ca, `${origin}: user "${context.user}"`) : undefined,
    insecure: cluster["insecure-skip-tls-verify"] === true,
    serverName: cluster["tls-server-name"] || undefined,
    namespace: context?.namespace || "default",
  };
  if (!/^https?:\/\//.test(connection.server)) {
    throw new Error(
      `${origin}: the server of cluster "${clusterName}" must start with https://, not "${cluster.server}"`,
    );
  }
  return connection;
}

/** The entry of the cluster that a selection leads to, for comparing clusters. Undefined when it leads nowhere. */
export function activeCluster(selection: Selection): Json | undefined {
  try {
    const { config } = load(selection.kubeconfig);
    const name = selection.context || config["current-context"];
    const context = list(config.contexts).find((c) => c.name === name)?.context;
    return list(config.clusters).find((c) => c.name === (selection.cluster || context?.cluster))?.cluster;
  } catch {
    return undefined;
  }
}

/** Reads a kubeconfig from where the selection says, or from where kubectl would look. */
function load(pathOrContents: string | undefined): Loaded {
  if (pathOrContents) {
    const path = expandHome(pathOrContents);
    if (isFile(path)) return { config: readConfig(path), origin: `kubeconfig ${path}` };
    if (!/[\n:{]/.test(pathOrContents) || isAbsolute(path)) {
      throw new Error(`kubeconfig ${path} does not exist`);
    }
    return {
      config: parseConfig(pathOrContents, "the kubeconfig of the provider", process.cwd()),
      origin: "the kubeconfig of the provider",
    };
  }
  const fromEnv = (process.env.KUBECONFIG ?? "").split(delimiter).filter(Boolean);
  const paths = fromEnv.length > 0 ? fromEnv : [join(homedir(), ".kube", "config")];
  const present = paths.filter(isFile);
  if (present.length === 0) {
    throw new Error(
      `no kubeconfig: the provider was given none, and ${fromEnv.length > 0 ? "$KUBECONFIG names" : "there is no"} ` +
        `${paths.join(", ")}${fromEnv.length > 0 ? ", which does not exist" : ""}`,
    );
  }
  return { config: merge(present.map(readConfig)), origin: `kubeconfig ${present.join(delimiter)}` };
}

function readConfig(path: string): Json {
  return parseConfig(readFileSync(path, "utf8"), `kubeconfig ${path}`, dirname(resolve(path)));
}

function parseConfig(text: string, origin: string, folder: string): Json {
  let config: Json;
  try {
    config = parse(text);
  } catch (error) {
    throw new Error(`${origin} is not valid YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new Error(`${origin} is not a kubeconfig: expected a map with clusters, users and contexts`);
  }
  // Relative files are relative to the kubeconfig that names them.
  for (const entry of [...list(config.clusters).map((c) => c.cluster), ...list(config.users).map((u) => u.user)]) {
    for (const key of ["certificate-authority", "client-certificate", "client-key", "tokenFile"]) {
      if (entry?.[key]) entry[key] = resolve(folder, entry[key]);
    }
    if (entry?.exec?.command?.includes?.("/")) entry.exec.command = resolve(folder, entry.exec.command);
  }
  return config;
}

/** Several kubeconfigs as kubectl merges them: the first to name something wins. */
function merge(configs: Json[]): Json {
  const merged: Json = { clusters: [], users: [], contexts: [] };
  for (const config of configs) {
    merged["current-context"] ||= config["current-context"];
    for (const key of ["clusters", "users", "contexts"]) {
      for (const entry of list(config[key])) {
        if (!merged[key].some((e: Json) => e.name === entry.name)) merged[key].push(entry);
      }
    }
  }
  return merged;
}

function pem(entry: Json, key: string, origin: string): Buffer | undefined {
  const data = entry[`${key}-data`];
  if (data) return Buffer.from(data, "base64");
  if (!entry[key]) return undefined;
  try {
    return readFileSync(entry[key]);
  } catch (error) {
    throw new Error(`${origin}: ${key} ${entry[key]} cannot be read: ${(error as Error).message}`);
  }
}

function list(value: Json): Json[] {
  return Array.isArray(value) ? value : [];
}

function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

function isFile(path: string): boolean {
  // Contents given in place of a path may be longer than any path.
  if (path.length > 4096 || path.includes("\n")) return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
