import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Workspace } from "../../workspace";
import { World } from "./world";

/** What the simulated clouds of a rehearsal hold, as `type id`; nothing after everything was destroyed. */
export async function leftInCloud({ cloud }: Pick<Workspace, "cloud">): Promise<string[]> {
  const files = (await readdir(cloud).catch(() => [])).filter((file) => /^(aws|gcp)\.json$/.test(file));
  const worlds = await Promise.all(files.map((file) => new World(path.join(cloud, file)).read()));
  return worlds
    .flatMap(({ objects }) => objects.filter(({ urn }) => urn !== "").map(({ type, id }) => `${type} ${id}`))
    .sort();
}
