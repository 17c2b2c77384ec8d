import { printable } from "../printable.js";

/** Text padded to `width` characters like `%-10s`; longer text stays whole. Control characters are escaped first. */
export function column(text: string, width: number): string {
  const shown = printable(text);
  const missing = width - [...shown].length;
  return missing > 0 ? shown + " ".repeat(missing) : shown;
}

/** Text of at most `most` characters: longer text is cut and ends in `...`. */
export function cut(text: string, most: number, kept = most - 3): string {
  const characters = [...printable(text)];
  return characters.length > most ? `${characters.slice(0, kept).join("")}...` : characters.join("");
}

/** One line like `printf "%-10s %-10s\n"`. */
export function row(cells: readonly string[], widths: readonly number[]): string {
  return `${cells.map((cell, index) => column(cell, widths[index] ?? 0)).join(" ")}\n`;
}

/** A table as the original printed it: blank line, header, rule of dashes, rows, blank line. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  dashes: number,
): string {
  const lines = rows.map((cells) => row(cells, widths)).join("");
  return `\n${row(header, widths)}${"-".repeat(dashes)}\n${lines}\n`;
}

/** A table whose columns are as wide as what stands in them. The last one is not padded. */
export function fittedTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = fittedWidths(lines);
  const dashes = Math.max(...lines.map((cells) => [...row(cells, widths)].length - 1));
  return table(header, rows, widths, dashes);
}

/** Width of each column, at least `least`; 0 for the last one, which nothing follows. */
export function fittedWidths(
  lines: readonly (readonly string[])[],
  least: readonly number[] = [],
): readonly number[] {
  const last = Math.max(0, ...lines.map((cells) => cells.length)) - 1;
  const widest = (index: number) =>
    Math.max(least[index] ?? 0, ...lines.map((cells) => [...printable(cells[index] ?? "")].length));
  return Array.from({ length: last + 1 }, (_, index) => (index === last ? 0 : widest(index)));
}
