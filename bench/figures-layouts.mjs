// What a write costs with all tickets in one folder, and in 256: the same store, moved from one layout to the other.
import { interleave, ratioOf } from "./samples.mjs";

/** Each layout in turn, the one that suits the store last. Reported: what is to be reached is told by the rows of commands. */
export async function layouts(project, { size, ...options }, tell) {
  const raw = {};
  for (const layout of size > 1_000 ? ["flat", "fan-out"] : ["fan-out", "flat"]) {
    project.wiggum("doctor", "--relayout", layout);
    const process = project.live();
    try {
      // Whoever comes first after a move brings index and view up to date.
      await process.move();
      project.transition();
      const times = await interleave(
        { bare: project.bare, live: process.move, transition: project.transition },
        options,
      );
      raw[layout] = times;
      for (const [row, name] of [
        ["live write", "live"],
        ["transition", "transition"],
      ]) {
        const { ratio, low, high, fastest } = ratioOf(times[name], times.bare);
        const samples = times[name].length;
        tell({ row: `${row}, ${layout} / bare node`, size, value: ratio, low, high, fastest, samples });
      }
      tell({
        row: `kilobytes of new objects per write, ${layout}`,
        unit: "kilobytes",
        size,
        value: project.writtenKilobytes(),
      });
    } finally {
      await process.end();
    }
  }
  return raw;
}
