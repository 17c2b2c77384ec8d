import type { AgentRunner } from "./runner.js";

/** Can this runner look at, talk to and end sessions that the runner of that name started? */
export function reachesSessionsOf(
  runner: Pick<AgentRunner, "name" | "goesOnWith">,
  runnerName: string,
): boolean {
  return runner.name === runnerName || runner.goesOnWith?.includes(runnerName) === true;
}
