// For runners that keep their agents as this one does, and start them elsewhere: in a pane, in a container.
export { createSessionRunner, type SessionRunnerSettings } from "../create-session-runner.js";
export { describeFailure, printable, runnerFailed } from "../failures.js";
export { findProgram } from "../find-program.js";
export { createProcessTable, type ProcessEntry, signalProcess } from "../process-table.js";
export { readLastLines } from "../read-output.js";
export {
  currentSession,
  findGenerations,
  readKeeper,
  type Session,
  sessionOf,
  sessionPaths,
} from "../session-files.js";
export { spawnKeeper } from "../spawn-keeper.js";
export type { KeeperLaunch, LaunchedKeeper } from "../start-session.js";
