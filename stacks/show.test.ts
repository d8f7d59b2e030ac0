import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadEnvironment } from "./load";
import { show } from "./show";

describe("npm run show", () => {
  it("prints the resolved environment as YAML, and where it comes from", () => {
    const { out, error, code } = show(["local"]);
    expect({ error, code }).toEqual({ error: "", code: 0 });
    expect(out).toMatch(/^# stacks\/Pulumi\.local\.yaml\n/);
    expect(parse(out)).toEqual(loadEnvironment("local"));
  });

  it("prints the same as JSON", () => {
    expect(JSON.parse(show(["local", "--json"]).out)).toEqual(loadEnvironment("local"));
  });

  it.each([[[]], [["local", "other"]], [["--verbose"]]])("prints its usage for %j and fails", (args) => {
    const { out, error, code } = show(args);
    expect({ out, code }).toEqual({ out: "", code: 1 });
    expect(error).toMatch(/^Usage: npm run -s show -- <stack>/);
  });

  it("says in one line that there is no such stack", () => {
    const { out, error, code } = show(["locl"]);
    expect({ out, code }).toEqual({ out: "", code: 1 });
    expect(error).toMatch(/^stacks\/Pulumi\.locl\.yaml: no such file.* Did you mean "local"\?.*\n$/);
  });
});
