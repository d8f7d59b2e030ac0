import { setTimeout as sleep } from "node:timers/promises";
import { Discovery, type Mapping, root } from "./discovery";
import { ApiError, HttpClient } from "./http";
import type { Connection } from "./kubeconfig";
import type { Json } from "./values";

/** The kind is not served: its CustomResourceDefinition is not there, or not yet. */
export class UnknownKindError extends Error {
  constructor(apiVersion: string, kind: string) {
    super(
      `the API server does not know the kind ${apiVersion}/${kind}. ` +
        "Is its CustomResourceDefinition installed, and does this resource depend on it?",
    );
  }
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields over that another manager has set to another value, instead of failing. */
  readonly force: boolean;
  /** Compute the outcome and change nothing. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

/** The operations on objects that the provider needs, on one API server. */
export class Api {
  readonly http: HttpClient;
  readonly discovery: Discovery;

  constructor(
    readonly connection: Connection,
    timeoutMs = 30_000,
  ) {
    this.http = new HttpClient(connection, timeoutMs);
    this.discovery = new Discovery(this.http);
  }

  /** Throws {@link UnknownKindError}. */
  async mapping(object: Json, fresh = false): Promise<Mapping> {
    const mapping = await this.discovery.find(object.apiVersion, object.kind, fresh);
    if (!mapping) throw new UnknownKindError(object.apiVersion, object.kind);
    return mapping;
  }

  /** Waits for a kind to be served, as it is shortly after its CustomResourceDefinition was created. */
  async awaitMapping(object: Json, seconds: number, signal: AbortSignal): Promise<Mapping> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      try {
        return await this.mapping(object, true);
      } catch (error) {
        if (!(error instanceof UnknownKindError) || Date.now() > deadline) throw error;
      }
      await sleep(500, undefined, { signal });
    }
  }

  async get(mapping: Mapping, namespace: string | undefined, name: string, signal?: AbortSignal): Promise<Json> {
    return this.http.json("GET", path(mapping, namespace, name), { signal });
  }

  /** Undefined when there is no such object. */
  async find(
    mapping: Mapping,
    namespace: string | undefined,
    name: string,
    signal?: AbortSignal,
  ): Promise<Json | undefined> {
    try {
      return await this.get(mapping, namespace, name, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Objects of a built-in kind. `query` holds labelSelector, fieldSelector, limit. */
  async list(apiVersion: string, resource: string, namespace: string, query: Record<string, string>): Promise<Json[]> {
    const list = await this.http.json("GET", `${root(apiVersion)}/namespaces/${namespace}/${resource}`, { query });
    return list.items ?? [];
  }

  async apply(mapping: Mapping, object: Json, options: ApplyOptions): Promise<Json> {
    const query: Record<string, string> = {
      fieldManager: options.fieldManager,
      force: String(options.force),
      fieldValidation: "Strict",
    };
    if (options.dryRun) query.dryRun = "All";
    return this.http.json("PATCH", path(mapping, object.metadata.namespace, object.metadata.name), {
      query,
      body: object,
      contentType: "application/apply-patch+yaml",
      signal: options.signal,
    });
  }

  async delete(
    mapping: Mapping,
    namespace: string | undefined,
    name: string,
    propagationPolicy: string,
  ): Promise<void> {
    await this.http.json("DELETE", path(mapping, namespace, name), {
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
    });
  }
}

function path(mapping: Mapping, namespace: string | undefined, name: string): string {
  const scope = mapping.namespaced ? `/namespaces/${encodeURIComponent(namespace || "default")}` : "";
  return `${root(mapping.apiVersion)}${scope}/${mapping.resource}/${encodeURIComponent(name)}`;
}
