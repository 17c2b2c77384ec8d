const columns = 80;

/** What became of each ticket, on 80 columns: who worked on it goes on below where there is no room. */
export function printTable(rows) {
  for (const line of tableLines(rows)) console.log(line);
}

export function tableLines(rows) {
  const head = ["TICKET", "CHANGE", "CLAIMS", "REVIEWS", "QA", "SENT BACK", "MERGED", "BY"];
  const cells = rows.map((row) => [
    row.id,
    row.key,
    String(row.claims),
    timesIn(row, "review"),
    timesIn(row, "qa"),
    String(row.timesSentBack),
    row.isMerged ? "yes" : "NO",
  ]);
  const widths = head
    .slice(0, -1)
    .map((title, column) => Math.max(title.length, ...cells.map((line) => line[column].length)));
  const left = (line) => widths.map((width, column) => `${line[column].padEnd(width)}  `).join("");
  const indent = left(head).length;
  return [
    left(head) + head.at(-1),
    ...rows.flatMap((row, index) =>
      wrapped(row.actors, columns - indent).map((actors, line) =>
        ((line === 0 ? left(cells[index]) : " ".repeat(indent)) + actors).trimEnd(),
      ),
    ),
  ];
}

function timesIn(row, state) {
  return String(row.path.filter((one) => one === state).length);
}

/** Whole words on lines of that width; one that is longer has a line of its own. At least one line. */
function wrapped(words, width) {
  const lines = [""];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
