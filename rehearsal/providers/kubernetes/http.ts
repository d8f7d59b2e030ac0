import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { type Credentials, ExecLogin } from "./exec-login";
import type { Connection } from "./kubeconfig";
import type { Json } from "./values";

/** An answer of the API server that is not a success: its Status object, reduced to what is acted on. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    /** Status.details: causes, kind, retryAfterSeconds. */
    readonly details: Json,
  ) {
    super(message);
  }
}

/** No answer was had at all. */
export class UnreachableError extends Error {}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Long enough for an API server to restart in place, short enough that nobody thinks the update hangs. */
const RECONNECT_MS = 5_000;
/** While the server is known to be away, later requests do not each wait for it again. */
const AWAY_MS = 10_000;
const RETRY_MS = 10_000;

const CONNECTION_LOST = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ECONNABORTED"]);

/**
 * JSON over HTTP to one API server, with connections kept alive. Every request made through it can be repeated
 * (reads, server-side applies and deletes), so lost connections and answers such as 429 or "leader changed" are
 * retried within bounds. Throws {@link ApiError} or {@link UnreachableError}.
 */
export class HttpClient {
  private agent: http.Agent | undefined;
  /** The certificate that the agent's connections carry. */
  private agentCert: string | Buffer | undefined;
  private readonly secure: boolean;
  private readonly login: ExecLogin | undefined;
  private awaySince: number | undefined;

  constructor(
    private readonly connection: Connection,
    /** Milliseconds without an answer before a request is given up. */
    private readonly timeoutMs: number,
  ) {
    this.secure = connection.server.startsWith("https:");
    this.login = connection.exec && new ExecLogin(connection.exec);
  }

  get server(): string {
    return this.connection.server;
  }

  async json(method: string, path: string, options: RequestOptions = {}): Promise<Json> {
    const started = Date.now();
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      const credentials = await this.credentials();
      let answer: Answer;
      try {
        answer = await this.send(method, path, options, credentials);
        this.awaySince = undefined;
      } catch (error) {
        options.signal?.throwIfAborted();
        const code = (error as NodeJS.ErrnoException).code ?? "";
        const away = this.awaySince !== undefined && started - this.awaySince < AWAY_MS;
        if (CONNECTION_LOST.has(code) && !away && Date.now() - started < RECONNECT_MS) {
          await sleep(Math.min(100 * 2 ** attempt, 500), undefined, { signal: options.signal });
          continue;
        }
        this.awaySince = Date.now();
        throw new UnreachableError(`cannot reach the API server at ${this.server}: ${cause(error as Error)}`);
      }
      if (answer.status < 300) return answer.text === "" ? {} : JSON.parse(answer.text);
      if (answer.status === 401 && this.login && !renewed) {
        renewed = true;
        await this.loggedIn(this.login.replace(credentials));
        continue;
      }
      const error = this.failure(answer);
      const wait = retryDelay(answer, error, attempt);
      if (wait === undefined || Date.now() - started + wait > RETRY_MS) throw error;
      await sleep(wait, undefined, { signal: options.signal });
    }
  }

  close(): void {
    this.agent?.destroy();
  }

  private credentials(): Promise<Credentials> {
    return this.loggedIn(this.login ? this.login.credentials() : this.stated());
  }

  /** What the kubeconfig itself states, apart from a certificate, which is the agent's. */
  private async stated(): Promise<Credentials> {
    const { token, tokenFile } = this.connection;
    return { token: tokenFile ? readFileSync(tokenFile, "utf8").trim() : token };
  }

  /** As the official provider does, a cluster that cannot be logged in to counts as one that cannot be reached. */
  private async loggedIn<T>(login: Promise<T>): Promise<T> {
    try {
      return await login;
    } catch (error) {
      throw new UnreachableError(`cannot log in to the API server at ${this.server}: ${(error as Error).message}`);
    }
  }

  /** Connections outlive requests, and a new certificate needs new ones. */
  private agentFor(credentials: Credentials): http.Agent {
    const { ca, insecure, serverName } = this.connection;
    const { cert = this.connection.cert, key = this.connection.key } = credentials;
    if (this.agent && this.agentCert === cert) return this.agent;
    this.agent?.destroy();
    // The server multiplexes poorly over many TLS handshakes; a few dozen sockets carry hundreds of resources.
    const pool = { keepAlive: true, maxSockets: 24, scheduling: "lifo" as const };
    this.agent = this.secure
      ? new https.Agent({ ...pool, ca, cert, key, rejectUnauthorized: !insecure, servername: serverName })
      : new http.Agent(pool);
    this.agentCert = cert;
    return this.agent;
  }

  private send(method: string, path: string, options: RequestOptions, credentials: Credentials): Promise<Answer> {
    const query = options.query ? `?${new URLSearchParams(options.query)}` : "";
    const url = new URL(`${this.server}${path}${query}`);
    const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
    const headers: http.OutgoingHttpHeaders = {
      accept: options.accept ?? "application/json",
      "user-agent": "pulumi-kubernetes-stand-in",
    };
    if (body) {
      headers["content-type"] = options.contentType ?? "application/json";
      headers["content-length"] = body.length;
    }
    if (credentials.token) headers.authorization = `Bearer ${credentials.token}`;
    const agent = this.agentFor(credentials);
    return new Promise((resolve, reject) => {
      const request = (this.secure ? https : http).request(
        url,
        { method, headers, agent, signal: options.signal, timeout: this.timeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error(`no answer within ${this.timeoutMs / 1000} s`)));
      request.on("error", reject);
      request.end(body);
    });
  }

  private failure(answer: Answer): ApiError {
    let status: Json = {};
    try {
      status = JSON.parse(answer.text);
    } catch {
      status = { message: answer.text.trim().slice(0, 500) };
    }
    let message: string = status.message || `HTTP ${answer.status}`;
    if (answer.status === 401) {
      message = `the API server at ${this.server} does not accept the kubeconfig's credentials (401 ${message})`;
    }
    return new ApiError(answer.status, status.reason ?? "", message, status.details ?? {});
  }
}

/** Milliseconds to wait before asking again, or undefined when the answer is final. */
function retryDelay(answer: Answer, error: ApiError, attempt: number): number | undefined {
  const transient =
    answer.status === 429 ||
    answer.status === 502 ||
    answer.status === 503 ||
    answer.status === 504 ||
    (answer.status === 500 &&
      /etcdserver|leader changed|connection refused.*etcd|storage is \(re\)initializing/i.test(error.message));
  if (!transient) return undefined;
  const asked = Number(answer.headers["retry-after"] ?? error.details.retryAfterSeconds);
  return Number.isFinite(asked) && asked > 0 ? asked * 1000 : Math.min(200 * 2 ** attempt, 2_000);
}

/** Node wraps several failed addresses in an AggregateError without a message of its own. */
function cause(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map((e) => e.message).join("; ");
  return error.message || String((error as NodeJS.ErrnoException).code ?? error);
}
