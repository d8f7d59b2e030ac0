import { describe, expect, it } from "vitest";
import { code, count, escapeHtml, html, list, table } from "./html";

describe("html", () => {
  it("takes every value as text, and its own templates as they are", () => {
    const hostile = `<script>alert("1")</script> & 'x'`;
    expect(html`<p title="${hostile}">${html`<b>${hostile}</b>`}${[1, "<"]}${undefined}${false}</p>`.text).toBe(
      `<p title="${escapeHtml(hostile)}"><b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</b>1&lt;</p>`,
    );
    expect(list([hostile]).text + code(hostile).text + table(hostile, [hostile], [[hostile]]).text).not.toMatch(
      /<script|alert\("/,
    );
  });

  it("shows characters that would turn a line around or hide in it", () => {
    expect(escapeHtml("a\u202eb\u0000c\nd")).toBe("a[U+202E]b[U+0000]c\nd");
  });

  it("makes tables with headers for columns and rows", () => {
    const { text } = table("Of things", ["Name", "Size"], [["one", 1]]);
    expect(text).toContain("<caption>Of things</caption>");
    expect(text).toContain('<th scope="col">Name</th><th scope="col">Size</th>');
    expect(text).toContain('<tr><th scope="row">one</th><td>1</td></tr>');
  });

  it("counts", () => {
    expect([count(1, "rule"), count(1200, "rule"), count(2, "entry", "entries")]).toEqual([
      "1 rule",
      "1,200 rules",
      "2 entries",
    ]);
  });
});
