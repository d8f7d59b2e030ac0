/** A part of a document that can be cut short between its lines. */
export interface Section {
  /** Stands before the lines, such as a heading or the head of a table. */
  readonly head: string;
  readonly lines: readonly string[];
  /** Stands after them, such as what closes what `head` opens. */
  readonly foot?: string;
}

/**
 * The sections, one after the other, in at most `limit` characters: the last lines are left out where they are too many, and
 * `cut` says how many were.
 */
export function assemble(sections: readonly Section[], limit: number, cut: (lines: number) => string): string {
  const whole = sections.map(render).join("\n");
  if (whole.length <= limit) return whole;
  const all = sections.reduce((sum, { lines }) => sum + lines.length, 0);
  let room = limit - cut(all).length - 1;
  let left = 0;
  const kept: string[] = [];
  for (const section of sections) {
    const taken: string[] = [];
    let length = render({ ...section, lines: [] }).length + 1;
    for (const line of left > 0 ? [] : section.lines) {
      if (length + line.length + 1 > room) break;
      taken.push(line);
      length += line.length + 1;
    }
    left += section.lines.length - taken.length;
    if (taken.length === 0 && (section.lines.length > 0 || length > room)) continue;
    kept.push(render({ ...section, lines: taken }));
    room -= length;
  }
  return [...kept, cut(left)].join("\n");
}

const render = ({ head, lines, foot }: Section): string =>
  [...(head === "" ? [] : [head]), ...lines, ...(foot === undefined ? [] : [foot])].join("\n");
