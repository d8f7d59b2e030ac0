import { readFile } from "node:fs/promises";
import https from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pki } from "./pki";

/** A Kubernetes object as this folder handles it: what the API server answers, no more typed than that. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the API server's
  [field: string]: any;
}

/** An answer of the API server other than success. `status` is the HTTP status, 0 when it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Speaks to the control plane that a rehearsal owns, with the certificates it made itself. (The resource provider has
 * a client of its own, which reads any kubeconfig: it stands in for a program that knows nothing of this one.)
 */
export class ControlPlaneClient {
  private constructor(
    readonly server: string,
    private readonly agent: https.Agent,
  ) {}

  static async open(server: string, pki: Pki, identity: keyof Pki["clients"]): Promise<ControlPlaneClient> {
    const client = pki.clients[identity];
    const [ca, cert, key] = await Promise.all([readFile(pki.ca), readFile(client.cert), readFile(client.key)]);
    return new ControlPlaneClient(server, new https.Agent({ ca, cert, key, keepAlive: true, maxSockets: 16 }));
  }

  close(): void {
    this.agent.destroy();
  }

  get(path: string): Promise<KubeObject> {
    return this.request("GET", path);
  }

  /** All items of a collection; none where the kind is not served. */
  async list(path: string): Promise<KubeObject[]> {
    try {
      return (await this.request("GET", path)).items ?? [];
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  }

  /** Server-side apply, taking over fields that somebody else set. `dryRun` changes nothing and still validates. */
  apply(path: string, object: KubeObject, options: { fieldManager: string; dryRun?: boolean }): Promise<KubeObject> {
    const query = `fieldManager=${options.fieldManager}&force=true&fieldValidation=Strict${options.dryRun ? "&dryRun=All" : ""}`;
    return this.request("PATCH", `${path}?${query}`, object, "application/apply-patch+yaml");
  }

  /**
   * Deletes an object; one that is not there is deleted already. `Foreground` keeps it until what it owns is gone, if
   * the propagation is not left to the API server.
   */
  async delete(path: string, propagation?: "Background" | "Foreground"): Promise<void> {
    try {
      await this.request("DELETE", propagation ? `${path}?propagationPolicy=${propagation}` : path);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /**
   * Watches a collection from now on, beginning with what is there. `ended` resolves when the connection ends, as it does
   * every few minutes; it never rejects.
   */
  watch(
    path: string,
    onEvent: (event: { type: string; object: KubeObject }) => void,
  ): { ended: Promise<void>; stop(): void } {
    const url = `${this.server}${path}${path.includes("?") ? "&" : "?"}watch=1`;
    const call = https.request(url, { agent: this.agent });
    const ended = new Promise<void>((resolve) => {
      call.on("error", () => resolve());
      call.on("response", (response) => {
        response.on("error", () => resolve());
        const lines = createInterface({ input: response });
        lines.on("line", (line) => {
          const event = response.statusCode === 200 ? parsed(line) : undefined;
          if (event !== undefined) onEvent(event);
        });
        lines.on("close", resolve);
        // It repeats the error of what it reads.
        lines.on("error", () => resolve());
      });
    });
    call.end();
    return { ended, stop: () => call.destroy() };
  }

  /** A server that is not ready for a request, as for a kind that it has just begun to serve, is asked again for a while. */
  async request(...args: Parameters<ControlPlaneClient["send"]>): Promise<KubeObject> {
    for (let left = 20; ; left--) {
      try {
        return await this.send(...args);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 429) || left === 0) throw error;
      }
      await sleep(500);
    }
  }

  private send(
    method: string,
    path: string,
    body?: unknown,
    type = "application/json",
    timeoutMs = 30_000,
  ): Promise<KubeObject> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = https.request(
        `${this.server}${path}`,
        { method, agent: this.agent, timeout: timeoutMs, headers: text ? { "content-type": type } : {} },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const answer = Buffer.concat(chunks).toString("utf8");
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) {
              resolve(answer.startsWith("{") ? JSON.parse(answer) : { apiVersion: "", kind: "", text: answer });
            } else {
              reject(new ApiError(status, messageOf(answer) || `${method} ${path}: HTTP ${status}`));
            }
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      call.on("error", (error) =>
        reject(new ApiError(0, `cannot reach the API server at ${this.server}: ${error.message}`)),
      );
      call.end(text);
    });
  }
}

/** One line of a watch; undefined for half a one, which is what a cut connection leaves. */
function parsed(line: string): { type: string; object: KubeObject } | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function messageOf(answer: string): string {
  try {
    return JSON.parse(answer).message ?? answer;
  } catch {
    return answer;
  }
}
