/** HTML in which nothing but templates of this project is markup: every value is escaped. */

export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | boolean | undefined | readonly Part[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that mean something in markup, and those that would show text in another order than it has. */
export const escapeHtml = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => escapes[character]!)
    .replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be shown
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );

const render = (part: Part): string => {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join("");
  return part === undefined || part === false ? "" : escapeHtml(String(part));
};

/** A template of HTML. Values are text, unless they come from this same tag. */
export const html = (template: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(template.reduce((text, piece, index) => text + render(parts[index - 1]) + piece));

/** A table with a caption and a header for each column; the first cell of a row is the row's header. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Part[])[]): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([head, ...cells]) => html`<tr><th scope="row">${head}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody>
</table></div>`;
}

export const list = (items: readonly Part[]): Html => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;

/** A name of machines, which may break after its separators. */
export const code = (text: string): Html =>
  html`<code>${text.split(/(?<=[:/])/).map((part, index) => html`${index > 0 && new Html("<wbr>")}${part}`)}</code>`;

/** A number with its noun. */
export const count = (number: number, noun: string, plural = `${noun}s`): string =>
  `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
