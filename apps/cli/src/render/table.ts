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
