import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const heartbeatMs = 5_000;
/** A holder that has not been heard of for so long is taken for dead even if some process has its id. */
const deadAfterMs = 60_000;

/** Locks this process holds or waits for, as the file alone cannot tell two callers in one process apart. */
const inProcess = new Map<string, Promise<void>>();

/**
 * Waits for the lock file, of which one process is the holder, and returns the function that gives it up. A lock left behind by
 * a process that died is taken over. `onWait` is called once, with the holder's process id, if there is a wait.
 */
export async function acquireLock(
  path: string,
  onWait: (holder: number) => void,
  signal: AbortSignal,
): Promise<() => void> {
  const before = inProcess.get(path) ?? Promise.resolve();
  let leave = () => {};
  const turn = new Promise<void>((resolve) => {
    leave = resolve;
  });
  inProcess.set(
    path,
    before.then(() => turn),
  );
  await before;

  mkdirSync(dirname(path), { recursive: true });
  try {
    for (let waited = false; !create(path); waited = true) {
      const holder = readHolder(path);
      if (holder !== undefined && isStale(path, holder)) takeAway(path, holder);
      else {
        if (!waited && holder !== undefined) onWait(holder);
        await sleep(200, undefined, { signal });
      }
    }
  } catch (error) {
    leave();
    throw error;
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // Given up in the meantime.
    }
  }, heartbeatMs);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (readHolder(path) === process.pid) rmSync(path, { force: true });
    leave();
  };
}

function create(path: string): boolean {
  try {
    const file = openSync(path, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The holder's process id, 0 if none is written (yet), undefined if there is no lock. */
function readHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8")) || 0;
  } catch {
    return undefined;
  }
}

function isStale(path: string, holder: number): boolean {
  try {
    const age = Date.now() - statSync(path).mtimeMs;
    if (holder === 0) return age > heartbeatMs;
    // Our own id in a lock that we do not hold is that of a namesake before us, as happens in containers.
    return holder === process.pid || age > deadAfterMs || !isAlive(holder);
  } catch {
    return false;
  }
}

/** Whether a process of this id runs, be it another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes a stale lock. Two processes that find it stale together must not remove the lock that the faster one then takes. */
function takeAway(path: string, holder: number): void {
  const guard = `${path}.takeover`;
  if (!create(guard)) {
    try {
      if (Date.now() - statSync(guard).mtimeMs > heartbeatMs) rmSync(guard, { force: true });
    } catch {
      // Another process has just finished with it.
    }
    return;
  }
  if (readHolder(path) === holder && isStale(path, holder)) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}
