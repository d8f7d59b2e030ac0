import type { PreviewedResource } from "../rehearsal/preview";

/** A resource by what people call it. */
export interface Named {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** What differs between the resources of two previews. */
export interface ResourceChanges {
  /** Resources after the change. */
  readonly total: number;
  readonly added: readonly Named[];
  readonly removed: readonly Named[];
  /** With the inputs at their top level that differ. */
  readonly changed: readonly (Named & { readonly fields: readonly string[] })[];
}

const named = ({ urn, type, name }: PreviewedResource): Named => ({ urn, type, name });

/** JSON whose keys are in order, so that equal values have equal text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  ) ?? "";

/** @param before undefined where there was nothing, so that everything is added */
export function resourceChanges(
  before: readonly PreviewedResource[] | undefined,
  after: readonly PreviewedResource[],
): ResourceChanges {
  const was = new Map((before ?? []).map((resource) => [resource.urn, resource]));
  const is = new Map(after.map((resource) => [resource.urn, resource]));
  return {
    total: after.length,
    added: after.filter(({ urn }) => !was.has(urn)).map(named),
    removed: [...was.values()].filter(({ urn }) => !is.has(urn)).map(named),
    changed: after.flatMap((resource) => {
      const fields = fieldsThatDiffer(was.get(resource.urn) ?? resource, resource);
      return fields.length === 0 ? [] : [{ ...named(resource), fields }];
    }),
  };
}

function fieldsThatDiffer(before: PreviewedResource, after: PreviewedResource): string[] {
  return [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])]
    .filter((key) => canonical(before.inputs[key]) !== canonical(after.inputs[key]))
    .sort();
}
