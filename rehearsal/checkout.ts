import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Release, releases } from "../catalog/releases";
import type { Environment } from "../stacks/environment";
import { loadEnvironment } from "../stacks/load";
import { type EnvironmentChange, root } from "./workspace";

const run = promisify(execFile);

/** A checkout of the project whose program is run: this one, or another state of it in another folder. */
export interface Checkout {
  readonly root: string;
  readonly releases: Readonly<Record<string, Release>>;
  /**
   * The environment of a stack, by the checkout's own files and schema.
   *
   * @throws EnvironmentError or, for another checkout, an Error with the same text
   */
  environment(stack: string, change?: EnvironmentChange): Promise<Environment>;
}

export const ownCheckout: Checkout = {
  root,
  releases,
  environment: async (stack, change) => loadEnvironment(stack, change && { config: { extends: stack, ...change } }),
};

/** What another checkout is asked, by a process that runs its code: it may state things that this one's does not know. */
const question = `
const [stack, change] = JSON.parse(process.argv[1]);
const answer = (value) => process.stdout.write(JSON.stringify(value));
try {
  const { releases } = require("./catalog/releases");
  if (stack === null) answer({ releases });
  else {
    const { loadEnvironment } = require("./stacks/load");
    answer({ environment: loadEnvironment(stack, change ? { config: { extends: stack, ...change } } : {}) });
  }
} catch (error) {
  answer({ error: error.message });
}
`;

/**
 * Another checkout, whose packages are installed.
 *
 * @throws when its catalog cannot be read
 */
export async function checkoutIn(folder: string): Promise<Checkout> {
  const ask = async (stack: string | null, change?: EnvironmentChange) => {
    const { stdout } = await run(
      process.execPath,
      ["--require", require.resolve("tsx/cjs"), "--eval", question, JSON.stringify([stack, change])],
      { cwd: folder, maxBuffer: 1 << 28 },
    );
    const answer: { releases?: Checkout["releases"]; environment?: Environment; error?: string } = JSON.parse(stdout);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  };
  return {
    root: folder,
    releases: (await ask(null)).releases!,
    environment: async (stack, change) => (await ask(stack, change)).environment!,
  };
}
