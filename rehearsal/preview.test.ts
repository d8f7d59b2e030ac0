import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { preview, resourceIn } from "./preview";
import { silentProgress } from "./testing";
import { Workspace } from "./workspace";

const urn = "urn:pulumi:local::ai-platform::a:b:C$aws:eks/nodeGroup:NodeGroup::gpu::0";
const state = {
  urn,
  type: "aws:eks/nodeGroup:NodeGroup",
  inputs: { a: 1 },
  provider: "urn:x::aws::id",
  parent: "urn:p",
};

describe("what an event of the engine says of a resource", () => {
  it("is what the update would leave behind", () => {
    const event = { resourcePreEvent: { metadata: { op: "create", new: state } } };
    expect(resourceIn(event)).toEqual({
      urn,
      type: "aws:eks/nodeGroup:NodeGroup",
      // A name may hold what separates the parts before it.
      name: "gpu::0",
      inputs: { a: 1 },
      outputs: {},
      provider: "urn:x::aws",
      parent: "urn:p",
      protect: false,
    });
    const known = {
      resOutputsEvent: { metadata: { op: "create", new: { ...state, outputs: { b: 2 }, protect: true } } },
    };
    expect(resourceIn(known)).toMatchObject({ outputs: { b: 2 }, protect: true });
  });

  it.each([
    ["a message", { diagnosticEvent: { message: "x" } }],
    ["one that goes", { resourcePreEvent: { metadata: { op: "delete", old: state } } }],
    ["one that is only read", { resourcePreEvent: { metadata: { op: "read", new: state } } }],
  ])("is nothing for %s", (_, event) => {
    expect(resourceIn(event)).toBeUndefined();
  });
});

describe("a preview of what is not there", () => {
  const base = mkdtempSync(path.join(tmpdir(), "preview-"));
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it("is one error, and leaves nothing", async () => {
    await expect(preview("lokal", { progress: silentProgress(), base })).rejects.toThrow(/no stack "lokal"/);
    expect(existsSync(base) && readdirSync(base)).toEqual([]);
  });
});

it("has a workspace whose engine runs another checkout without this one's policies", () => {
  const own = new Workspace("local", "/tmp").variables();
  const other = new Workspace("local", "/tmp", "local", "/elsewhere").variables();
  expect(own.PULUMI_OPTION_POLICY_PACK).toMatch(/policy$/);
  expect(other).not.toHaveProperty("PULUMI_OPTION_POLICY_PACK");
});
