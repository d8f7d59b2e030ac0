import { accessSync, constants } from "node:fs";
import path from "node:path";

/**
 * KAI's programs, by the name of the deployment that each is in. KAI is published as container images only, so these are
 * the names under which a user puts its programs on PATH: copied out of the images, or built from its repository (cmd/).
 */
const names = [
  "kai-scheduler",
  "kai-binder",
  "kai-podgrouper",
  "kai-queuecontroller",
  "kai-podgroupcontroller",
] as const;

export type KaiName = (typeof names)[number];
export type KaiBinaries = Readonly<Record<KaiName, string>>;

/** KAI's programs on a search path, and those that are missing. It schedules with all of them or not at all. */
export function findKai(searchPath: string): { found?: KaiBinaries; missing: readonly KaiName[] } {
  const folders = searchPath.split(path.delimiter).filter(Boolean);
  const located = names.map(
    (name) => [name, folders.map((folder) => path.join(folder, name)).find(isExecutable)] as const,
  );
  const missing = located.flatMap(([name, file]) => (file === undefined ? [name] : []));
  return missing.length > 0 ? { missing } : { found: Object.fromEntries(located) as KaiBinaries, missing };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The command line of each program. All of them read $KUBECONFIG. Their own ports are fixed upstream, which two rehearsals
 * side by side would fight over, so servers that nobody asks are switched off and the scheduler gets ports of its own.
 * Their webhooks are off because none are called in a rehearsal. (Flags: cmd/<program>/app/options.go at v0.17.0.)
 */
export function kaiCommandLines(ports: {
  readonly kai: number;
  readonly kaiPlugins: number;
}): Record<KaiName, string[]> {
  const quiet = ["--metrics-bind-address=0", "--health-probe-bind-address=0"];
  const fast = ["--qps=1000", "--burst=2000"];
  return {
    "kai-scheduler": [`--listen-address=127.0.0.1:${ports.kai}`, `--plugin-server-port=${ports.kaiPlugins}`, ...fast],
    "kai-binder": [...quiet, ...fast],
    "kai-podgrouper": [...quiet, ...fast],
    "kai-queuecontroller": ["--metrics-listen-address=0", "--enable-webhook=false", ...fast],
    "kai-podgroupcontroller": [...quiet, "--enable-podgroup-webhook=false", ...fast],
  };
}
