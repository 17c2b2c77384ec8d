import type { AskOptions, Project } from "@wiggum/control-plane";
import type { Context } from "../context.js";

const interruptions = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Asks the agent program. It runs hidden and outside of this process's group, where no Ctrl-C reaches it: who breaks this command off ends it,
 * with all that it started, and then this process ends by the same signal.
 */
export async function askUntilInterrupted(
  context: Context,
  project: Project,
  prompt: string,
  options: AskOptions = {},
): Promise<string> {
  const signal = context.host.interruption(interruptions);
  try {
    return await untilSettled(() => project.ask(prompt, { ...options, signal }));
  } catch (error) {
    const by = interruptions.find((name) => signal.aborted && name === signal.reason);
    if (by !== undefined) process.kill(process.pid, by);
    throw error;
  }
}

/** A second Ctrl-C must not end this process before the program, which takes seconds at most. */
async function untilSettled<Result>(work: () => Promise<Result>): Promise<Result> {
  const hold = () => {};
  for (const name of interruptions) process.on(name, hold);
  try {
    return await work();
  } finally {
    for (const name of interruptions) process.off(name, hold);
  }
}
