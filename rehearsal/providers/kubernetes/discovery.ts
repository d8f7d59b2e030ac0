import { ApiError, type HttpClient } from "./http";
import type { Json } from "./values";

/** Where the objects of one kind live. */
export interface Mapping {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural name in URLs. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** A kind that was just found missing is not asked for again within this time, unless the caller insists. */
const MISSING_MS = 1_000;

/** Which kinds an API server serves. Answers are kept; a kind that is missing makes its group and version be read again. */
export class Discovery {
  private readonly cache = new Map<string, { at: number; kinds: Promise<Map<string, Mapping>> }>();

  constructor(private readonly http: HttpClient) {}

  /** Undefined when the server does not serve the kind. `fresh` asks even if it was just found missing. */
  async find(apiVersion: string, kind: string, fresh = false): Promise<Mapping | undefined> {
    const cached = this.cache.get(apiVersion);
    const started = Date.now();
    const mapping = (await this.kinds(apiVersion)).get(kind);
    if (mapping || !cached) return mapping;
    // Somebody else may have read it again while we waited.
    const current = this.cache.get(apiVersion);
    if (current === cached && (fresh || started - cached.at > MISSING_MS)) this.cache.delete(apiVersion);
    return (await this.kinds(apiVersion)).get(kind);
  }

  forget(apiVersion: string): void {
    this.cache.delete(apiVersion);
  }

  /** Everything that is served, as Helm's .Capabilities wants it: "v1", "v1/Pod", "apps/v1", ... */
  async capabilities(): Promise<{ kubeVersion: string; apiVersions: string[] }> {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const [version, ...lists] = await Promise.all([
      this.http.json("GET", "/version"),
      this.http.json("GET", "/api", { accept }),
      this.http.json("GET", "/apis", { accept }),
    ]);
    const apiVersions: string[] = [];
    for (const group of lists.flatMap((list) => list.items ?? [])) {
      for (const entry of group.versions ?? []) {
        const apiVersion = group.metadata?.name ? `${group.metadata.name}/${entry.version}` : entry.version;
        apiVersions.push(apiVersion);
        for (const resource of entry.resources ?? []) apiVersions.push(`${apiVersion}/${resource.responseKind.kind}`);
      }
    }
    return { kubeVersion: version.gitVersion, apiVersions };
  }

  private kinds(apiVersion: string): Promise<Map<string, Mapping>> {
    const cached = this.cache.get(apiVersion);
    if (cached) return cached.kinds;
    const entry = { at: Date.now(), kinds: this.read(apiVersion) };
    this.cache.set(apiVersion, entry);
    // A failure to reach the server says nothing about the kind.
    entry.kinds.catch(() => this.cache.get(apiVersion) === entry && this.cache.delete(apiVersion));
    return entry.kinds;
  }

  private async read(apiVersion: string): Promise<Map<string, Mapping>> {
    const kinds = new Map<string, Mapping>();
    let list: Json;
    try {
      list = await this.http.json("GET", root(apiVersion));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return kinds;
      throw error;
    }
    for (const entry of list.resources ?? []) {
      if (entry.name.includes("/")) continue;
      kinds.set(entry.kind, { apiVersion, kind: entry.kind, resource: entry.name, namespaced: entry.namespaced });
    }
    return kinds;
  }
}

/** The URL path under which a group and version is served. */
export function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
