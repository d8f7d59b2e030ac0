import { describe, expect, it } from "vitest";
import { readTable } from "./table";

describe("readTable", () => {
  it("nests columns by their dots, and says on which line a row stands", () => {
    const text =
      "name,source.huggingFace,source.revision,priority,spot\na,x/y,0123,5,true\n\n# not a row\nb,x/z,,-1,\n";
    expect(readTable(text)).toEqual([
      { line: 2, value: { name: "a", source: { huggingFace: "x/y", revision: "0123" }, priority: 5, spot: true } },
      { line: 5, value: { name: "b", source: { huggingFace: "x/z" }, priority: -1 } },
    ]);
  });

  it("takes for a number only what a number would be written as again", () => {
    const [row] = readTable("a,b,c,d,e\n1.50,007,1e3,12345678901234567890,-2.5\n");
    expect(row!.value).toEqual({ a: "1.50", b: "007", c: "1e3", d: "12345678901234567890", e: -2.5 });
  });

  it("takes no cell for a comment", () => {
    expect(readTable("# whose\nname,source.uri\na,s3://models/a#1\n")).toEqual([
      { line: 3, value: { name: "a", source: { uri: "s3://models/a#1" } } },
    ]);
  });

  it("refuses rows of another length, with the line", () => {
    expect(() => readTable("a,b\n1,2,3\n")).toThrow(/line 2/);
  });
});
