import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import type { AgentId, AgentRegistry } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { describeEnd, type ProgramEnd, runProgram, shownCommand } from "./bounded-program.js";
import { fromRoot } from "./init-files.js";
import type { ProjectPaths } from "./project-paths.js";
import type { StructuredSettings } from "./settings.js";
import { writeWorktreeLog } from "./worktree-log.js";

/** Undoes in a worktree what its set-up did outside of it (a database, a container). Answers warnings. */
export type TearDownWorktree = (agentId: AgentId, worktree: string) => Promise<readonly string[]>;

/**
 * `worktree.tearDown` of the settings, run in a worktree that is about to be removed; `undefined` = none is set. One that fails or takes too long
 * is a warning and keeps nothing: what it printed is in its log.
 */
export function createTearDown({
  paths,
  settings,
  registry,
  environment,
}: {
  readonly paths: ProjectPaths;
  readonly settings: Pick<StructuredSettings, "worktree">;
  readonly registry: Pick<AgentRegistry, "read" | "leasePort">;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): TearDownWorktree | undefined {
  const { tearDown: command, tearDownTimeoutMs: timeoutMs } = settings.worktree;
  if (command === undefined) return undefined;

  async function variables(agentId: AgentId): Promise<Record<string, string>> {
    const agent = await registry.read(agentId);
    const generation = agent?.session?.generation;
    // What it held it still holds.
    const port = generation === undefined ? undefined : await registry.leasePort(agentId, generation, []);
    return {
      ...cleanEnvironment(environment),
      WIGGUM_AGENT_ID: agentId,
      ...(agent?.role === undefined ? {} : { WIGGUM_ROLE: agent.role }),
      ...(agent?.ticketId === undefined ? {} : { WIGGUM_TICKET_ID: agent.ticketId }),
      ...(port === undefined ? {} : { WIGGUM_PORT: String(port) }),
    };
  }

  return async (agentId, worktree) => {
    const run = join(paths.stateRoot, agentId, "tear-down");
    const program = {
      command,
      cwd: worktree,
      environment: await variables(agentId),
      timeoutMs,
      run,
      endsAlone: true,
    };
    const end: ProgramEnd = await runProgram(program);
    const log = await writeWorktreeLog(paths, agentId, "tear-down", command, end, timeoutMs);
    if (end.exitCode === 0 && !end.isTimeout) return [];
    const last = end.output.split("\n").at(-1) ?? "";
    return [
      `The tear-down program ${shownCommand(command)} ${describeEnd(end, timeoutMs)} in ${printable(worktree)}${last === "" ? "" : `: ${last}`} (${fromRoot(paths, log)})`,
    ];
  };
}
