import { expect, test } from "vitest";
import { groups, takeFigures } from "./figures.mjs";

interface Figure {
  readonly row: string;
  readonly value: number;
  readonly most?: number;
  readonly least?: number;
  readonly verdict: string;
}

// No figure is held here, machines are noisy: that each is taken, has its verdict, and that nothing was lost while it was.
test("the figures of a small store: every group has some, with verdicts that fit, and its writes are all in the history", async () => {
  const told: Figure[] = [];
  const { figures, findings, raw } = await takeFigures({
    sizes: [100],
    processes: [1, 4],
    samples: 2,
    rounds: 1,
    loopSeconds: 1,
    idle: { agents: 2, seconds: 1, schedules: 20 },
    mostSeconds: 5,
    onFigure: (figure: Figure) => told.push(figure),
  });
  expect(findings).toEqual([]);
  expect(told).toEqual(figures);
  expect(Object.keys(Object.values<object>(raw)[0] ?? {})).toEqual(groups);
  for (const { row, value, most, least, verdict } of told) {
    expect(value, row).toEqual(expect.any(Number));
    const isReported = most === undefined && least === undefined;
    const isMet = value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY);
    expect(verdict, row).toBe(isReported ? "reported" : isMet ? "met" : "NOT MET");
  }
  expect(told.at(-1)).toMatchObject({ row: expect.stringMatching(/^lost, illegal/), verdict: "met" });
});
