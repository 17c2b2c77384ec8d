import type { AgentRunner } from "@wiggum/workflow";
import { createSessionRunner, type SessionRunnerSettings } from "./create-session-runner.js";
import { spawnKeeper } from "./spawn-keeper.js";

/** Waits and limits of the runner, and what it looks at processes with. */
export type ProcessRunnerOptions = SessionRunnerSettings;

/**
 * Agents as plain child processes: each in a session of its own, with its output in a file of its state directory. All that is known
 * of a session lies in that folder and in the environment of its processes, so any process of this host can go on with it.
 */
export function createProcessRunner(options: ProcessRunnerOptions = {}): AgentRunner {
  return createSessionRunner({ ...options, name: "process", launchKeeper: spawnKeeper });
}
