import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Download, type Platform, type ToolName, tools } from "../../catalog/tools";
import { readTar, readZip } from "./archive";
import type { ToolCache } from "./cache";
import type { Network } from "./network";

/** A download whose content is not what its publisher states. Nothing of it is kept. */
export class VerificationError extends Error {}

/** One file to fetch, and every tool in it: the Pulumi CLI and its language hosts come in one archive. */
export interface DownloadJob {
  readonly tools: readonly ToolName[];
  readonly url: string;
  readonly checksumUrl: string;
}

/** The downloads that bring these tools, each file once, and the reasons for those that have none on this platform. */
export function planDownloads(names: readonly ToolName[], platform: Platform | undefined) {
  const jobs = new Map<string, { tools: ToolName[]; url: string; checksumUrl: string }>();
  const reasons = new Map<ToolName, string>();
  for (const name of names) {
    const download =
      platform === undefined ? "no download is known for this operating system" : tools[name].download(platform);
    if (typeof download === "string") {
      reasons.set(name, download);
      continue;
    }
    const job = jobs.get(download.url) ?? { tools: [], url: download.url, checksumUrl: download.checksumUrl };
    job.tools.push(name);
    jobs.set(download.url, job);
  }
  return { jobs: [...jobs.values()] as DownloadJob[], reasons };
}

/**
 * Fetches one file, verifies it against its publisher's SHA-256 and puts the programs in it into the cache.
 * Throws UnreachableError, VerificationError, or Error for a file that lacks what the catalog says is in it.
 */
export async function download(
  job: DownloadJob,
  platform: Platform,
  context: {
    readonly network: Network;
    readonly cache: ToolCache;
    readonly workFolder: string;
    readonly resolveUrl: (url: string) => string;
    readonly signal: AbortSignal;
    readonly onProgress: (detail: string) => void;
  },
): Promise<void> {
  const { network, cache, workFolder, resolveUrl, signal, onProgress } = context;
  const fileName = basename(new URL(job.url).pathname);
  const expected = findChecksum(await network.text(resolveUrl(job.checksumUrl), signal), fileName);
  if (expected === undefined) throw new VerificationError(`${job.checksumUrl} has no checksum for ${fileName}`);

  const file = join(workFolder, `${job.tools[0]}.download`);
  const actual = await network.save(resolveUrl(job.url), file, signal, (bytes, total) => {
    const mib = (value: number) => Math.round(value / 1024 / 1024);
    onProgress(total === undefined ? `${mib(bytes)} MiB` : `${mib(bytes)} of ${mib(total)} MiB`);
  });
  if (actual !== expected) {
    await rm(file);
    throw new VerificationError(`${job.url} has SHA-256 ${actual}, its publisher states ${expected}`);
  }
  const programs = unpack(await readFile(file), fileName, job, platform);
  await rm(file);
  for (const [name, content] of programs) {
    const folder = join(workFolder, `${name}.ready`);
    mkdirSync(folder);
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), 0o755);
    cache.put(name, folder, "download");
  }
}

function unpack(content: Buffer, fileName: string, job: DownloadJob, platform: Platform): Map<ToolName, Buffer> {
  const wanted = new Map<string, ToolName>();
  for (const name of job.tools) {
    const { member } = tools[name].download(platform) as Download;
    if (member === undefined) return new Map([[name, content]]);
    wanted.set(member, name);
  }
  const found = new Map<ToolName, Buffer>();
  for (const file of fileName.endsWith(".zip") ? readZip(content) : readTar(content)) {
    const name = wanted.get(file.name);
    if (name !== undefined) found.set(name, file.content);
  }
  for (const [member, name] of wanted) if (!found.has(name)) throw new Error(`${job.url} holds no ${member}`);
  return found;
}

/**
 * The SHA-256 of a file in a list of `<hash>  <name>` lines (`*<name>` in binary mode), or the one hash that is all there
 * is, or the digest that GitHub's description of a release gives for the asset of that name.
 */
export function findChecksum(list: string, fileName: string): string | undefined {
  const lines = list.split("\n").map((line) => line.trim().split(/\s+\*?/));
  const hash = list.trimStart().startsWith("{")
    ? assetDigest(list, fileName)
    : /^\s*[0-9a-f]{64}\s*$/i.test(list)
      ? list.trim()
      : lines.find(([, name]) => name === fileName)?.[0];
  return hash !== undefined && /^[0-9a-f]{64}$/i.test(hash) ? hash.toLowerCase() : undefined;
}

function assetDigest(release: string, fileName: string): string | undefined {
  const { assets = [] }: { assets?: { name: string; digest?: string | null }[] } = JSON.parse(release);
  return assets.find(({ name }) => name === fileName)?.digest?.replace(/^sha256:/, "");
}
