import type { AgentRunner } from "../runner.js";
import type { PlantedFault } from "./fault.js";

type Figure = "cost" | "tokens";

const known = (figure: Figure) => `${figure}: is what the program said last, while it runs and after its end`;
const unknown = (figure: Figure) =>
  `${figure}: of a program that says nothing of it is not known, which is not 0`;

export const countingFaults: readonly PlantedFault[] = (["cost", "tokens"] as const).flatMap(
  (figure): readonly PlantedFault[] => [
    changedFigure(`${figure} is always 0`, figure, [known(figure), unknown(figure)], async () => 0),
    changedFigure(
      `says 0 where it does not know the ${figure}`,
      figure,
      [unknown(figure)],
      async (good, handle) => (await good[figure]?.(handle)) ?? 0,
    ),
    changedFigure(`forgets the ${figure} at the end`, figure, [known(figure)], async (good, handle) =>
      (await good.observe(handle))[0]?.fact.kind === "running" ? good[figure]?.(handle) : undefined,
    ),
  ],
);

function changedFigure(
  name: string,
  figure: Figure,
  breaks: readonly string[],
  changed: (
    good: AgentRunner,
    ...words: Parameters<NonNullable<AgentRunner[Figure]>>
  ) => Promise<number | undefined>,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) =>
      good[figure] === undefined ? good : { ...good, [figure]: (handle: never) => changed(good, handle) },
  };
}
