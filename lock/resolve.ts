import { createHash } from "node:crypto";
import { type Image, imageReference, images } from "../catalog/images";
import type { Lock } from "../catalog/lock";
import { type Release, releases } from "../catalog/releases";
import { originOf, type ReleaseSource } from "../rehearsal/mirror/source";
import { inParallel } from "../rehearsal/toolchain/parallel";
import { resolveDigest } from "./registry";

/** What could not be resolved, and why. */
export interface Unresolved {
  readonly what: string;
  readonly why: string;
}

export interface Resolution {
  readonly lock: Lock;
  readonly unresolved: readonly Unresolved[];
}

const atOnce = 4;

/** What a lock is of: the whole catalog, save for tests. */
export interface Wanted {
  readonly releases: readonly Release[];
  /** Images that the platform's own workloads run; those of releases come on top. */
  readonly images: readonly Image[];
}

export const catalog: Wanted = { releases: Object.values(releases), images: Object.values(images) };

/** Every image that the platform may run, each once. */
function imagesOf(wanted: Wanted): readonly Image[] {
  const all = [...wanted.images, ...wanted.releases.flatMap((release) => release.images)];
  return [...new Map(all.map((image) => [`${image.repository}:${image.tag}`, image])).values()];
}

/** Asks for every image and every release: of their publishers, or of a mirror. */
export async function resolveLock(
  of: Wanted,
  mirror: { readonly charts?: string; readonly images?: string },
  source: ReleaseSource,
  today: string,
  report: (done: number, all: number) => void = () => {},
): Promise<Resolution> {
  const locked: { images: Lock["images"]; releases: Lock["releases"] } = { images: {}, releases: {} };
  const unresolved: Unresolved[] = [];
  const wanted = imagesOf(of);
  let done = 0;
  const attempt = async (what: string, task: () => Promise<void>) => {
    try {
      await task();
    } catch (error) {
      unresolved.push({ what, why: (error as Error).message });
    }
    done += 1;
    report(done, wanted.length + of.releases.length);
  };
  await inParallel(wanted, atOnce, ({ repository, tag }) =>
    attempt(`${repository}:${tag}`, async () => {
      const from = imageReference({ repository, tag }, mirror, undefined);
      locked.images[`${repository}:${tag}`] = { digest: await resolveDigest(from), from, date: today };
    }),
  );
  await inParallel(of.releases, atOnce, (release) =>
    attempt(release.name, async () => {
      const origin = originOf(release, mirror.charts);
      const content = await source.get(release, origin);
      const from = origin.kind === "file" ? origin.file : origin.kind === "address" ? origin.address : "";
      const sha256 = createHash("sha256").update(content).digest("hex");
      locked.releases[release.name] = { version: release.version, sha256, from, date: today };
    }),
  );
  const sorted = <Entry>(entries: Record<string, Entry>) =>
    Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
  return {
    lock: { version: 1, images: sorted(locked.images), releases: sorted(locked.releases) },
    unresolved: unresolved.sort((one, other) => (one.what < other.what ? -1 : 1)),
  };
}

export interface LockChange {
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
}

/** What differs in content: where and when it was asked does not matter. */
export function changesOf(before: Lock | undefined, after: Lock): readonly LockChange[] {
  const flat = (lock: Lock | undefined) =>
    new Map([
      ...Object.entries(lock?.images ?? {}).map(([what, { digest }]) => [what, digest] as const),
      ...Object.entries(lock?.releases ?? {}).map(([what, { sha256 }]) => [what, `sha256:${sha256}`] as const),
    ]);
  const [was, is] = [flat(before), flat(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .filter((what) => was.get(what) !== is.get(what))
    .map((what) => ({ what, before: was.get(what), after: is.get(what) }));
}
