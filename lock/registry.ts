import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The one thing that is asked of an OCI registry: the digest of what a tag names. After the OCI distribution
 * specification v1.1 ("Pulling manifests") and Docker's token authentication ("How to authenticate").
 */

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const patienceMs = 30_000;

/** Registries on this machine speak plain HTTP, as for every container tool. */
export const isLocal = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);

/** A registry's own address, by the host that references name. */
const addressOf = (host: string): string =>
  `${isLocal(host) ? "http" : "https"}://${host === "docker.io" ? "registry-1.docker.io" : host}`;

/** `user:password` in base64, as `docker login` keeps it for a host; undefined where it keeps none, or in a helper. */
function credentialsFor(host: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = join(env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), ".docker"), "config.json");
  if (!existsSync(file)) return undefined;
  const { auths = {} } = JSON.parse(readFileSync(file, "utf8")) as { auths?: Record<string, { auth?: string }> };
  const names = host === "docker.io" ? ["https://index.docker.io/v1/", "docker.io"] : [host, `https://${host}`];
  return names.map((name) => auths[name]?.auth).find((auth) => auth !== undefined && auth !== "");
}

/** The parameters of a `WWW-Authenticate: Bearer realm="...",service="..."` header. */
const challengeOf = (header: string | null): Record<string, string> | undefined =>
  header !== null && /^bearer /i.test(header)
    ? Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]))
    : undefined;

async function ask(url: string, authorization: string | undefined, accept: string): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { accept, ...(authorization === undefined ? {} : { authorization }) },
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw new Error(`${new URL(url).host} cannot be reached: ${cause?.code ?? (error as Error).message}`);
  }
}

async function tokenOf(
  challenge: Record<string, string>,
  registry: string,
  repository: string,
  login: string | undefined,
): Promise<string> {
  const realm = new URL(challenge.realm ?? "");
  if (realm.protocol !== "https:" && !isLocal(realm.host)) {
    throw new Error(`${registry} sends for a token to ${realm.origin}, which is not encrypted`);
  }
  if (challenge.service !== undefined) realm.searchParams.set("service", challenge.service);
  realm.searchParams.set("scope", challenge.scope ?? `repository:${repository}:pull`);
  const response = await ask(realm.href, login && `Basic ${login}`, "application/json");
  const answer = response.ok ? ((await response.json()) as { token?: string; access_token?: string }) : {};
  const token = answer.token ?? answer.access_token;
  if (token === undefined) throw new Error(`${registry} gives no token for ${repository} (${response.status})`);
  return token;
}

/**
 * The digest of `host/path:tag`: `sha256:` of the bytes that the registry answers with, which is the index where there is
 * one for several architectures. Throws an Error with the registry, what was asked, and what it answered.
 */
export async function resolveDigest(reference: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/.exec(reference) ?? [];
  if (host === undefined) throw new Error(`"${reference}" is no image reference: expected host/path:tag`);
  const url = `${addressOf(host)}/v2/${repository}/manifests/${tag}`;
  const login = credentialsFor(host, env);
  let response = await ask(url, undefined, manifestTypes);
  if (response.status === 401) {
    const challenge = challengeOf(response.headers.get("www-authenticate"));
    if (challenge === undefined && login === undefined) {
      throw new Error(`${host} wants a login for ${repository}, and docker has none: docker login ${host}`);
    }
    const authorization =
      challenge === undefined ? `Basic ${login}` : `Bearer ${await tokenOf(challenge, host, repository!, login)}`;
    response = await ask(url, authorization, manifestTypes);
  }
  if (!response.ok) throw new Error(`${host} answers ${response.status} for ${repository}:${tag}`);
  const digest = `sha256:${createHash("sha256")
    .update(Buffer.from(await response.arrayBuffer()))
    .digest("hex")}`;
  const said = response.headers.get("docker-content-digest");
  if (said !== null && said !== digest) {
    throw new Error(`${host} says that ${repository}:${tag} is ${said}, and what it sends is ${digest}`);
  }
  return digest;
}
