import { gkeAccelerator } from "../../../../catalog/gke";
import { type Machine, machines, machinesOf } from "../../../../catalog/machines";
import type { Plain } from "../kind";
import { regionOf } from "./names";
import { googleError } from "./resource";

/** What GKE takes where a pool names no machine type. */
const defaultMachine = "e2-medium";

/** @throws Error in Google's words for a machine type that the catalog does not know in the zone's region. */
export function machineOf({ machineType = defaultMachine }: Plain, zone: string): Machine {
  const machine = machines[`gcp/${machineType}`];
  if (machine && machinesOf("gcp", regionOf(zone)).some(({ type }) => type === machineType)) return machine;
  throw googleError(
    400,
    `Machine type with name "${machineType}" does not exist in zone "${zone}". ` +
      `(The rehearsal goes by catalog/${machine ? "machines.ts and prices.ts: nothing there offers it in that region" : "machine-types.ts, which does not know it"}.)`,
    "badRequest",
  );
}

/** GKE's name of the GPU in a machine, for the node label; undefined without GPUs. */
export const acceleratorOf = ({ gpus, type }: Machine): string | undefined =>
  gpus > 0 ? gkeAccelerator(type) : undefined;

/** Refuses GPUs that the machine does not come with. Machines with GPUs have them whether or not they are asked for. */
export function requireGpus({ guestAccelerators = [] }: Plain, machine: Machine): void {
  const wanted = guestAccelerators.filter(({ count }: Plain) => count > 0);
  const has = acceleratorOf(machine);
  for (const { type, count } of wanted) {
    if (type === has && count === machine.gpus) continue;
    throw googleError(
      400,
      has === undefined
        ? `Accelerator type "${type}" cannot be attached to machine type "${machine.type}", which takes none.`
        : `Machine type "${machine.type}" comes with ${machine.gpus} x "${has}" and takes no other accelerators than these; ` +
            `asked for: ${count} x "${type}".`,
      "badRequest",
    );
  }
}
