/** Inserts `line` among the lines that match `pattern`, sorted by the pattern's first group; unchanged when that name is there. */
export function insertSorted(text, pattern, line) {
  const lines = text.split("\n");
  const name = pattern.exec(line)?.[1] ?? line;
  let last = -1;
  for (const [index, present] of lines.entries()) {
    const match = pattern.exec(present);
    if (match === null) continue;
    if (match[1] === name) return text;
    if (match[1].toLowerCase() > name.toLowerCase()) return lines.toSpliced(index, 0, line).join("\n");
    last = index;
  }
  return lines.toSpliced(last < 0 ? lines.length : last + 1, 0, line).join("\n");
}
