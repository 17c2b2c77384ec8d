import { delimiter, dirname } from "node:path";
import { sessionVariables } from "@wiggum/workflow";
import { findProgram } from "./find-program.js";
import { hookVariables } from "./hook-environment.js";

/** What one agent is told about itself. */
const agentVariables: readonly string[] = [...sessionVariables, "WIGGUM_EPOCH", "WIGGUM_ROLE", "WIGGUM_PORT"];

/** Variables that point git at a repository (`git rev-parse --local-env-vars`): an agent's git must find its own worktree. */
export const gitVariables: readonly string[] = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_PARAMETERS",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_QUARANTINE_PATH",
  "GIT_REFLOG_ACTION",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
];

const removed: ReadonlySet<string> = new Set([...hookVariables, ...agentVariables, ...gitVariables]);

function isRemoved(name: string): boolean {
  return removed.has(name) || /^EXIT_[A-Z_]+$/.test(name) || /^GIT_CONFIG_(?:KEY|VALUE)_\d+$/.test(name);
}

/** A caller's environment without what belongs to a hook, to another agent or to another repository. */
export function cleanEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    if (value !== undefined && !isRemoved(name)) environment[name] = value;
  }
  return environment;
}

export interface AgentIdentity {
  readonly agentId: string;
  readonly generation: number;
  readonly role: string;
  readonly ticketId?: string | undefined;
  readonly epoch?: number | undefined;
  /** A TCP port that is this agent's alone. */
  readonly port?: number | undefined;
  /** git knows nobody here: the agent's commits then bear its own name. */
  readonly isNameless?: boolean | undefined;
}

/**
 * The environment of an agent: the cleaned caller's, and who it is. `wiggum` is the program to call back; it goes to the end of `PATH`
 * where no `wiggum` is found there, so that prompts may simply say `wiggum`.
 */
export function agentEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
  agent: AgentIdentity,
  wiggum: string,
): Record<string, string> {
  const environment = cleanEnvironment(caller);
  if (findProgram("wiggum", environment, "/") === undefined) {
    environment["PATH"] = [environment["PATH"], dirname(wiggum)].filter(Boolean).join(delimiter);
  }
  const name = { NAME: agent.agentId, EMAIL: `${agent.agentId}@local` };
  return {
    ...environment,
    // Nobody sits there to write a message or type a password: git goes on with what it has, or fails, but never waits.
    GIT_EDITOR: "true",
    GIT_TERMINAL_PROMPT: "0",
    ...(agent.isNameless === true
      ? {
          GIT_AUTHOR_NAME: name.NAME,
          GIT_AUTHOR_EMAIL: name.EMAIL,
          GIT_COMMITTER_NAME: name.NAME,
          GIT_COMMITTER_EMAIL: name.EMAIL,
        }
      : {}),
    WIGGUM_AGENT_ID: agent.agentId,
    WIGGUM_GENERATION: String(agent.generation),
    WIGGUM_ROLE: agent.role,
    WIGGUM_BIN: wiggum,
    ...(agent.ticketId === undefined ? {} : { WIGGUM_TICKET_ID: agent.ticketId }),
    ...(agent.epoch === undefined ? {} : { WIGGUM_EPOCH: String(agent.epoch) }),
    ...(agent.port === undefined ? {} : { WIGGUM_PORT: String(agent.port) }),
  };
}
