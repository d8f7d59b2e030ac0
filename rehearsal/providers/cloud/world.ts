import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { acquireLock } from "../../toolchain/lock";
import type { CloudObject } from "./kind";

/** All that a simulated cloud remembers. */
export interface WorldData {
  objects: CloudObject[];
  /** How many objects each resource has made so far, by URN. */
  made: Record<string, number>;
  /** How often each fault has struck, by its entry. */
  struck: Record<string, number>;
}

/**
 * A simulated cloud's memory: a file that outlives runs, of which one process at a time changes anything. Tools and tests
 * may edit it between operations: `{ "objects": [{ "type", "id", "scope", "state" }] }` is all that an object needs.
 */
export class World {
  constructor(readonly file: string) {}

  /** @throws Error for a file that is no world. */
  async read(): Promise<WorldData> {
    let text: string;
    try {
      text = await readFile(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return { objects: [], made: {}, struck: {} };
    }
    let data: Partial<WorldData>;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Error(`${this.file}: expected JSON, as the simulated cloud writes it; remove the file to start afresh`);
    }
    const objects = (data.objects ?? []).map(({ type, id, scope, urn = "", serial = 0, state, inputs = state }) => {
      if (!type || !id || scope === undefined || !state) {
        throw new Error(`${this.file}: an object (id ${id ?? "none"}) needs its type, id, scope and state`);
      }
      return { type, id, urn, scope, serial, inputs, state };
    });
    return { objects, made: data.made ?? {}, struck: data.struck ?? {} };
  }

  /** Lets `work` change the data, alone, and writes them unless it throws. */
  async change<T>(signal: AbortSignal, work: (data: WorldData) => T | Promise<T>): Promise<T> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const release = await acquireLock(`${this.file}.lock`, () => {}, signal);
    try {
      const data = await this.read();
      const result = await work(data);
      // It holds what the program sent, secrets among it, as a cloud does.
      await writeFile(`${this.file}.new`, JSON.stringify(data, null, 1), { mode: 0o600 });
      await rename(`${this.file}.new`, this.file);
      return result;
    } finally {
      release();
    }
  }
}
