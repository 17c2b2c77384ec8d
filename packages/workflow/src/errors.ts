import { CodedError, hasMarker, type TicketId } from "@wiggum/ticket-core";
import type { BudgetUse } from "./budgets.js";
import type { AgentId, ProcessSummary } from "./runner.js";

/** What each error code of workflow, runners and control plane carries. */
export interface WorkflowErrorData {
  /** `.wiggum/ticket_types.json` is wrong: all problems, each with its JSON path. */
  TYPES_INVALID: {
    readonly path?: string | undefined;
    /** `at` is a JSON path (`$.types.task.transitions[2].to`), `line` where it stands in the file, where a text was read. */
    readonly problems: readonly {
      readonly at: string;
      readonly line?: number | undefined;
      readonly message: string;
    }[];
  };
  /** An agent asked for its own end, which would also end the command that sees to it. */
  KILL_FROM_INSIDE: { readonly agentId: AgentId };
  /** A before-hook changes the ticket that it checks, at each run. */
  HOOK_WRITES: { readonly hook: string; readonly id: TicketId };
  /** A before-hook said no, or could not be run: the transition was not made. `output` is what it printed last. */
  HOOK_BLOCKED: { readonly hook: string; readonly output: string; readonly exitCode?: number | undefined };
  /** A hook's command set off a hook, and so on: such chains are stopped at 8. */
  HOOK_TOO_DEEP: { readonly hook: string; readonly depth: number };
  /** No such (event, hook) in the outbox, or not one that waits for a decision. */
  HOOK_RUN_NOT_FOUND: { readonly eventId: string; readonly hook: string };
  /** The outbox cannot be read: not a database, damaged, or of a newer format. */
  OUTBOX_BROKEN: { readonly path: string; readonly isReplaceable: boolean };
  /** Other processes held the outbox for as long as was waited (milliseconds). */
  OUTBOX_BUSY: { readonly path: string; readonly waitedMs: number };
  /** A named condition of the edge does not hold. */
  GUARD_REFUSED: { readonly guard: string; readonly id: TicketId };
  /** Two branches change the same places of `files`; nothing was moved. */
  MERGE_CONFLICT: {
    readonly source: string;
    readonly target: string;
    readonly files: readonly string[];
    /** What to type, in this order; absent = it depends on what is wanted. */
    readonly commands?: readonly [string, ...string[]] | undefined;
  };
  /** Local changes in a checkout of the branch touch the files that would change; nothing was moved. */
  CHECKOUT_OVERLAP: { readonly worktree: string; readonly files: readonly string[] };
  /** As many agents are at work as may be. */
  NO_CAPACITY: { readonly used: number; readonly maxAgents: number };
  /** A provider's limit stops all agents until the named moment (ISO 8601). */
  POOL_PAUSED: { readonly until: string; readonly reason: string };
  /** Nothing is left of a budget for another session: of a ticket, of this run, of this day. */
  BUDGET_SPENT: BudgetUse;
  /** What is left of a budget is reserved by sessions that run: what they do not use will be free. */
  BUDGET_RESERVED: BudgetUse;
  /** Another live agent has that role on that ticket. */
  AGENT_LIVE: {
    readonly agentId: AgentId;
    readonly role: string;
    readonly ticketId?: TicketId | undefined;
    /** Where no runner knows its session: what was found in its worktree. */
    readonly processes?: readonly ProcessSummary[] | undefined;
  };
  /** No agent of this name is registered; where `kill` says so, nothing is left of one, either. */
  AGENT_NOT_FOUND: { readonly agentId: AgentId };
  /** No session of agents is there. */
  NO_SESSION: { readonly session: string };
  /** The program that starts agents is not there, or cannot be executed. */
  AGENT_COMMAND_MISSING: { readonly command: string };
  /** The agent program's own sandbox is closed to folders that an agent must write into. `output` is what the try printed last. */
  AGENT_CANNOT_WRITE: {
    readonly command: string;
    readonly folders: readonly string[];
    readonly output: string;
  };
  /** The handle is of an older session of this agent: another one runs in its place. */
  STALE_HANDLE: { readonly agentId: AgentId; readonly generation: number; readonly current: number };
  /** The runner could not do or look at something. It says nothing about the agent. */
  RUNNER_FAILED: { readonly runner: string };
  /** Nothing waits for an answer to this request: it was answered, or its time ran out. */
  REQUEST_GONE: { readonly requestId: string };
  /** There is no question there: nobody waits for an answer. `about` is the agent or ticket that was named. */
  NOTHING_ASKED: { readonly about: string };
  /** Such an answer does not fit what is asked: a permission wants yes or no, of a person; a question wants words. */
  ANSWER_UNSUITABLE: { readonly agentId: AgentId };
  /** The runner lacks this ability: its optional method is not there. */
  RUNNER_UNSUPPORTED: { readonly runner: string; readonly method: string };
  /** A step of a spawn failed; what had been done before it is undone. */
  SPAWN_FAILED: { readonly agentId: AgentId; readonly step: string };
  /** No agent of this role can work on the ticket now; all reasons are given. */
  TICKET_NOT_WORKABLE: { readonly id: TicketId; readonly reasons: readonly string[] };
  /** Agents of this role work on a ticket, and none was named. */
  ROLE_NEEDS_TICKET: { readonly role: string };
  /** Neither this folder nor one above it belongs to a project. */
  NOT_A_PROJECT: { readonly path: string };
  /** A control folder that Wiggum did not make. */
  FOREIGN_FOLDER: { readonly path: string };
  /** A project of the shell version, which nobody said may be changed yet. */
  UPGRADE_NOT_CONFIRMED: { readonly path: string };
  /** A newer version of Wiggum wrote this control folder. */
  PROJECT_FORMAT_NEWER: { readonly path: string; readonly found: number; readonly supported: number };
  /** Another process schedules this project. `since` is ISO 8601; all absent = it could not be found out who. */
  SUPERVISOR_RUNNING: {
    readonly pid?: number | undefined;
    readonly host?: string | undefined;
    readonly since?: string | undefined;
  };
  /** A hook asked for an agent, and `wiggum teardown` had ended the session after the transition that it was run for. */
  SESSION_TORN_DOWN: { readonly eventId: string };
  /** Another process holds what must be done by one at a time. */
  PROJECT_BUSY: { readonly path: string; readonly waitedMs: number };
  /**
   * Settings in files or in the environment cannot be used: all problems at once. `path` and `line` are those of the first one; `at` is the
   * name of the setting, `message` what is wrong with it, in words that go on after the name.
   */
  SETTINGS_INVALID: {
    readonly path?: string | undefined;
    readonly line?: number | undefined;
    readonly problems: readonly {
      readonly at: string;
      readonly path?: string | undefined;
      readonly line?: number | undefined;
      readonly message: string;
    }[];
  };
  /** The value of a command line flag (for programs: of the option of that name) cannot be used. */
  FLAG_INVALID: { readonly flag: string; readonly value: string };
  /** The folder and the environment name different agents: who calls is not guessed. */
  IDENTITY_MISMATCH: {
    readonly folder: string;
    readonly recorded?: AgentId | undefined;
    readonly environment?: AgentId | undefined;
  };
  /** The files that show the tickets in this folder are not there. */
  VIEW_MISSING: { readonly path: string };
  /** A process of an older session of this agent, or of an ended agent: it must stop. */
  AGENT_FENCED: { readonly agentId: AgentId; readonly generation: number; readonly current: number };
  /** A branch that is needed is not there. */
  BRANCH_MISSING: { readonly branch: string };
  /** A check did not pass on the combined tree: the branch was not moved. */
  CHECKS_FAILED: {
    readonly command: readonly string[];
    readonly exitCode?: number | undefined;
    readonly output: string;
  };
  /** The set-up program of a new worktree failed: nothing was kept. */
  SETUP_FAILED: {
    readonly command: readonly string[];
    readonly exitCode?: number | undefined;
    readonly output: string;
  };
  /** A worktree may not be removed now, with every reason. */
  WORKTREE_UNSAFE: { readonly worktree: string; readonly reasons: readonly string[] };
  /** The project was copied, and this worktree of the copy still leads git to the original: nothing was done in either. */
  WORKTREE_COPIED: { readonly worktree: string; readonly original: string };
  /** Processes of this agent are still there after everything was tried: nothing of it was removed. */
  AGENT_SURVIVES: {
    readonly agentId: AgentId;
    readonly survivors: readonly ProcessSummary[];
    /** Name of the salvage point that was made of its work. */
    readonly salvaged?: string | undefined;
  };
  /** Another process is starting this agent at this moment. */
  AGENT_STARTING: { readonly agentId: AgentId };
  /** A name that no role may have: it becomes part of branches, folders and the names of agents. */
  ROLE_NAME_INVALID: { readonly name: string };
  /** The registry of agents cannot be read: not a database, damaged, or of a newer format. Replaceable: nothing is lost by making it anew. */
  REGISTRY_BROKEN: { readonly path: string; readonly isReplaceable: boolean };
  /** No space is left, or the quota is used up: this file is as it was. */
  DISK_FULL: { readonly path: string };
  /** The file system is read-only, or there is no permission. */
  NOT_WRITABLE: { readonly path: string };
  /** Other processes held the registry for as long as was waited (milliseconds). */
  REGISTRY_BUSY: { readonly path: string; readonly waitedMs: number };
  /** Another process moves this branch at the moment. */
  MERGE_BUSY: { readonly branch: string; readonly waitedMs: number };
  /** No program of that name in the tools folder, or one that may not be executed. */
  TOOL_NOT_FOUND: { readonly name: string; readonly known: readonly string[] };
  /** It ended with another code than 0, or was stopped because it took too long. `output` is what it had printed. */
  TOOL_FAILED: {
    readonly name: string;
    readonly exitCode?: number | undefined;
    readonly output: string;
  };
  /** No salvage point is called so, or several are; `candidates` names those. */
  SALVAGE_NOT_FOUND: { readonly name: string; readonly candidates: readonly string[] };
  /** Files are in the way of a restore; nothing was written. */
  RESTORE_BLOCKED: { readonly folder: string; readonly files: readonly string[] };
  /** No ticket was named, and the branch is not that of an agent with one. */
  TICKET_NOT_NAMED: { readonly branch?: string | undefined };
  /** This branch cannot be rebased now: it is shared, HEAD is detached, or the checkout is not clean. */
  REBASE_REFUSED: { readonly branch?: string | undefined; readonly reason: string };
}

/** Every code that a `WorkflowError` may have. Codes stay; a new version may add some. */
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
