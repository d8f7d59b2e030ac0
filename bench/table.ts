export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Lines of a plain table, columns two blanks apart. A column in which no row has anything is left out. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const shown = columns
    .map((column, index) => ({ ...column, cells: rows.map((row) => row[index] ?? "") }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
    .map(({ title, align, cells }) => {
      const width = Math.max(title.length, ...cells.map((cell) => cell.length));
      const fit = (text: string) => (align === "left" ? text.padEnd(width) : text.padStart(width));
      return [title, ...cells].map(fit);
    });
  return ["", ...rows].map((_, line) =>
    shown
      .map((cells) => cells[line]!)
      .join("  ")
      .trimEnd(),
  );
}
