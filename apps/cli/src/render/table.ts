import { printable } from "../printable.js";

/** A table as data: how it looks depends on where it is shown. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Least width of each column. */
  readonly widths: readonly number[];
  /** Least length of the rule below the header. */
  readonly dashes: number;
  /** Where there is no terminal, longer text in the last column is cut to so many characters. */
  readonly cutAt?: number;
}

/** A table as scripts read it: the columns of the original, whatever the terminal. */
export function tableText({ header, rows, widths, dashes, cutAt }: Table): string {
  const cutLast = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === cells.length - 1 && cutAt !== undefined ? cut(cell, cutAt) : cell));
  return table(header, rows.map(cutLast), widths, dashes);
}

/** A table whose columns are as wide as what stands in them. */
export function fitted(header: readonly string[], rows: readonly (readonly string[])[]): Table {
  const widths = fittedWidths([header, ...rows]);
  const dashes = Math.max(...[header, ...rows].map((cells) => [...row(cells, widths)].length - 1));
  return { header, rows, widths, dashes };
}

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
function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  dashes: number,
): string {
  const lines = rows.map((cells) => row(cells, widths)).join("");
  return `\n${row(header, widths)}${"-".repeat(dashes)}\n${lines}\n`;
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
