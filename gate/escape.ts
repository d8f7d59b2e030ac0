/**
 * What others wrote, made to be nothing but text in a comment: no markup, no mention of a person, no reference to an issue,
 * no link, and on one line, as a line of its own could be an order to GitLab.
 */

const invisible = "\u200b";

/** On one line, without control characters and those that turn the direction of text round, and not endless. */
function oneLine(value: string, limit: number): string {
  const line = value
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "")
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 3).replace(/[\ud800-\udbff]$/, "")}...` : line;
}

/** As running text, also inside a table. */
export const text = (value: string, limit = 1_000): string =>
  oneLine(value, limit)
    .replace(/[\\`*_[\]<|~$]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/[@#](?=\w)/g, `$&${invisible}`)
    .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}\\.`);

/** As code, also inside a table. Code has no escapes: what would end it is written otherwise. */
export function code(value: string, limit = 200): string {
  const line = oneLine(value, limit).replace(/`/g, "'").replace(/\|/g, "\\|");
  return line === "" ? "" : `\`${line}\``;
}

/** A link to an address of the web; of any other, its text alone. */
export function link(label: string, address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return text(label);
  }
  const web = url.protocol === "https:" || url.protocol === "http:";
  return web ? `[${text(label)}](<${url.href.replace(/[<>\s|]/g, encodeURIComponent)}>)` : text(label);
}
