import type { GitErrorCode } from "@wiggum/git";
import type { TicketErrorCode } from "@wiggum/ticket-core";
import type { WorkflowErrorCode } from "@wiggum/workflow";

/** The documented exit codes, under the names that hooks get as environment variables. */
export const exitCodes = {
  EXIT_SUCCESS: 0,
  EXIT_ERROR: 1,
  EXIT_INVALID_ARGS: 2,
  EXIT_SESSION_NOT_FOUND: 3,
  EXIT_PANE_NOT_FOUND: 4,
  EXIT_TICKET_NOT_FOUND: 5,
  EXIT_INVALID_TRANSITION: 6,
  EXIT_MERGE_CONFLICT: 7,
  EXIT_TICKET_CHANGED: 8,
  EXIT_HELD: 9,
  EXIT_FENCED: 10,
  EXIT_OUTCOME_UNKNOWN: 11,
  EXIT_TRY_LATER: 12,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Failures of the command line itself: what they mean. */
export interface CommandErrorData {
  /** Bad or missing arguments or flags, or input that is no text. */
  USAGE: object;
  /** There is no such command, or the group of commands was not completed. */
  COMMAND_UNKNOWN: object;
  /** The editor could not be started, or ended with an error; nothing was written. */
  EDITOR_FAILED: object;
  /** A hook that was run by hand did not pass. */
  HOOK_FAILED: object;
  /** Edits of ticket files were refused; each is named, and its file stays as it was left. */
  EDITS_REFUSED: object;
  /** There is nothing of that format at the path that was named; nothing was written. */
  SOURCE_UNREADABLE: object;
  /** Something lies already where the export was to be written; it was left alone. */
  TARGET_EXISTS: object;
  /** No such operation was ever written: the write may be sent again. */
  OUTCOME_ABSENT: object;
  /** The module of `conformance` cannot be loaded, or exports nothing that makes a backend or a runner. */
  MODULE_UNUSABLE: object;
  /** The message was not taken: the agent's session has ended. */
  DELIVERY_REFUSED: object;
  /** It is not known whether the message arrived. */
  DELIVERY_UNKNOWN: object;
  /** More than one agent is at work, and `--force` was not given. */
  AGENTS_ACTIVE: object;
  /** It needs a terminal, and standard input or output is none. */
  NO_TERMINAL: object;
  /** A rebase stopped at a conflict and is open. */
  REBASE_CONFLICT: object;
  /** None of these: a failure of the system, or a defect of wiggum. */
  UNEXPECTED: object;
}

export type CommandErrorCode = keyof CommandErrorData;

const ticketExits = {
  ID_INVALID: 5,
  TICKET_NOT_FOUND: 5,
  TICKET_AMBIGUOUS: 5,
  TICKET_INVALID: 2,
  TICKET_UNREADABLE: 1,
  TICKET_CONFLICT: 9,
  FIELD_CONFLICT: 9,
  TICKET_FENCED: 10,
  TICKET_HELD: 9,
  TICKET_BLOCKED: 6,
  TICKET_CHANGED: 8,
  COMMIT_UNKNOWN: 11,
  STATE_UNKNOWN: 6,
  TRANSITION_NOT_ALLOWED: 6,
  TRANSITION_NEEDS_WORKFLOW: 1,
  TYPE_UNKNOWN: 2,
  DEPENDENCY_CYCLE: 1,
  CRITERION_NOT_FOUND: 2,
  ATTACHMENT_INVALID: 2,
  ATTACHMENT_NOT_FOUND: 5,
  ATTACHMENT_CONFLICT: 9,
  QUERY_INVALID: 2,
  STORE_BUSY: 12,
  STORE_LOCKED: 12,
  DISK_FULL: 1,
  STORE_READ_ONLY: 1,
  STORE_BROKEN: 1,
  OFFLINE: 12,
  UPSTREAM_UNUSABLE: 1,
  UNSUPPORTED: 1,
} as const satisfies Record<TicketErrorCode, ExitCode>;

const workflowExits = {
  TYPES_INVALID: 1,
  HOOK_BLOCKED: 1,
  HOOK_WRITES: 1,
  KILL_FROM_INSIDE: 1,
  HOOK_TOO_DEEP: 1,
  GUARD_REFUSED: 1,
  MERGE_CONFLICT: 7,
  CHECKOUT_OVERLAP: 1,
  NO_CAPACITY: 12,
  POOL_PAUSED: 12,
  BUDGET_RESERVED: 12,
  BUDGET_SPENT: 1,
  AGENT_LIVE: 9,
  AGENT_NOT_FOUND: 4,
  NO_SESSION: 3,
  AGENT_COMMAND_MISSING: 1,
  AGENT_CANNOT_WRITE: 1,
  STALE_HANDLE: 1,
  RUNNER_FAILED: 1,
  RUNNER_UNSUPPORTED: 1,
  REQUEST_GONE: 1,
  NOTHING_ASKED: 1,
  ANSWER_UNSUITABLE: 2,
  SPAWN_FAILED: 1,
  TICKET_NOT_WORKABLE: 6,
  ROLE_NEEDS_TICKET: 2,
  ROLE_NAME_INVALID: 2,
  NOT_A_PROJECT: 1,
  FOREIGN_FOLDER: 1,
  UPGRADE_NOT_CONFIRMED: 1,
  PROJECT_FORMAT_NEWER: 1,
  SETTINGS_INVALID: 1,
  FLAG_INVALID: 2,
  IDENTITY_MISMATCH: 1,
  AGENT_FENCED: 10,
  AGENT_STARTING: 12,
  AGENT_SURVIVES: 1,
  BRANCH_MISSING: 1,
  CHECKS_FAILED: 1,
  HOOK_RUN_NOT_FOUND: 2,
  MERGE_BUSY: 12,
  OUTBOX_BROKEN: 1,
  OUTBOX_BUSY: 12,
  PROJECT_BUSY: 12,
  SUPERVISOR_RUNNING: 9,
  SESSION_TORN_DOWN: 9,
  REBASE_REFUSED: 1,
  REGISTRY_BROKEN: 1,
  DISK_FULL: 1,
  NOT_WRITABLE: 1,
  REGISTRY_BUSY: 12,
  RESTORE_BLOCKED: 1,
  SALVAGE_NOT_FOUND: 2,
  TOOL_NOT_FOUND: 2,
  TOOL_FAILED: 1,
  TICKET_NOT_NAMED: 2,
  SETUP_FAILED: 1,
  VIEW_MISSING: 1,
  WORKTREE_UNSAFE: 1,
  WORKTREE_COPIED: 1,
} as const satisfies Record<WorkflowErrorCode, ExitCode>;

const gitExits = {
  GIT_FAILED: 1,
  GIT_STOPPED: 12,
  GIT_MISSING: 1,
  GIT_TOO_OLD: 1,
  GIT_TIMEOUT: 1,
  OUTPUT_TOO_LARGE: 1,
  NOT_A_REPOSITORY: 1,
  REF_NAME_INVALID: 2,
  REF_MOVED: 9,
  REF_LOCKED: 12,
  COMMIT_NOT_FOUND: 1,
  UNRELATED_HISTORIES: 1,
  CHECKOUT_OVERLAP: 1,
  CHECKOUT_BUSY: 12,
  BRANCH_CHECKED_OUT: 1,
  BRANCH_NOT_MERGED: 1,
  WORKTREE_NOT_CLEAN: 1,
  WORKTREE_NOT_FOUND: 1,
  WORKTREE_LOCKED: 1,
  NO_REBASE: 1,
  REBASE_OPEN: 7,
} as const satisfies Record<GitErrorCode, ExitCode>;

const commandExits = {
  USAGE: 2,
  COMMAND_UNKNOWN: 2,
  EDITOR_FAILED: 1,
  HOOK_FAILED: 1,
  EDITS_REFUSED: 1,
  SOURCE_UNREADABLE: 1,
  TARGET_EXISTS: 1,
  OUTCOME_ABSENT: 1,
  MODULE_UNUSABLE: 2,
  DELIVERY_REFUSED: 1,
  DELIVERY_UNKNOWN: 11,
  AGENTS_ACTIVE: 1,
  NO_TERMINAL: 1,
  REBASE_CONFLICT: 7,
  UNEXPECTED: 1,
} as const satisfies Record<CommandErrorCode, ExitCode>;

export type FailureCode = TicketErrorCode | WorkflowErrorCode | GitErrorCode | CommandErrorCode;

/** Error code to exit number. `satisfies` above: a code that somebody adds does not compile until it has its number here. */
export const exitCodeOf: Readonly<Record<FailureCode, ExitCode>> = {
  ...ticketExits,
  ...workflowExits,
  ...gitExits,
  ...commandExits,
};
