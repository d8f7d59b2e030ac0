import { describe, expect, it } from "vitest";
import { authorizationModel, checkTuples } from "./model";

const message = (user: string, relation: string, object: string): string => {
  try {
    checkTuples([{ user, relation, object }]);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("authorizationModel", () => {
  it("says for every relation with direct users who they may be", () => {
    for (const { type, relations = {}, metadata } of authorizationModel.type_definitions) {
      expect(Object.keys(metadata?.relations ?? {}), type).toEqual(Object.keys(relations));
    }
  });

  it("names only types and relations that it has", () => {
    const types = authorizationModel.type_definitions;
    for (const { metadata } of types) {
      for (const { directly_related_user_types = [] } of Object.values(metadata?.relations ?? {})) {
        for (const { type, relation } of directly_related_user_types) {
          const definition = types.find((candidate) => candidate.type === type);
          expect(definition, type).toBeDefined();
          expect(relation === undefined || Object.hasOwn(definition?.relations ?? {}, relation)).toBe(true);
        }
      }
    }
  });
});

describe("checkTuples", () => {
  it.each([
    ["user:ada", "member", "team:search"],
    ["user:ada", "owner", "model:qwen3-32b"],
    ["team:search#member", "owner", "model:qwen3-32b"],
    ["team:search#member", "caller", "model:qwen3-32b"],
    ["agent:librarian", "caller", "model:qwen3-32b"],
    ["team:search#member", "owner", "agent:librarian"],
  ])("admits %s as %s of %s", (user, relation, object) => {
    expect(message(user, relation, object)).toBe("");
  });

  it.each([
    [
      "user:ada",
      "caller",
      "modle:qwen3-32b",
      "object modle:qwen3-32b: there is no type modle, only user, team, agent, model",
    ],
    ["user:ada", "reader", "model:qwen3-32b", "relation reader: type model has only owner, caller"],
    ["user:ada", "member", "user:bob", "relation member: type user has no relations"],
    ["team:search", "caller", "model:m", "model#caller can be given to user, team#member, agent, not to team"],
    ["agent:librarian", "owner", "model:m", "model#owner can be given to user, team#member, not to agent"],
    ["team:search#owner", "owner", "model:m", "can be given to user, team#member, not to team#owner"],
    ["user:*", "caller", "model:m", "can be given to user, team#member, agent, not to user:*"],
  ])("refuses %s as %s of %s", (user, relation, object, expected) => {
    expect(message(user, relation, object)).toContain(`authorization.tuples[0]: `);
    expect(message(user, relation, object)).toContain(expected);
  });

  it("names every tuple that does not fit", () => {
    expect(() =>
      checkTuples([
        { user: "user:ada", relation: "reader", object: "model:m" },
        { user: "user:ada", relation: "owner", object: "model:m" },
        { user: "user:ada", relation: "owner", object: "team:t" },
      ]),
    ).toThrow(/tuples\[0\][\s\S]*tuples\[2\]/);
  });
});
