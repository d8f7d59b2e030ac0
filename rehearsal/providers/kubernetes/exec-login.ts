import { spawn } from "node:child_process";
import { isMap, type Json } from "./values";

/**
 * A command that logs a user of a kubeconfig in, by the protocol of client-go (plugin/pkg/client/auth/exec, read at
 * v0.36): it is told what is wanted in $KUBERNETES_EXEC_INFO and prints an ExecCredential.
 */
export interface ExecPlugin {
  /** Looked up on PATH unless it is a path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Set for the command besides this process's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  /** What to do where the command is missing. */
  readonly installHint?: string;
  /** `spec.cluster` of what the command is told, for kubeconfigs that say `provideClusterInfo`. */
  readonly cluster?: Json;
}

/** What a login gives: a bearer token, a client certificate with its key (PEM), or both. */
export interface Credentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since the epoch; undefined: they last as long as this process. */
  readonly expires?: number;
}

const API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const INTERACTIVE_MODES = ["Never", "IfAvailable"];

/** Long enough for somebody to confirm a login in a browser, short enough that nobody thinks the update hangs. */
const TIMEOUT_MS = 120_000;

/** Reads `users[].user.exec`. `where` begins its errors, `cluster` is the entry of the cluster that is logged in to. */
export function readExec(exec: Json, cluster: Json, ca: Buffer | undefined, where: string): ExecPlugin {
  const { command, apiVersion, installHint, args, env } = exec;
  if (typeof command !== "string" || command === "") throw new Error(`${where}: exec names no command`);
  if (!API_VERSIONS.includes(apiVersion)) {
    throw new Error(
      `${where}: exec has the apiVersion ${JSON.stringify(apiVersion)}; expected ${API_VERSIONS.join(" or ")}`,
    );
  }
  // In v1beta1 it may be left out, in v1 it may not.
  const mode = exec.interactiveMode ?? (apiVersion === API_VERSIONS[0] ? undefined : "IfAvailable");
  if (!INTERACTIVE_MODES.includes(mode)) {
    throw new Error(
      `${where}: exec has the interactiveMode ${JSON.stringify(mode)}; ` +
        `expected ${INTERACTIVE_MODES.join(" or ")}, since nobody sits in front of a resource provider`,
    );
  }
  return {
    command,
    apiVersion,
    args: list(args).map(String),
    env: Object.fromEntries(list(env).map(({ name, value }) => [name, String(value ?? "")])),
    installHint: installHint || undefined,
    cluster: exec.provideClusterInfo === true ? clusterInfo(cluster, ca) : undefined,
  };
}

function clusterInfo(cluster: Json, ca: Buffer | undefined): Json {
  const extension = list(cluster.extensions).find((e) => e.name === "client.authentication.k8s.io/exec");
  return {
    server: cluster.server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "certificate-authority-data": ca?.toString("base64"),
    config: extension?.extension ?? null,
  };
}

function list(value: Json): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Logs in when credentials are first asked for, and again when they have expired or were refused. */
export class ExecLogin {
  private current: Credentials | undefined;
  private running: Promise<Credentials> | undefined;

  constructor(private readonly plugin: ExecPlugin) {}

  /** Throws an Error that names the command and what it did; never one that holds what it printed on stdout. */
  async credentials(): Promise<Credentials> {
    const { current } = this;
    if (current && (current.expires === undefined || Date.now() < current.expires)) return current;
    return this.renew();
  }

  /** Logs in again, unless somebody did since `refused` was handed out. */
  async replace(refused: Credentials): Promise<void> {
    if (this.current === refused) await this.renew();
  }

  /** One login at a time: many requests find at once that there is none. */
  private renew(): Promise<Credentials> {
    this.running ??= run(this.plugin)
      .then((credentials) => {
        this.current = credentials;
        return credentials;
      })
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }
}

async function run(plugin: ExecPlugin): Promise<Credentials> {
  const { command, args, env, apiVersion, cluster } = plugin;
  const info = { apiVersion, kind: "ExecCredential", spec: { cluster, interactive: false } };
  const stdout = await outputOf(plugin, () =>
    spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: TIMEOUT_MS,
    }),
  );
  return readCredential(stdout, plugin);
}

function outputOf(plugin: ExecPlugin, start: () => ReturnType<typeof spawn>): Promise<string> {
  const { command, installHint } = plugin;
  return new Promise((resolve, reject) => {
    const child = start();
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (chunk) => out.push(chunk));
    child.stderr?.on("data", (chunk) => err.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") return reject(new Error(`the command ${command} cannot be run: ${error.message}`));
      const where = command.includes("/") ? "does not exist" : "was not found on PATH";
      reject(new Error(`the command ${command} ${where}${installHint ? `. ${installHint.trim()}` : ""}`));
    });
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(out).toString("utf8"));
      const end = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      const last = Buffer.concat(err).toString("utf8").trim().split("\n").at(-1);
      reject(new Error(`the command ${command} ${end}: ${last || "it printed no message"}`));
    });
  });
}

/** Messages leave out what was printed, and so must not pass on those of JSON.parse: it holds, or may hold, a token. */
function readCredential(stdout: string, { command, apiVersion }: ExecPlugin): Credentials {
  let printed: Json;
  try {
    printed = JSON.parse(stdout);
  } catch {
    throw new Error(`the command ${command} printed something else than the JSON of an ExecCredential`);
  }
  if (!isMap(printed) || printed.kind !== "ExecCredential") {
    throw new Error(`the command ${command} printed JSON that is no ExecCredential`);
  }
  if (printed.apiVersion !== apiVersion) {
    throw new Error(
      `the command ${command} printed an ExecCredential of another version than the ${apiVersion} of the kubeconfig`,
    );
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = printed.status ?? {};
  if (!token && !cert && !key) throw new Error(`the command ${command} gave neither a token nor a certificate`);
  if (!cert !== !key) {
    throw new Error(
      `the command ${command} gave ${cert ? "a certificate without its key" : "a key without its certificate"}`,
    );
  }
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : undefined;
  if (Number.isNaN(expires)) {
    throw new Error(`the command ${command} gave an expirationTimestamp that is no time such as 2026-01-31T12:00:00Z`);
  }
  return { token: token || undefined, cert: cert || undefined, key: key || undefined, expires };
}
