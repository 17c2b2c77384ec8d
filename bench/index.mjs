// `pnpm bench`: the figures; `pnpm bench --faults`: what goes wrong, and what the history says then. Machines are noisy, so no gate reads a figure.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runChosenFaults } from "./choose-faults.mjs";
import { runChosenFigures } from "./choose-figures.mjs";
import { printEntryPoints } from "./entry-points.mjs";
import { printImport } from "./import.mjs";
import { printRace, runRace } from "./race.mjs";
import { printStartUp } from "./start-up.mjs";
import { printTk } from "./tk.mjs";
import { runTwoHostsApart } from "./two-hosts.mjs";

const usage = `pnpm bench [options]

  --short            Fewer tickets, samples and points: under two minutes on a quiet machine
  --json FILE        Write everything that was measured there, with raw samples (default: bench-<what>.json)
  --rows A,B         Figures of these groups only: start, commands, index, tk, live, layouts, memory, herd, loop, supervisor
  --sizes A,B        Numbers of tickets (default: 100,1000,10000,100000)
  --processes A,B    Processes of a herd (default: 1,4,16,64)
  --samples N        Samples of each command (default: 21)

  --faults           The fault bench instead of the figures; ends with 1 on any finding
  --parts A,B        Parts of it only (default: all; their names are in the table)
  --minutes N        Of random kills (default: 10)
  --seed N           Of the random choices (default: 1)

  --others           Start-up in detail, import, tk, and the races of whole commands, of two hosts, too, instead
`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== "--"),
  options: {
    short: { type: "boolean" },
    json: { type: "string" },
    rows: { type: "string" },
    sizes: { type: "string" },
    processes: { type: "string" },
    samples: { type: "string" },
    faults: { type: "boolean" },
    parts: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    others: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});

async function runOthers() {
  printStartUp();
  console.log("");
  printEntryPoints();
  console.log("");
  printImport();
  console.log("");
  printTk();
  console.log("");
  const result = await runRace({ processes: 32, seed: 1 });
  printRace(result);
  process.exitCode = result.findings.length === 0 ? 0 : 1;
  await result.cleanUp();
  if (!runTwoHostsApart()) process.exitCode = 1;
}

if (values.help) console.log(usage);
else if (values.others) await runOthers();
else {
  const { name, result, isGood } = await (values.faults ? runChosenFaults : runChosenFigures)(values);
  const path = values.json ?? `bench-${name}.json`;
  writeFileSync(path, `${JSON.stringify(result, undefined, 1)}\n`);
  console.log(`written to ${path}`);
  if (!isGood) process.exitCode = 1;
}
