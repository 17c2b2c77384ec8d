import { printable } from "@wiggum/ticket-core";
import { type AgentRunner, isWorkflowError } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { findProgram } from "./find-program.js";
import type { ProjectPaths } from "./project-paths.js";

export interface CommandStart {
  readonly paths: ProjectPaths;
  readonly runner: AgentRunner;
  /** Environment of whoever starts agents. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Why an agent command cannot be started, as a sentence; `undefined` = it can. Nothing is started. */
export async function commandFault(
  { paths, runner, environment }: CommandStart,
  command: readonly string[],
): Promise<string | undefined> {
  const [program = ""] = command;
  const clean = cleanEnvironment(environment);
  if (runner.checkCommand === undefined) {
    const isFound = program !== "" && findProgram(program, clean, paths.root) !== undefined;
    return isFound ? undefined : `The agent command '${printable(program)}' was not found`;
  }
  try {
    await runner.checkCommand({ command, environment: clean, cwd: paths.root });
    return undefined;
  } catch (error) {
    if (isWorkflowError(error, "AGENT_COMMAND_MISSING")) return error.message;
    throw error;
  }
}
