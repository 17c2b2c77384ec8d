// The parts of the fault bench that were asked for on the command line.

import { tmpdir } from "node:os";
import { chosenNames, chosenNumbers } from "./choose.mjs";
import { parts, printHead, printPart, printTotals, runFaults } from "./faults.mjs";
import { machine } from "./samples.mjs";

/** @throws on a part that there is not, or a number that is none */
export async function runChosenFaults({ short, parts: chosen, minutes, seed = "1" }) {
  const isShort = short === true;
  printHead();
  const results = await runFaults({
    names: chosenNames("--parts", chosen, Object.keys(parts)),
    isShort,
    minutes: minutes === undefined ? (isShort ? 0.2 : 10) : chosenNumbers("--minutes", minutes)[0],
    seed: chosenNumbers("--seed", seed)[0],
    onPart: (result) => printPart(result),
  });
  printTotals(results);
  const isGood = results.every(({ findings }) => findings.length === 0);
  return { name: "faults", result: { machine: machine(tmpdir()), results }, isGood };
}
