import { CodedError, hasMarker, type TicketId } from "@wiggum/ticket-core";
import type { AgentId } from "./runner.js";

/** What each error code of workflow, runners and control plane carries. */
export interface WorkflowErrorData {
  /** `.wiggum/ticket_types.json` is wrong: all problems, each with its JSON path. */
  TYPES_INVALID: {
    readonly path?: string | undefined;
    readonly problems: readonly { readonly at: string; readonly message: string }[];
  };
  HOOK_BLOCKED: { readonly hook: string; readonly output: string; readonly exitCode?: number | undefined };
  HOOK_TOO_DEEP: { readonly hook: string; readonly depth: number };
  /** A named condition of the edge does not hold. */
  GUARD_REFUSED: { readonly guard: string; readonly id: TicketId };
  MERGE_CONFLICT: { readonly source: string; readonly target: string; readonly files: readonly string[] };
  CHECKOUT_OVERLAP: { readonly worktree: string; readonly files: readonly string[] };
  NO_CAPACITY: { readonly used: number; readonly maxAgents: number };
  /** Another live agent has that role on that ticket. */
  AGENT_LIVE: { readonly agentId: AgentId; readonly role: string; readonly ticketId?: TicketId | undefined };
  AGENT_NOT_FOUND: { readonly agentId: AgentId };
  NO_SESSION: { readonly session: string };
  AGENT_COMMAND_MISSING: { readonly command: string };
  STALE_HANDLE: { readonly agentId: AgentId; readonly generation: number; readonly current: number };
  RUNNER_FAILED: { readonly runner: string };
  RUNNER_UNSUPPORTED: { readonly runner: string; readonly method: string };
  SPAWN_FAILED: { readonly agentId: AgentId; readonly step: string };
  TICKET_NOT_WORKABLE: { readonly id: TicketId; readonly reasons: readonly string[] };
  ROLE_NEEDS_TICKET: { readonly role: string };
}

export type WorkflowErrorCode = keyof WorkflowErrorData;

const marker = Symbol.for("@wiggum/workflow/error");

/** Every failure of workflow and runners that a caller may handle. */
export class WorkflowError<Code extends WorkflowErrorCode = WorkflowErrorCode> extends CodedError<
  WorkflowErrorData,
  Code
> {
  override readonly name = "WorkflowError";
  readonly [marker] = true;
}

/** Is this a `WorkflowError` (of that code)? Works across copies of the package. */
export function isWorkflowError<Code extends WorkflowErrorCode>(
  value: unknown,
  code?: Code,
): value is WorkflowError<Code> {
  return hasMarker(value, marker) && (code === undefined || (value as WorkflowError).code === code);
}
