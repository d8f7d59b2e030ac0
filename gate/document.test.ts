import { describe, expect, it } from "vitest";
import { assemble, type Section } from "./document";

const sections: Section[] = [
  { head: "# a", lines: Array.from({ length: 50 }, (_, index) => `- first ${index}`) },
  { head: "<details>", lines: Array.from({ length: 50 }, (_, index) => `- second ${index}`), foot: "</details>" },
  { head: "the end", lines: [] },
];
const cut = (lines: number) => `cut: ${lines}`;

describe("a document that must not be too long", () => {
  it("is whole where it fits", () => {
    expect(assemble(sections, 10_000, cut)).toMatch(/^# a\n- first 0\n[\s\S]*- second 49\n<\/details>\nthe end$/);
  });

  it.each([200, 700, 900, 1_100])(
    "keeps to %i characters, counts what is left out, and closes what it opens",
    (limit) => {
      const document = assemble(sections, limit, cut);
      expect(document.length).toBeLessThanOrEqual(limit);
      const kept = document.match(/^- /gm)!.length;
      expect(document).toMatch(new RegExp(`cut: ${100 - kept}$`));
      expect(kept).toBeGreaterThan(0);
      expect(document.match(/<details>/g)?.length).toBe(document.match(/<\/details>/g)?.length);
      // What comes first is what matters most.
      expect(document).toContain("- first 0\n");
    },
  );
});
