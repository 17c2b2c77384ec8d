import { printable } from "../printable.js";
import { fit, pad, shownWidth, wrapShown } from "./shown-width.js";
import { styled } from "./styled.js";
import type { Table } from "./table.js";

/** What the last column must have at least, so that a table is easier to read than a list. */
const leastLast = 12;

/**
 * A table for a terminal: as wide as it has to be and no line wider than the terminal, CJK and emoji counted as they are shown. Only the last column is ever
 * cut: what stands in the others is typed again. Where they alone take the width, every row becomes a few lines.
 */
export function terminalTable(table: Table, columns: number, isColoured: boolean): string {
  const rows = table.rows.map((row) => row.map((cell) => printable(cell)));
  const lines = [table.header, ...rows];
  const last = table.header.length - 1;
  const content = table.header.map((_, index) =>
    Math.max(...lines.map((row) => shownWidth(row[index] ?? ""))),
  );
  const room = (widths: readonly number[]) =>
    columns - widths.slice(0, last).reduce((sum, width) => sum + width + 1, 0);
  const roomy = content.map((width, index) =>
    Math.max(width, index === last ? 0 : (table.widths[index] ?? 0)),
  );
  const needed = Math.min(leastLast, content[last] ?? 0);
  const widths = [roomy, content].find((choice) => room(choice) >= needed);
  if (widths === undefined) return stacked(rows, columns);
  const lastWidth = Math.min(room(widths), content[last] ?? 0);
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index === last ? fit(cell, lastWidth) : pad(cell, widths[index] ?? 0)))
      .join(" ")
      .trimEnd();
  const header = line(table.header);
  const body = rows.map(line);
  const rule = Math.min(columns, Math.max(table.dashes, ...[header, ...body].map(shownWidth)));
  const head = isColoured ? styled("bold", header) : header;
  return ["", head, "-".repeat(rule), ...body, ""].map((text) => `${text}\n`).join("");
}

/** The first cell, which names the row, on a line of its own; the others below it. */
function stacked(rows: readonly (readonly string[])[], columns: number): string {
  const below = (text: string) => wrapShown(text, columns - 2).map((line) => `  ${line}`);
  const lines = rows.flatMap(([name = "", ...others]) => {
    const text = others.at(-1) ?? "";
    const facts = others.slice(0, -1).join(" · ");
    return [
      ...wrapShown(name, columns),
      ...(facts === "" ? [] : below(facts)),
      ...(text === "" ? [] : [`  ${fit(text, columns - 2)}`]),
    ];
  });
  return ["", ...lines, ""].map((text) => `${text}\n`).join("");
}
