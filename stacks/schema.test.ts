import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stackFileSchema, stackFileSchemaText } from "./schema";

type Json = { readonly [key: string]: Json };

/** What a JSON pointer finds, by way of the definitions that it leads to. */
function at(pointer: string): Json {
  const schema = stackFileSchema() as Json;
  const resolved = (value: Json): Json => {
    const { allOf, $ref = allOf?.[0]?.$ref } = value as { allOf?: Json[]; $ref?: unknown };
    return typeof $ref === "string" ? resolved(schema.definitions![$ref.replace("#/definitions/", "")]!) : value;
  };
  return pointer.split("/").reduce<Json>((value, key) => resolved(value[key]!), schema);
}

describe("environment.schema.json", () => {
  it("is what `npm run schema` writes", () => {
    expect(readFileSync(join(__dirname, "environment.schema.json"), "utf8")).toBe(stackFileSchemaText());
  });

  it("is named in the first line of every stack file", () => {
    const files = readdirSync(__dirname).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
    expect(files).not.toEqual([]);
    for (const file of files) {
      expect(readFileSync(join(__dirname, file), "utf8")).toMatch(
        /^# yaml-language-server: \$schema=\.\/environment\.schema\.json\n/,
      );
    }
  });

  it("asks a whole environment for everything that has no default", () => {
    expect(at("definitions/environment/required")).toContain("pools");
    expect(at("definitions/environment/required")).not.toContain("models");
    expect(at("definitions/environment/additionalProperties")).toBe(false);
  });

  it("asks a variant for its base and the names of its items only", () => {
    expect(at("definitions/variant/required")).toEqual(["extends"]);
    const pool = at("definitions/variant/properties/pools/anyOf/0/items");
    expect(pool.required).toEqual(["name"]);
    expect(pool.properties).toHaveProperty("remove");
    expect(pool.additionalProperties).toBe(false);
  });

  it("lets a variant move to another branch of a union by taking the first one's keys out", () => {
    const branches = at("definitions/variant/properties/pools/anyOf/0/items/properties/price/anyOf/0/anyOf");
    expect(Object.values(branches).map((branch) => Object.keys(branch.properties!).sort())).toEqual([
      ["date", "eurPerGpuHour", "like", "source", "usdPerGpuHour"],
      ["date", "eurPerGpuHour", "like", "source", "usdPerGpuHour"],
    ]);
    expect(branches[0]!.properties!.like).toEqual({ type: "null" });
  });
});
