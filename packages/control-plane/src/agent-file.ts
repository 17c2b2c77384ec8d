import { printable } from "@wiggum/ticket-core";
import { type AgentId, WorkflowError } from "@wiggum/workflow";
import { worktreePaths } from "./project-paths.js";
import { readSettingsText } from "./settings-problems.js";

/** `agent.json` in an agent's worktree: whose folder this is. Written at each start of a session, before the agent runs. */
export interface AgentFile {
  readonly agentId: AgentId;
  readonly role: string;
  readonly generation: number;
  readonly ticketId?: string | undefined;
  /** Epoch of the ticket's claim under which the session was started. */
  readonly epoch?: number | undefined;
  readonly isSupervised: boolean;
}

export function agentFileText(agent: AgentFile): string {
  return `${JSON.stringify(agent, null, 2)}\n`;
}

/** Whose worktree this is; undefined where no agent's. @throws SETTINGS_INVALID the file is damaged */
export async function readAgentFile(worktree: string): Promise<AgentFile | undefined> {
  const { agentFile: path } = worktreePaths(worktree);
  const text = await readSettingsText(path);
  if (text === undefined) return undefined;
  const value = parse(text);
  const { agentId, role, generation, ticketId, epoch, isSupervised = false } = value ?? {};
  const isWhole =
    typeof agentId === "string" &&
    typeof role === "string" &&
    isCount(generation) &&
    (ticketId === undefined || ticketId === null || typeof ticketId === "string") &&
    (epoch === undefined || epoch === null || isCount(epoch)) &&
    typeof isSupervised === "boolean";
  if (!isWhole) {
    throw new WorkflowError(
      "SETTINGS_INVALID",
      `${printable(path)} is damaged: it does not say which agent works in this folder`,
      { path, problems: [{ at: "agent.json", message: "is damaged" }] },
      {
        hint: "Start the agent again with 'wiggum spawn', or remove it with 'wiggum kill'. A person works from the main project.",
      },
    );
  }
  return {
    agentId,
    role,
    generation,
    ...(typeof ticketId === "string" ? { ticketId } : {}),
    ...(typeof epoch === "number" ? { epoch } : {}),
    isSupervised,
  };
}

function parse(text: string): Partial<Record<keyof AgentFile, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
