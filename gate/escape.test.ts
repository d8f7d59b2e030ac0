import { describe, expect, it } from "vitest";
import { code, link, text } from "./escape";

describe("text of others in a comment", () => {
  it.each([
    ["markup", "**bold** _it_ ~~no~~ `code`", "\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\`"],
    ["a cell's end", "a | b", "a \\| b"],
    ["HTML", "<img src=x onerror=alert(1)>", "\\<img src=x onerror=alert(1)>"],
    ["a comment that could be a marker", "<!-- ai-platform-gate:prod -->", "\\<!-- ai-platform-gate:prod -->"],
    ["an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;"],
    ["a link", "[here](https://x.test)", "\\[here\\](https\\://x.test)"],
    ["an address", "see www.x.test", "see www\\.x.test"],
    ["a mention and an issue", "@octocat #1", "@\u200boctocat #\u200b1"],
    ["a backslash before a pipe", "\\|", "\\\\\\|"],
    ["an order to GitLab on a line of its own", "wrong\n/merge", "wrong /merge"],
    ["text that runs the other way", "a\u202eb\u200b", "ab"],
    ["terminal colours", "\u001b[31mred", "\\[31mred"],
  ])("shows %s as it was written", (_, given, shown) => {
    expect(text(given)).toBe(shown);
  });

  it("ends what has no end, between characters", () => {
    expect(text("a".repeat(2_000))).toHaveLength(1_000);
    expect(text(`${"a".repeat(6)}\u{1f600}bbbb`, 10)).toBe("aaaaaa...");
  });

  it("is code that cannot be left", () => {
    expect(code("a`b|c\nd")).toBe("`a'b\\|c d`");
    expect(code("@octocat")).toBe("`@octocat`");
    expect(code(" \n")).toBe("");
  });

  it("links to addresses of the web alone", () => {
    expect(link("Evidence", "https://ci.test/runs/1#artifacts")).toBe("[Evidence](<https://ci.test/runs/1#artifacts>)");
    expect(link("Evidence", "https://ci.test/>)[x](y|z")).not.toMatch(/\|.*z|>\)\[/);
    expect(link("Evidence", "javascript:alert(1)")).toBe("Evidence");
    expect(link("Evidence", "nowhere")).toBe("Evidence");
  });
});
