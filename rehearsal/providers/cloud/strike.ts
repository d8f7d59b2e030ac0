import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./faults";
import type { Cloud, Plain } from "./kind";
import type { World } from "./world";

/** How often the official providers' clients try a throttled call: Terraform's `max_retries`. */
const maxAttempts = 25;
const defaultAttempts = 3;
const defaultSeconds = 30;
/** The real wait grows to half a minute; a rehearsal need not. */
const backoffMs = 20;

/** One operation on one resource, as faults know it. */
export interface Struck {
  readonly token: string;
  /** The resource's logical name. */
  readonly name: string;
  readonly operation: Fault["operation"];
  readonly inputs: Plain;
  readonly settings: unknown;
}

/** The cloud is out of what was asked for. */
export class OutOfCapacityError extends Error {}

/**
 * Lets the faults strike that are meant for an operation. Slow ones and throttling pass by themselves.
 *
 * @throws OutOfCapacityError for quota and capacity, in the cloud's words.
 * @throws Error when throttling outlasts the client's patience.
 */
export async function strike(
  struck: Struck,
  faults: readonly Fault[],
  cloud: Cloud,
  world: World,
  signal: AbortSignal,
  status: (message: string) => void,
): Promise<void> {
  const { token, inputs, settings } = struck;
  const mine = faults.filter(
    (fault) =>
      fault.provider === cloud.name &&
      fault.type === token &&
      fault.operation === struck.operation &&
      (fault.name === undefined || fault.name === struck.name),
  );
  for (const fault of mine) {
    if (fault.fault === "throttling") {
      for (let attempt = 1; await remains(fault, fault.times ?? defaultAttempts, world, signal); attempt++) {
        const error = cloud.faults.throttling(token);
        if (attempt === maxAttempts) throw new Error(`exceeded maximum number of attempts, ${attempt}, ${error}`);
        status(`${error}; attempt ${attempt} of ${maxAttempts}`);
        await sleep(backoffMs, undefined, { signal });
      }
    } else if (await remains(fault, fault.times ?? Number.POSITIVE_INFINITY, world, signal)) {
      if (fault.fault === "slow") {
        const seconds = fault.seconds ?? defaultSeconds;
        status(`the simulated cloud takes ${seconds} s for this`);
        await sleep(seconds * 1000, undefined, { signal });
      } else {
        throw new OutOfCapacityError(cloud.faults[fault.fault](token, inputs, settings));
      }
    }
  }
}

/** Whether a fault has a stroke left, and counts it if so. */
const remains = (fault: Fault, times: number, world: World, signal: AbortSignal): Promise<boolean> =>
  world.change(signal, (data) => {
    const key = JSON.stringify(fault);
    const before = data.struck[key] ?? 0;
    if (before >= times) return false;
    data.struck[key] = before + 1;
    return true;
  });
