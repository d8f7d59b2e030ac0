import { isMap, type Json } from "../kubernetes/values";
import type { Cloud, CloudObject, Kind, Operation, Plain, Reference, WorldView } from "./kind";
import type { WorldData } from "./world";

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

/** The texts at a dotted path; `*` stands for every element of a list or value of a map. */
export function textsAt(value: Json, path: string): string[] {
  let found: Json[] = [value];
  for (const part of path.split(".")) {
    found = found.flatMap((at) => {
      if (part === "*") return Array.isArray(at) ? at : isMap(at) ? Object.values(at) : [];
      return isMap(at) && part in at ? [at[part]] : [];
    });
  }
  return found.filter((text) => typeof text === "string" && text !== "");
}

function isNamed(object: CloudObject, by: string | readonly string[], value: string): boolean {
  return listOf(by).some((field) => (field === "id" ? [object.id] : textsAt(object.state, field)).includes(value));
}

const sees = (cloud: Cloud, here: string, there: string): boolean => cloud.sees?.(here, there) ?? here === there;

/** The world as it is seen from a scope. */
export function viewOf(data: WorldData, cloud: Cloud, scope: string): WorldView {
  return {
    all: (token) => data.objects.filter(({ type }) => type === token),
    find: (token, by, value) =>
      data.objects.find(
        (object) =>
          listOf(token).includes(object.type) && sees(cloud, scope, object.scope) && isNamed(object, by, value),
      ),
  };
}

/**
 * @param given what is there besides the world: ids, ARNs and names.
 * @throws Error in the cloud's words for the first reference to something that is not there, or not as it has to be.
 */
export function requireReferences(cloud: Cloud, kind: Kind, operation: Operation, given: ReadonlySet<string>): void {
  for (const reference of kind.references ?? []) {
    for (const value of textsAt(operation.inputs, reference.path)) {
      if (given.has(value) || reference.outside?.(value, operation)) continue;
      const target = operation.world.find(reference.to, reference.by, value);
      if (!target) throw new Error(kindOf(cloud, listOf(reference.to)[0]!).missing(value, operation));
      const refusal = reference.refuse?.(target, operation);
      if (refusal) throw new Error(refusal);
    }
  }
}

/** The objects that hold this one in place. */
export function usersOf(data: WorldData, cloud: Cloud, object: CloudObject): CloudObject[] {
  return data.objects.filter((user) => {
    if (user === object) return false;
    const references = cloud.kinds.find(({ token }) => token === user.type)?.references ?? [];
    return references.some(
      (reference) => holds(reference, user.state, object) && sees(cloud, user.scope, object.scope),
    );
  });
}

function holds(reference: Reference, state: Plain, object: CloudObject): boolean {
  return (
    reference.holds !== false &&
    listOf(reference.to).includes(object.type) &&
    textsAt(state, reference.path).some((value) => isNamed(object, reference.by, value))
  );
}

/** @throws Error that names the types that are known. */
export function kindOf(cloud: Cloud, token: string): Kind {
  const kind = cloud.kinds.find((candidate) => candidate.token === token);
  if (kind) return kind;
  const known = cloud.kinds.map((candidate) => candidate.token).sort();
  throw new Error(
    `the simulated ${cloud.name} provider does not know ${token}. It knows ${known.join(", ") || "none"}`,
  );
}
