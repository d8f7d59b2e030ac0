import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * The lock file: which bytes the catalog's images and charts are. `npm run catalog:lock` writes it from the registries,
 * or from a mirror; nobody writes it by hand, and an entry that could not be resolved is not in it. Without the file no
 * digest is known, and images are named by their tags.
 */

const origin = {
  from: z.string().min(1).describe("Where it was resolved."),
  date: z.iso.date().describe("When that was."),
};

const lockSchema = z.strictObject({
  version: z.literal(1),
  /** By `repository:tag` of the catalog, whatever mirror it was asked of: the same content has the same digest. */
  images: z.record(z.string(), z.strictObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), ...origin })),
  /** By name of the release: SHA-256 of its chart's archive, or of its manifest. */
  releases: z.record(
    z.string(),
    z.strictObject({ version: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/), ...origin }),
  ),
});

export type Lock = z.output<typeof lockSchema>;

export const lockFile = join(__dirname, "lock.json");

/** The lock in a file; undefined where there is no such file. Throws for one that is none. */
export function readLock(file = lockFile): Lock | undefined {
  if (!existsSync(file)) return undefined;
  const fail = (why: string): never => {
    throw new Error(`${file}: ${why}; write it anew with npm run catalog:lock`);
  };
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return fail(`not valid JSON: ${(error as Error).message}`);
  }
  const parsed = lockSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail(`${issue!.path.join(".") || "the file"}: ${issue!.message}`);
}

/** What is locked in this checkout. */
export const lock = readLock();

/** The digest of an image, as its entry or the lock has it; undefined where neither knows one. */
export const digestOf = (
  image: { readonly repository: string; readonly tag: string; readonly digest?: string },
  locked: Lock | undefined = lock,
): string | undefined => image.digest ?? locked?.images[`${image.repository}:${image.tag}`]?.digest;
