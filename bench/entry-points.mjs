// What importing an entry point of ticket-core costs, as a ratio to starting bare Node, in one interleaved run; in time and in time of the
// processor, which other programs on the machine disturb less.
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { pathToFileURL } from "node:url";

const core = new URL("../packages/ticket-core/dist/", import.meta.url);
const importing = (name) => [
  "--input-type=module",
  "-e",
  `import ${JSON.stringify(new URL(name, core).href)}`,
];

/** By name: what Node is started with, and the ratio that is promised. */
const measured = {
  "bare node": { words: ["-e", "0"] },
  "ticket-core/light": { words: importing("light.js"), most: 1.3 },
  "ticket-core": { words: importing("index.js"), most: 3.2 },
  "ticket-core/parsers": { words: importing("parsers.js") },
};

/** Milliseconds of one start. The shell tells what its child took of the processor. */
function startOf(words) {
  const script = 'TIMEFORMAT="%3U %3S %3R"; time "$@"';
  const { status, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", process.execPath, ...words], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  const [user, system, real] = stderr
    .trim()
    .split(" ")
    .map((seconds) => 1_000 * Number(seconds));
  if (status !== 0 || Number.isNaN(real))
    throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
  return { processor: user + system, time: real };
}

const least = (values) => Math.min(...values);
const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

export function printEntryPoints(rounds = 20) {
  const starts = new Map(Object.keys(measured).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { words }] of Object.entries(measured)) starts.get(name).push(startOf(words));
  }
  const of = (name, what) => starts.get(name).map((start) => start[what]);
  const ratio = (name, what, middle) => (middle(of(name, what)) / middle(of("bare node", what))).toFixed(2);
  console.log(`Starts of bare node, ${rounds} rounds, interleaved, load ${loadavg()[0].toFixed(1)}`);
  console.log("ENTRY POINT           AT MOST  PROCESSOR: LEAST  MEDIAN  TIME: LEAST  MEDIAN");
  for (const [name, { most }] of Object.entries(measured)) {
    const cells = [
      (most?.toFixed(1) ?? "").padStart(7),
      ratio(name, "processor", least).padStart(16),
      ratio(name, "processor", median).padStart(6),
      ratio(name, "time", least).padStart(11),
      ratio(name, "time", median).padStart(6),
    ];
    console.log(`${name.padEnd(20)}  ${cells.join("  ")}`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  printEntryPoints();
