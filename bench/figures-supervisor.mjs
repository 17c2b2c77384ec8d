// Rows of the supervisor: a look, and hours in which nothing happens; and the schedules that its rules are tried on.
import { runSchedules } from "./simulate.mjs";
import { idleSupervisor, tickCost } from "./supervisor.mjs";

/** So many schedules the figure is of, however many were run. */
const manySchedules = 10_000;

export async function supervisor({ size, agents, seconds, schedules }, tell, findings) {
  const ticks = await tickCost({ size, seconds: Math.min(seconds, 20) });
  tell({
    row: "processor time of a supervisor's look / of a bare node",
    size,
    value: ticks.tick / ticks.bare,
    samples: ticks.looks,
    most: 0.2,
  });
  const idle = {};
  for (const runner of ["process", "tmux"]) {
    idle[runner] = await idleSupervisor({ runner, agents, seconds });
    findings.push(...idle[runner].findings);
    tell({
      row: `percent of a core, ${agents} idle agents, ${runner} runner`,
      unit: "percent",
      value: idle[runner].percent,
      most: 1,
    });
  }
  const simulated = await runSchedules({ schedules });
  findings.push(...simulated.violations.map(({ seed, violation }) => `schedule ${seed}: ${violation}`));
  tell({
    row: `seconds of ${manySchedules.toLocaleString("en")} simulated schedules`,
    unit: "seconds",
    value: (simulated.seconds * manySchedules) / simulated.schedules,
    samples: simulated.schedules,
    most: 60,
  });
  return { ticks, idle, simulated };
}
