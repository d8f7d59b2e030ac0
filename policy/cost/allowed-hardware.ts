import { type Context, deferred, isObject, type Observation, type ResourceRule, unknown } from "../rule";
import { acceleratorOf, type Hardware, hardwareOf, isAccelerated, machineOf } from "./machine-types";
import { nodePool, poolOf } from "./pool";

/**
 * Machines and accelerators are among `budget.machines` and `budget.accelerators`, where these are stated: those of the
 * pools, and those of every resource that makes nodes or machines, so that no change of the program gets around a pool.
 * What is left to a cloud to choose is refused, for it may choose anything.
 */
export const allowedHardware: ResourceRule = {
  id: "cost-allowed-hardware",
  title: "Only machines and accelerators are used that the budget allows",
  concern: "cost",
  severity: "high",
  frameworks: [],
  remedy: "use an allowed one, or have the owner of the budget add it to budget.machines or budget.accelerators",
  applies: (resource, { environment: { budget } }) =>
    (budget.accelerators !== undefined || budget.machines !== undefined) &&
    (resource.type === nodePool || hardwareOf(resource).length > 0),
  check(resource, context) {
    if (resource.type !== nodePool) {
      return hardwareOf(resource).flatMap((hardware) => judge(hardware, context));
    }
    const pool = poolOf(resource);
    if (pool === unknown) return [deferred(["pool"])];
    const { pool: stated } = resource.props;
    const accelerator = pool?.accelerator ?? (isObject(stated) ? stated.accelerator : undefined);
    const type = pool?.machine.type;
    return [
      ...(typeof accelerator === "string"
        ? judge({ sort: "accelerator", field: ["pool", "accelerator"], value: accelerator }, context)
        : []),
      // Machines of one's own have no type.
      ...(type === undefined
        ? []
        : judge({ sort: "machine", field: ["pool", "machine", "type"], value: type.toLowerCase() }, context)),
    ];
  },
};

function judge({ sort, field, value, open }: Hardware, { environment: { budget } }: Context): readonly Observation[] {
  const lists = sort === "machine" ? [budget.machines, budget.accelerators] : [budget.accelerators];
  if (lists.every((list) => list === undefined)) return [];
  if (value === unknown) return [deferred(field)];
  if (value === undefined) {
    return [
      {
        field,
        message: `states no machine, so that ${open ?? "anything may come"}; allowed: ${(lists[0] ?? lists[1]!).join(", ")}`,
        remedy: "name each machine that may be made",
      },
    ];
  }
  if (sort === "accelerator") return accelerator(field, value, acceleratorOf(value) ?? value, budget.accelerators);
  if (budget.machines !== undefined && !budget.machines.some((allowed) => allowed.toLowerCase() === value)) {
    return [{ field, value, message: `which is none of the machines allowed: ${budget.machines.join(", ")}` }];
  }
  const machine = machineOf(value);
  if (machine?.accelerator !== undefined) return accelerator(field, value, machine.accelerator, budget.accelerators);
  return budget.accelerators !== undefined && isAccelerated(value)
    ? [{ field, value, message: "whose accelerators the catalog does not know; add it to catalog/machine-types.ts" }]
    : [];
}

function accelerator(
  field: Observation["field"],
  value: string,
  name: string,
  allowed: readonly string[] | undefined,
): readonly Observation[] {
  if (allowed === undefined || allowed.some((item) => item.toLowerCase() === name.toLowerCase())) return [];
  const has = name === value ? "which is" : `with ${name}, which is`;
  return [{ field, value, message: `${has} none of the accelerators allowed: ${allowed.join(", ")}` }];
}
