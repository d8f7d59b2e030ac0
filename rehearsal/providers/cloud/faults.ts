import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

/** What a rehearsal makes go wrong in a simulated cloud. */
const fault = z.strictObject({
  provider: z.enum(["aws", "gcp"]),
  /** The resource's type token, such as aws:eks/nodeGroup:NodeGroup. */
  type: z.string(),
  /** The resource's logical name; none: any of the type. */
  name: z.string().optional(),
  operation: z.enum(["create", "update", "delete"]),
  /**
   * quota, capacity: the operation fails with the cloud's words. throttling: attempts fail and are retried inside, as the
   * cloud's own client does. slow: the operation takes its time.
   */
  fault: z.enum(["quota", "capacity", "throttling", "slow"]),
  /** How often it strikes: operations, or attempts when throttling. Default: always, and 3 attempts when throttling. */
  times: z.number().int().positive().optional(),
  /** How long a slow operation takes. Default 30. */
  seconds: z.number().positive().optional(),
});

export type Fault = z.output<typeof fault>;

/**
 * The faults that a file lists; none without the file.
 *
 * @throws Error that names the entry and the field for anything else than a list of faults of known types.
 */
export function readFaults(file: string, knows: (fault: Fault) => boolean): Fault[] {
  if (!existsSync(file)) return [];
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Error(`${file}: expected a list of faults in JSON`);
  }
  const parsed = z.array(fault).safeParse(list);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [index, ...field] = issue?.path ?? [];
    const where =
      index === undefined ? "" : ` entry ${String(index)}${field.map((part) => `.${String(part)}`).join("")}:`;
    throw new Error(`${file}:${where} ${issue?.message}`);
  }
  const stray = parsed.data.findIndex((entry) => !knows(entry));
  if (stray >= 0) {
    const { provider, type } = parsed.data[stray]!;
    throw new Error(`${file}: entry ${stray}.type: the simulated ${provider} provider does not know ${type}`);
  }
  return parsed.data;
}
