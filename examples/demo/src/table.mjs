export function printTable(rows) {
  const head = ["TICKET", "CHANGE", "WAY", "SENT BACK", "CLAIMS", "MERGED", "BY"];
  const cells = rows.map((row) => [
    row.id,
    row.key,
    row.path.map((state) => ({ "in-progress": "work" })[state] ?? state).join(" > "),
    String(row.timesSentBack),
    String(row.claims),
    row.isMerged ? "yes" : "NO",
    row.actors.join(" "),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column].length)),
  );
  for (const line of [head, ...cells]) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
  }
}
