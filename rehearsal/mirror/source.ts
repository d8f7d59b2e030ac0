import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Lock, lock } from "../../catalog/lock";
import type { Release } from "../../catalog/releases";
import { isLocal } from "../../lock/registry";
import { Network } from "../toolchain/network";
import { run } from "./run";

/** What a release's archive or manifest is called in a mirror folder. */
export function fileName({ name, version, source }: Release): string {
  return source.kind === "chart" ? `${source.chart}-${source.version}.tgz` : `${name}-${version}.yaml`;
}

/** Where a release comes from: a file, or an address that something must be fetched from. */
export type Origin =
  | { kind: "file"; file: string }
  | { kind: "address"; address: string /** What to open a connection to. */; url: string }
  | { kind: "none"; reason: string };

/** `from` is the environment's own mirror: an `oci://` prefix or a folder. It is a closed network's only source, so nothing else is tried. */
export function originOf(release: Release, from: string | undefined): Origin {
  const { source } = release;
  if (from === undefined) {
    const address = source.kind === "chart" ? source.registry : source.url;
    return { kind: "address", address, url: urlOf(address) };
  }
  if (!from.startsWith("oci://")) {
    const file = join(resolve(from), fileName(release));
    return existsSync(file)
      ? { kind: "file", file }
      : { kind: "none", reason: `${from} holds no ${fileName(release)}` };
  }
  if (source.kind === "manifest")
    return { kind: "none", reason: `${from} is a chart registry, which holds no manifests` };
  return { kind: "address", address: from.replace(/\/+$/, ""), url: urlOf(from) };
}

/** What to open a connection to. */
function urlOf(address: string): string {
  const host = /^oci:\/\/([^/]+)/.exec(address)?.[1];
  return address.replace(/^oci:/, host !== undefined && isLocal(host) ? "http:" : "https:");
}

/** Something other than what catalog/lock.json says: never to be taken, and never to be replaced by something else. */
export class LockMismatchError extends Error {}

/** Gets charts and manifests from their origins. What came over the network is kept, as a version does not change. */
export class ReleaseSource {
  readonly network = new Network();
  readonly #helm: string;
  readonly #keep: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #locked: Lock | undefined;

  /** @param options `locked`: what the catalog's lock file says they must be; the checkout's own by default. */
  constructor(options: { helm: string; keep: string; env: NodeJS.ProcessEnv; locked?: Lock }) {
    this.#helm = options.helm;
    this.#keep = options.keep;
    this.#env = options.env;
    this.#locked = "locked" in options ? options.locked : lock;
  }

  /**
   * The archive or manifest. Throws an Error with a plain reason if it cannot be had, or is not what the lock file says.
   */
  async get(release: Release, origin: Origin): Promise<Buffer> {
    const content = await this.#unlocked(release, origin);
    const locked = this.#locked?.releases[release.name];
    const sha256 = createHash("sha256").update(content).digest("hex");
    if (locked !== undefined && locked.version === release.version && locked.sha256 !== sha256) {
      throw new LockMismatchError(
        `${release.name} ${release.version} has the hash ${sha256}, and catalog/lock.json says ${locked.sha256}`,
      );
    }
    return content;
  }

  async #unlocked(release: Release, origin: Origin): Promise<Buffer> {
    if (origin.kind === "none") throw new Error(origin.reason);
    if (origin.kind === "file") return readFileSync(origin.file);
    const kept = join(
      this.#keep,
      createHash("sha256").update(origin.address).digest("hex").slice(0, 12),
      fileName(release),
    );
    if (!existsSync(kept)) {
      const reason = await this.network.unreachable(origin.url);
      if (reason !== undefined) throw new Error(reason);
      const work = mkdtempSync(join(tmpdir(), "mirror-"));
      try {
        await this.#fetch(release, origin, join(work, "result"));
        mkdirSync(dirname(kept), { recursive: true });
        const draft = `${kept}.${process.pid}`;
        copyFileSync(join(work, "result"), draft);
        renameSync(draft, kept);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    }
    return readFileSync(kept);
  }

  async #fetch({ source }: Release, { address, url }: { address: string; url: string }, file: string): Promise<void> {
    if (source.kind === "manifest") {
      writeFileSync(file, await this.network.text(url, AbortSignal.timeout(60_000)));
      return;
    }
    const folder = dirname(file);
    const what = address.startsWith("oci://") ? [`${address}/${source.chart}`] : [source.chart, "--repo", address];
    // A cache of its own, so that the user's list of repositories is neither read nor written.
    const env = {
      ...this.#env,
      HELM_CACHE_HOME: join(folder, "cache"),
      HELM_REPOSITORY_CONFIG: join(folder, "repositories.yaml"),
    };
    const plain = address.startsWith("oci://") && isLocal(new URL(url).host) ? ["--plain-http"] : [];
    await run(this.#helm, ["pull", ...what, "--version", source.version, "--destination", folder, ...plain], {
      cwd: folder,
      env,
    });
    const archive = readdirSync(folder).find((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error(`helm pull brought no archive from ${address}`);
    renameSync(join(folder, archive), file);
  }
}

/** Path, size and time of the files below a folder: what changes when its content does. */
export function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
}
