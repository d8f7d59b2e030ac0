/** A text as CEL writes it. */
export const quoted = (text: string): string => JSON.stringify(text);

/** The texts of those items of a list that are wrong, in one text: `a; b`. `item` is the variable of both. */
export const each = (list: string, item: string, wrong: string, text: string): string =>
  `${list}.filter(${item}, ${wrong}).map(${item}, ${text}).join("; ")`;

/** The texts that an expression of an item gives, without the empty ones, in one text. */
export const every = (list: string, item: string, text: string): string =>
  `${list}.map(${item}, ${text}).filter(text, text != "").join("; ")`;

/** Several texts in one, without the empty ones. */
export const all = (...texts: readonly string[]): string =>
  texts.length === 1 ? texts[0]! : `[${texts.join(", ")}].filter(text, text != "").join("; ")`;

/** A list below a path of which any step may be missing: `p.?spec.?volumes`, or none. */
export const listAt = (...path: readonly string[]): string => `${path.join(".?")}.orValue([])`;

/** A regular expression for a text in any case, which JavaScript and RE2 read alike. */
export const anyCase = (text: string): string =>
  [...text]
    .map((letter) =>
      letter.toLowerCase() === letter.toUpperCase()
        ? literal(letter)
        : `[${letter.toUpperCase()}${letter.toLowerCase()}]`,
    )
    .join("");

/** A regular expression for nothing but a text. */
export const literal = (text: string): string => text.replace(/[.+*?^${}()|[\]\\/-]/g, "\\$&");
