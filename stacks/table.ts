import { parse } from "csv-parse/sync";

/** A row of a table: its line in the file, and what its cells say, nested by the dots of the columns' names. */
export interface Row {
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * The rows of a CSV file whose first line names the columns. An empty cell states nothing; numbers and truth values are
 * what they look like.
 *
 * @throws with the line, for what is no table
 */
export function readTable(text: string): readonly Row[] {
  const records: readonly { info: { lines: number }; record: Record<string, string> }[] = parse(text, {
    columns: true,
    info: true,
    skip_empty_lines: true,
    trim: true,
    bom: true,
    comment: "#",
    // At the beginning of a line: a cell may have one.
    comment_no_infix: true,
  });
  return records.map(({ info, record }) => ({ line: info.lines, value: nest(record) }));
}

function nest(record: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [column, cell] of Object.entries(record)) {
    if (cell === "") {
      continue;
    }
    const keys = column.split(".");
    let place = root;
    for (const key of keys.slice(0, -1)) {
      if (typeof place[key] !== "object") {
        place[key] = {};
      }
      place = place[key] as Record<string, unknown>;
    }
    place[keys.at(-1)!] = scalar(cell);
  }
  return root;
}

function scalar(cell: string): unknown {
  if (cell === "true" || cell === "false") {
    return cell === "true";
  }
  // Not what only looks like one: a revision of digits alone, or a version, stays text.
  return /^-?(0|[1-9]\d{0,14})(\.\d*[1-9])?$/.test(cell) ? Number(cell) : cell;
}
