import { delimiter, dirname } from "node:path";
import { findProgram } from "./find-program.js";
import { outsideEveryAgent } from "./hook-environment.js";

/** A caller's environment without what belongs to a hook, to another agent or to another repository. */
export function cleanEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment = outsideEveryAgent(caller);
  delete environment["WIGGUM_BIN"];
  delete environment[setUpVariable];
  return environment;
}

const setUpVariable = "WIGGUM_SET_UP";

/** Marks the processes of a session's set-up program. The state directory names the project, the agent and the generation. */
export function setUpMarker(stateDirectory: string): { readonly name: string; readonly value: string } {
  return { name: setUpVariable, value: stateDirectory };
}

/** Who an agent is, for the environment that it starts with: its name, session, role, ticket and claim. */
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
