import { type HookCall, sessionVariables } from "@wiggum/workflow";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** A ticket's file as a hook is shown it. */
export interface HookTicket {
  readonly text: string;
  /** In the view of the hook's working directory. */
  readonly path: string;
  readonly state: string;
  readonly assignedAgentId?: string | undefined;
  readonly createdAt?: string | undefined;
}

export interface HookEnvironmentInput {
  readonly call: HookCall;
  /** Environment of the calling process. */
  readonly base: Variables;
  readonly paths: ProjectPaths;
  /** The root that the hook works in: the caller's worktree before a transition, the main root after it. */
  readonly contextRoot: string;
  /** Absent where the ticket is not there (any more) or cannot be read. */
  readonly ticket?: HookTicket | undefined;
  readonly session: string;
  /** The `wiggum` to call back; one that the environment names is kept. */
  readonly wiggumProgram: string;
  /** Shipped files: hooks, prompts. */
  readonly defaultsDirectory: string;
  /** `EXIT_SUCCESS` … with their numbers. */
  readonly exitCodes: Readonly<Record<string, number>>;
  /** Marks the processes of this run. */
  readonly runId: string;
  /** Folder in which the writes of this run are counted, see `nextHookOperationId`. */
  readonly writesDirectory?: string | undefined;
}

/** One variable may hold 128 KiB on Linux, its name included; beyond that no program starts. */
const longestContentBytes = 96 * 1024;

/** Set for agents whose commands run in a sandbox: what such a command starts ends with it, or cannot do its work. */
export const sandboxVariable = "WIGGUM_SANDBOXED";

/** What an agent's own processes are known by, beside the variables that its runner sets. */
const agentVariables: readonly string[] = [
  ...sessionVariables,
  sandboxVariable,
  "WIGGUM_TICKET_ID",
  "WIGGUM_EPOCH",
  "WIGGUM_ROLE",
  "WIGGUM_PORT",
];

/** Variables that only a hook has. They are taken away before an agent starts. */
export const hookVariables: readonly string[] = [
  "WIGGUM_TICKET_ID",
  "WIGGUM_TICKET_PATH",
  "WIGGUM_TICKET_CONTENT",
  "WIGGUM_TICKET_CONTENT_IS_CUT",
  "WIGGUM_TICKET_CREATED_AT",
  "WIGGUM_PREV_STATE",
  "WIGGUM_NEW_STATE",
  "WIGGUM_CURRENT_STATE",
  "WIGGUM_ASSIGNEE",
  "WIGGUM_AGENT_ID",
  "WIGGUM_HOOK_PHASE",
  "WIGGUM_HOOK_NAME",
  "WIGGUM_HOOK_DEPTH",
  "WIGGUM_HOOK_RUN",
  "WIGGUM_HOOK_DRAIN",
  "WIGGUM_HOOK_WRITES",
  "WIGGUM_HOOKS_DIR",
  "WIGGUM_EVENT_ID",
  "WIGGUM_EVENT_AT",
  "WIGGUM_SESSION",
  "WIGGUM_BIN",
  "WIGGUM_DIR",
  "WIGGUM_DEFAULTS",
  "WIGGUM_ON_CHANGE",
  "MAIN_WIGGUM_DIR",
  "PROJECT_ROOT",
  "MAIN_PROJECT_ROOT",
  "TICKETS_DIR",
  "HOOKS_DIR",
  "PROMPTS_DIR",
];

/** What `git rev-parse --local-env-vars` lists: a caller that is a git hook itself would send a hook's git to another repository. */
const gitRepositoryVariables =
  /^GIT_(?:ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|CONFIG_COUNT|CONFIG_(?:KEY|VALUE)_\d+|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|INDEX_VERSION|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR|INTERNAL_SUPER_PREFIX|NAMESPACE|QUARANTINE_PATH)$/;

/** Is this a variable of a hook's, an exit code's name included? */
function isHookVariable(name: string): boolean {
  return hookVariables.includes(name) || /^EXIT_[A-Z_]+$/.test(name);
}

/**
 * The environment of a process that must belong to no agent and no hook, whoever starts it: it outlives the agent whose command started it.
 * A `WIGGUM_BIN` stays: it says which wiggum to use, not who is asking.
 */
export function outsideEveryAgent(base: Variables): Record<string, string> {
  return pick(
    base,
    (name) =>
      (name === "WIGGUM_BIN" || !isHookVariable(name)) &&
      !agentVariables.includes(name) &&
      !gitRepositoryVariables.test(name),
  );
}

/** The whole environment of a hook: the caller's, cleaned, and what the hook is told. */
export function hookEnvironment(input: HookEnvironmentInput): Record<string, string> {
  const { call, base, paths, contextRoot, ticket } = input;
  const inContext = worktreePaths(contextRoot);
  const isAfter = call.phase === "post";
  const inherited = isAfter
    ? outsideEveryAgent(base)
    : pick(base, (name) => keepsBefore(name) && !gitRepositoryVariables.test(name));
  const content = cut(ticket?.text ?? "");
  // A caller that is an agent stays the one it is: its name and generation belong together.
  const agentId = isAfter || !base["WIGGUM_GENERATION"] ? call.agentId : base["WIGGUM_AGENT_ID"];
  const told: Record<string, string | undefined> = {
    WIGGUM_TICKET_ID: call.ticketId,
    WIGGUM_TICKET_PATH: ticket?.path ?? "",
    WIGGUM_TICKET_CONTENT: content.text,
    WIGGUM_TICKET_CONTENT_IS_CUT: content.isCut ? "true" : undefined,
    WIGGUM_TICKET_CREATED_AT: ticket?.createdAt,
    WIGGUM_PREV_STATE: call.from,
    WIGGUM_NEW_STATE: call.to,
    WIGGUM_CURRENT_STATE: ticket?.state ?? "",
    WIGGUM_ASSIGNEE: ticket?.assignedAgentId ?? "",
    WIGGUM_AGENT_ID: agentId ?? "",
    WIGGUM_HOOK_PHASE: call.phase,
    WIGGUM_HOOK_NAME: call.name,
    WIGGUM_HOOK_DEPTH: String(call.depth),
    WIGGUM_HOOK_RUN: input.runId,
    WIGGUM_HOOK_WRITES: input.writesDirectory,
    WIGGUM_HOOKS_DIR: paths.hooksDirectory,
    WIGGUM_EVENT_ID: call.eventId,
    WIGGUM_EVENT_AT: call.at,
    WIGGUM_SESSION: input.session,
    WIGGUM_BIN: base["WIGGUM_BIN"] || input.wiggumProgram,
    WIGGUM_DIR: inContext.controlDirectory,
    WIGGUM_DEFAULTS: input.defaultsDirectory,
    WIGGUM_ON_CHANGE: "none",
    MAIN_WIGGUM_DIR: paths.controlDirectory,
    PROJECT_ROOT: contextRoot,
    MAIN_PROJECT_ROOT: paths.root,
    TICKETS_DIR: contextRoot === paths.root ? paths.ticketView : inContext.ticketView,
    HOOKS_DIR: paths.hooksDirectory,
    PROMPTS_DIR: paths.promptsDirectory,
    ...Object.fromEntries(Object.entries(input.exitCodes).map(([name, code]) => [name, String(code)])),
  };
  for (const [name, value] of Object.entries(told)) {
    // No variable can hold a NUL; a program with one in its environment would not start.
    if (value !== undefined) inherited[name] = value.replaceAll("\0", "");
  }
  return inherited;
}

/** A before-hook is a part of its caller: what marks an agent's processes stays, so that it ends with the agent. */
function keepsBefore(name: string): boolean {
  return !isHookVariable(name) || (sessionVariables as readonly string[]).includes(name);
}

function pick(base: Variables, keeps: (name: string) => boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(base))
    if (value !== undefined && keeps(name)) kept[name] = value;
  return kept;
}

function cut(text: string): { readonly text: string; readonly isCut: boolean } {
  if (Buffer.byteLength(text) <= longestContentBytes) return { text, isCut: false };
  const bytes = Buffer.from(text).subarray(0, longestContentBytes);
  // A code point that was cut in two decodes to a replacement character at the end.
  return { text: bytes.toString("utf8").replace(/\uFFFD$/, ""), isCut: true };
}
