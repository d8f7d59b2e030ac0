import { rm } from "node:fs/promises";
import { loadEnvironment } from "../stacks/load";
import { findControlPlane, stopControlPlane } from "./control-plane";
import { ensureStack, runOperation, runPulumi } from "./engine";
import type { Progress } from "./progress";
import { leftInCloud } from "./providers/cloud/left";
import { acquireLock } from "./toolchain/lock";
import { Workspace } from "./workspace";

/**
 * Destroys the stack, and with a platform the stacks of the teams on it; ends every process of the rehearsal and removes
 * its folder. A team's stack alone leaves its platform as it is. Returns false where there was none.
 *
 * @throws when something could not be destroyed, or is left in the simulated cloud afterwards.
 */
export async function tearDown(
  stack: string,
  options: { progress: Progress; base?: string; force?: boolean },
): Promise<boolean> {
  const platform = platformOf(stack);
  const workspace = new Workspace(platform, options.base);
  if (!workspace.exists()) return false;
  const { progress } = options;
  const release = await acquireLock(
    `${workspace.folder}.lock`,
    (pid) => progress.step(`waiting for process ${pid}, which rehearses ${platform}`),
    new AbortController().signal,
  );
  try {
    const stacks = await workspace.stacks();
    const teams = stacks.filter((name) => name !== platform);
    if (stack !== platform && !teams.includes(stack)) return false;
    const plane = await findControlPlane(workspace.controlPlane);
    if (plane && !options.force) {
      plane.client.close();
      for (const doomed of stack === platform ? [...teams, platform] : [stack]) {
        await destroy(new Workspace(doomed, options.base, platform), progress);
      }
      if (stack !== platform) return true;
      const left = await leftInCloud(workspace);
      if (left.length > 0) {
        throw new Error(
          `${stack} was destroyed and left in the simulated cloud: ${left.join(", ")}. npm run down -- ${stack} --force removes it all the same.`,
        );
      }
    }
    if (stack !== platform) {
      throw new Error(
        `${platform}, on which ${stack} stands, does not run. npm run down -- ${platform} takes both down.`,
      );
    }
    progress.step("ending processes");
    await stopControlPlane(workspace.controlPlane);
    await rm(workspace.folder, { recursive: true, force: true });
    return true;
  } finally {
    progress.done();
    release();
  }
}

async function destroy(workspace: Workspace, progress: Progress): Promise<void> {
  const { stack } = workspace;
  const label = `pulumi destroy: ${stack}`;
  progress.step(label);
  await ensureStack(workspace);
  const result = await runOperation(workspace, "destroy", [], (event) => progress.step(label, event.done));
  if (!result.ok) {
    throw new Error(
      `${stack} could not be destroyed:\n${result.errors.join("\n")}\nnpm run down -- ${stack} --force ends its processes and removes its folder all the same.`,
    );
  }
  await runPulumi(workspace, ["stack", "rm", "--stack", stack, "--yes", "--preserve-config"]);
}

/** The stack whose rehearsal holds the stack: its own, or for a team its platform's. A file that is gone is nobody's team. */
function platformOf(stack: string): string {
  try {
    return loadEnvironment(stack).team?.platform ?? stack;
  } catch {
    return stack;
  }
}
