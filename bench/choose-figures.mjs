// The figures that were asked for on the command line.

import { chosenNames, chosenNumbers } from "./choose.mjs";
import { groups, takeFigures } from "./figures.mjs";
import { printFigure, printHeader, printSummary } from "./figures-table.mjs";

/** @throws on a group that there is not, or a number that is none */
export async function runChosenFigures({ short, rows, sizes, processes, samples }) {
  const chosen = {
    wanted: chosenNames("--rows", rows, groups),
    ...(sizes !== undefined && { sizes: chosenNumbers("--sizes", sizes) }),
    ...(processes !== undefined && { processes: chosenNumbers("--processes", processes) }),
    ...(samples !== undefined && { samples: chosenNumbers("--samples", samples)[0] }),
  };
  const few = {
    sizes: [100, 1_000],
    processes: [1, 16],
    samples: 5,
    rounds: 1,
    loopSeconds: 3,
    idle: { agents: 5, seconds: 10, schedules: 500 },
    mostSeconds: 5,
  };
  const result = await takeFigures({
    ...(short && few),
    ...chosen,
    onBegin: printHeader,
    onFigure: (figure) => printFigure(figure),
  });
  printSummary(result);
  return { name: "figures", result, isGood: result.findings.length === 0 };
}
