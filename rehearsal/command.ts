import { interruptEngines } from "./engine";

/** A command line that is none. The usage is shown with it. */
export class UsageError extends Error {}

/**
 * Runs a command that starts engines: its result is the exit code, an error is its message and `failed`. The first SIGINT or
 * SIGTERM asks the engines to stop and lets the rest unwind, to end with 130; the second ends this process, and with it,
 * by their tether, those it started.
 */
export function runCommand(
  main: () => Promise<number | undefined>,
  { usage, failed }: { readonly usage?: string; readonly failed: number },
): void {
  let signalled = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      interruptEngines();
      if (signalled) process.exit(130);
      signalled = true;
      process.stderr.write("\nstopping; again to stop at once\n");
    });
  }
  main().then(
    (code) => {
      process.exitCode = signalled ? 130 : code;
    },
    (error: Error) => {
      const shown = usage !== undefined && error instanceof UsageError ? `\n${usage}` : "";
      process.stderr.write(`${error.message}${shown}\n`);
      if (process.env.DEBUG) process.stderr.write(`${error.stack}\n`);
      process.exitCode = signalled ? 130 : failed;
    },
  );
}
