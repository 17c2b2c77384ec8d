// The table of the figures, for people.
import { median, quantile } from "./samples.mjs";

const number = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

const header = ["FIGURE", "TICKETS", "PROCESSES", "MEASURED", "SPREAD", "FASTEST", "N", "TARGET", "VERDICT"];
const widths = [52, 9, 9, 9, 15, 7, 3, 8, 8];

const line = (cells) =>
  cells
    .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
    .join("  ")
    .trimEnd();

export function printHeader({ machine, fdatasyncMs }, print = console.log) {
  const { node, git, cores, processor, system, fileSystemType, load } = machine;
  print(`node ${node}, ${git}, ${cores} x ${processor}, ${system}, file system ${fileSystemType}`);
  print(
    `fdatasync ${median(fdatasyncMs).toFixed(2)} ms (${quantile(fdatasyncMs, 0.25).toFixed(2)} to ${quantile(fdatasyncMs, 0.75).toFixed(2)}), load ${load.map((value) => value.toFixed(1)).join(" ")}`,
  );
  if (load[0] > cores / 2)
    print("This machine is not quiet: only ratios say anything, and those of herds little.");
  print(line(header));
}

export function printFigure(
  { row, size, processes, value, low, high, fastest, samples, most, least, verdict },
  print = console.log,
) {
  const target = most !== undefined ? `<= ${most}` : least !== undefined ? `>= ${least}` : "";
  const spread = low === undefined ? "" : `${number(low)} to ${number(high)}`;
  const cells = [
    row,
    size?.toLocaleString("en") ?? "",
    processes ?? "",
    number(value),
    spread,
    fastest === undefined ? "" : number(fastest),
    samples ?? "",
    target,
    verdict,
  ];
  print(line(cells.map(String)));
}

export function printSummary({ figures, findings, machine }, print = console.log) {
  const count = (wanted) => figures.filter(({ verdict }) => verdict === wanted).length;
  print(
    `${count("met")} met, ${count("NOT MET")} not met, ${count("reported")} reported; load afterwards ${machine.loadAfter.map((value) => value.toFixed(1)).join(" ")}`,
  );
  for (const finding of findings.slice(0, 20)) print(`  - ${finding}`);
}
