// The figures of many processes at once, and the judge's word on what they wrote.
import { join } from "node:path";
import { bigStoreId } from "./big-store.mjs";
import { loopers, plainHerd, wiggumHerd } from "./herd.mjs";
import { judgeStore } from "./judge.mjs";
import { jainOf, median } from "./samples.mjs";

/** Larger stores are not cloned sixteen times for the plain path. */
const mostForPlainHerd = 10_000;

/** Each of many processes writes once: against one alone, and against as many on the plain path. What is amiss goes to `findings`. */
export async function herds(project, plain, { size, processes, rounds }, tell, findings) {
  const tickets = Array.from({ length: Math.max(...processes) }, (_, index) => bigStoreId(index));
  const since = project.head();
  const attempts = [];
  const raw = [];
  const wiggumOf = async (count, round) => {
    const { outcomes, ...run } = await wiggumHerd(project.root, tickets, count, `${count} ${round}`);
    attempts.push(...outcomes);
    if (run.landed !== count)
      findings.push(`herd of ${count} at ${size} tickets: ${run.landed} landed, ${complaintsOf(outcomes)}`);
    return { count, ...run };
  };
  for (let round = 0; round < rounds; round += 1) {
    const alone = await wiggumOf(1, `${round} alone`);
    for (const count of processes) {
      const wiggum = await wiggumOf(count, round);
      const plainRun = count <= 16 && size <= mostForPlainHerd ? await plainHerd(plain, count) : undefined;
      raw.push({ round, aloneMs: alone.slowestMs, ...wiggum, plain: plainRun });
    }
  }
  for (const count of processes) {
    const runs = raw.filter((run) => run.count === count);
    const values = (pick) => {
      const list = runs.map(pick);
      return { value: median(list), low: Math.min(...list), high: Math.max(...list), samples: list.length };
    };
    const slow = values(({ slowestMs, aloneMs }) => slowestMs / aloneMs);
    const mostSlow = { 16: 20, 64: 30 }[count];
    tell({
      row: "slowest of a herd / one alone",
      size,
      processes: count,
      ...slow,
      ...(mostSlow && { most: mostSlow }),
    });
    if (runs.every(({ plain: other }) => other !== undefined))
      tell({
        row: "herd per second / pull, commit, push",
        size,
        processes: count,
        ...values(({ perSecond, plain: other }) => perSecond / other.perSecond),
        ...(count === 16 && { least: 8 }),
      });
  }
  findings.push(
    ...judgeStore(project.store, attempts, { since }).map((finding) => `herds at ${size}: ${finding}`),
  );
  return raw;
}

const complaintsOf = (outcomes) =>
  [...new Set(outcomes.filter(({ code }) => code !== 0).map(({ complaint }) => complaint))].join(" | ");

/** Sixteen live processes that write on and on: does each get its share? */
export async function loop(project, { folder, seconds, size }, tell, findings) {
  const tickets = Array.from({ length: 16 }, (_, index) => bigStoreId(index));
  const since = project.head();
  const { attempts, ...run } = await loopers(join(folder, "loopers"), project.store, tickets, { seconds });
  tell({
    row: "fairness of loopers (Jain)",
    unit: "share",
    size,
    processes: 16,
    value: jainOf(run.counts),
    least: 0.8,
  });
  tell({ row: "slowest write of loopers / median", size, processes: 16, value: run.mostMs / run.medianMs });
  findings.push(...judgeStore(project.store, attempts, { since }).map((finding) => `loopers: ${finding}`));
  return run;
}
