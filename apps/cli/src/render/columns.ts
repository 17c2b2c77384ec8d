const narrowest = 60;
const widest = 110;

/** Two columns of one line of a text. */
export type Row = readonly [left: string, right: string];

/** Two columns; the right one is wrapped to the terminal. A left part that is too long gets a line of its own. */
export function columnLines(
  entries: readonly Row[],
  columns: number | undefined,
  left?: number,
): readonly string[] {
  const longest = left ?? Math.max(0, ...entries.map(([first]) => first.length));
  const width = Math.min(longest, 34);
  return entries.flatMap(([first, second]) => {
    const [head = "", ...more] = wrap(second, columns, width + 4);
    const margin = " ".repeat(width + 4);
    const below = more.map((line) => margin + line);
    if (first.length > width) {
      return [...wrap(first, columns, 2).map((line) => `  ${line}`), margin + head, ...below];
    }
    return [`  ${first.padEnd(width)}  ${head}`.trimEnd(), ...below];
  });
}

/** Lines of at most the terminal's width; `margin` columns are taken already. A word is never broken. */
export function wrap(text: string, columns: number | undefined, margin = 0): readonly string[] {
  const width = Math.max(20, Math.min(widest, Math.max(narrowest, columns ?? 80)) - margin);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
