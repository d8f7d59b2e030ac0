import { describe, expect, it } from "vitest";
import { aws } from "./aws";
import { Declarations, type Fields, type Type } from "./declarations";
import { gcp } from "./gcp";
import type { Cloud, Kind } from "./kind";

/** What of a dotted path the declarations do not have; undefined when they have all of it. */
function missingAt(fields: Fields, [head, ...rest]: readonly string[]): string | undefined {
  const field = fields.get(head!);
  return field ? missingIn(field.type, rest) : head;
}

function missingIn(type: Type, [head, ...rest]: readonly string[]): string | undefined {
  if (head === undefined || type.kind === "any") return undefined;
  if (type.kind === "object") return missingAt(type.fields(), [head, ...rest]);
  if ((type.kind === "list" || type.kind === "map") && head === "*") return missingIn(type.of, rest);
  return head;
}

const clouds: [Cloud, Kind[]][] = [aws, gcp].map((cloud) => [cloud as Cloud, [...cloud.kinds] as Kind[]]);

describe.each(clouds)("kinds of %o", (cloud, kinds) => {
  const declarations = new Declarations(`@pulumi/${cloud.name}`);

  it.each(kinds.map((kind) => [kind.token, kind] as const))("%s is spelled as the SDK spells it", (token, kind) => {
    const { inputs, outputs } = declarations.of(token);
    const paths = [
      ...(kind.immutable ?? []),
      ...(kind.references ?? []).map(({ path }) => path),
      ...(kind.autoname ? [kind.autoname.field] : []),
    ];
    expect(paths.filter((path) => missingAt(inputs, path.split(".")) !== undefined)).toEqual([]);
    expect(outputs.size).toBeGreaterThan(0);
    expect(kind.identity === undefined || kind.conflict !== undefined).toBe(true);
  });

  it("refer to kinds and outputs that there are", () => {
    const stray = kinds.flatMap(({ token, references = [] }) =>
      references.flatMap(({ path, to, by }) => {
        const targets = [to].flat();
        const unknown = targets.filter((target) => !kinds.some((kind) => kind.token === target));
        const fields = [by].flat().filter((field) => field !== "id");
        const absent = fields.filter((field) =>
          targets.every((target) => missingAt(declarations.of(target).outputs, field.split(".")) !== undefined),
        );
        return [...unknown, ...absent].map((what) => `${token} ${path}: ${what}`);
      }),
    );
    expect(stray).toEqual([]);
  });
});
