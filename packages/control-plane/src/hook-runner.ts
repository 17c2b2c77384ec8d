import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isTicketError, printable, type TicketId, type TicketRecord } from "@wiggum/ticket-core";
import type { HookCall, HookResult, HookRunner } from "@wiggum/workflow";
import { endLeftOver } from "./end-processes.js";
import { type HookTicket, hookEnvironment } from "./hook-environment.js";
import { findHook, inactiveReason, whyNoHook } from "./hook-files.js";
import { logHookRun } from "./hook-log.js";
import { type HookEnd, runHookProgram } from "./hook-process.js";
import { endAbandonedRuns, notedRun } from "./noted-runs.js";
import type { ProjectPaths } from "./project-paths.js";
import { isTornDown } from "./torn-down.js";
import { isUlid, newUlid } from "./ulid.js";

/** Where hooks are found, and what they are told. */
export interface HookRunnerOptions {
  readonly paths: ProjectPaths;
  /** The shipped files; its `hooks/` holds the defaults. */
  readonly defaultsDirectory: string;
  /** The caller's root: an agent's worktree or the main root. Before-hooks run there. */
  readonly contextRoot: string;
  /** The view of that root. */
  readonly viewFolder: string;
  readonly session: string;
  /** Absolute path of the program that `WIGGUM_BIN` names, unless the environment has one. */
  readonly wiggumProgram: string;
  readonly exitCodes: Readonly<Record<string, number>>;
  /** Environment of the calling process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What else each hook gets, asked for when it starts. */
  readonly moreVariables?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
  /** What the hook is told of its ticket. @throws TICKET_NOT_FOUND TICKET_UNREADABLE, which no hook is failed for */
  readonly readTicket: (id: TicketId) => Promise<TicketRecord>;
  /** Where the ticket's file is in a view, which is made to show it. */
  readonly ticketPath: (viewFolder: string, id: TicketId) => string | Promise<string>;
  /** Between SIGTERM and SIGKILL, in milliseconds; default 2,000. */
  readonly graceMs?: number | undefined;
  /** Ends a hook that runs. */
  readonly signal?: AbortSignal | undefined;
  /** Told of a hook file that lies there and is not run. Default: nobody is told. */
  readonly warn?: ((line: string) => void) | undefined;
}

const tryLater = 12;
const defaultGraceMs = 2_000;

/**
 * Runs hooks as programs: a session of their own, a time limit after which everything they started is ended, bounded output. What a hook
 * does (hang, fail, flood, leave processes behind, be no program at all) comes back as a result; nothing it does holds the caller's streams open.
 */
export function createHookRunner(options: HookRunnerOptions): Required<HookRunner> {
  const { paths, graceMs = defaultGraceMs } = options;
  return {
    async run(call) {
      const file = findHook(paths, options.defaultsDirectory, call.name);
      warnOfInactive(options, call.name, file);
      if (file === undefined) return { status: "absent" };
      if (call.phase === "post") {
        const runId = newUlid();
        const result = lastAfterTeardown(paths, call, await runHook(options, call, file, runId));
        logHookRun(paths.hookLogs, runId, call, result);
        return result;
      }
      const { left } = await endAbandonedRuns(paths, graceMs);
      if (left.length > 0) {
        const processes = left.map((pid) => `process ${pid}`).join(", ");
        return {
          status: "broken",
          reason: `a hook whose command was killed still runs and could not be ended (${processes})`,
        };
      }
      const what = `${call.name} of ${call.ticketId} (${call.from} -> ${call.to})`;
      return notedRun(paths, what, (runId) => runHook(options, call, file, runId));
    },
    whyNot: (name) => whyNoHook(paths, options.defaultsDirectory, name),
    async endLeftovers(runs) {
      const marks = runs.map(({ eventId, hook }) => marksOf(eventId, hook));
      const names = runs.map(({ eventId, hook }) => afterRun(eventId, hook));
      await endLeftOver({ marks, runs: names }, graceMs);
    },
  };
}

/** Run once more, it would be refused the agent that it asks for once more. */
function lastAfterTeardown(paths: ProjectPaths, { eventId }: HookCall, result: HookResult): HookResult {
  if (result.status !== "failed" || eventId === undefined || !isTornDown(paths, eventId)) return result;
  const why = "[not tried again by itself: 'wiggum teardown' ended the session in between]";
  return { ...result, output: `${result.output}\n${why}`, isLast: true };
}

/** A person who wrote a hook believes that it runs. */
function warnOfInactive({ paths, warn }: HookRunnerOptions, name: string, file: string | undefined): void {
  const reason = warn === undefined ? undefined : inactiveReason(paths, name);
  if (reason === undefined) return;
  warn?.(
    `The hook ${printable(name)} is not run: ${reason}${file === undefined ? "" : "; the shipped one runs in its place"}`,
  );
}

/** What the processes of an after-hook's run are known by, whoever started it. */
function marksOf(eventId: string, hook: string): readonly string[] {
  return [`WIGGUM_EVENT_ID=${eventId}`, `WIGGUM_HOOK_NAME=${hook}`];
}

/** The name of its runs: one at a time. */
function afterRun(eventId: string, hook: string): string {
  return `${eventId} ${hook}`;
}

async function runHook(
  options: HookRunnerOptions,
  call: HookCall,
  file: string,
  runId: string,
): Promise<HookResult> {
  const { paths, graceMs = defaultGraceMs, signal } = options;
  const isAfter = call.phase === "post";
  const contextRoot = isAfter ? paths.root : options.contextRoot;
  if (!existsSync(contextRoot)) {
    return { status: "broken", reason: `its folder ${printable(contextRoot)} is gone` };
  }
  if (call.eventId !== undefined) {
    // Only one process at a time runs this (event, hook): what still carries its marks was left by one that was killed.
    const traces = {
      marks: [marksOf(call.eventId, call.name)],
      runs: [afterRun(call.eventId, call.name)],
    };
    await endLeftOver(traces, graceMs);
  }
  const { record, ticket } = await look(options, call.ticketId, isAfter);
  const writesDirectory = call.eventId === undefined ? undefined : makeWritesDirectory(paths, runId);
  try {
    const end = await runHookProgram({
      file,
      args: [call.ticketId],
      cwd: contextRoot,
      environment: hookEnvironment({
        ...options,
        call,
        contextRoot,
        ticket,
        base: { ...options.environment, ...(await options.moreVariables?.()) },
        runId,
        writesDirectory,
      }),
      runId,
      run: call.eventId === undefined ? runId : afterRun(call.eventId, call.name),
      input: isAfter ? undefined : `${JSON.stringify(describeTransition(call, record))}\n`,
      timeoutMs: call.timeoutMs,
      graceMs,
      signal,
    });
    return resultOf(end, call);
  } finally {
    if (writesDirectory !== undefined) rmSync(writesDirectory, { recursive: true, force: true });
  }
}

/** Where the writes of this run are counted. What killed runs left behind is swept after two days, longer than any hook may run. */
function makeWritesDirectory(paths: ProjectPaths, runId: string): string {
  const folder = join(paths.stateRoot, "hook-writes");
  mkdirSync(join(folder, runId), { recursive: true });
  const oldest = newUlid(Date.now() - 2 * 24 * 3_600_000);
  for (const name of readdirSync(folder)) {
    if (isUlid(name) && name < oldest) rmSync(join(folder, name), { recursive: true, force: true });
  }
  return join(folder, runId);
}

/** The ticket as it is now; nothing where it is gone or unreadable: a hook may still have something to do. */
async function look(
  options: HookRunnerOptions,
  id: TicketId,
  isAfter: boolean,
): Promise<{ readonly record?: TicketRecord; readonly ticket?: HookTicket }> {
  try {
    const record = await options.readTicket(id);
    const { state, assignedAgentId, createdAt } = record.ticket;
    const path = await options.ticketPath(isAfter ? options.paths.ticketView : options.viewFolder, id);
    return { record, ticket: { text: record.text ?? "", path, state, assignedAgentId, createdAt } };
  } catch (error) {
    if (isTicketError(error, "TICKET_NOT_FOUND") || isTicketError(error, "TICKET_UNREADABLE")) return {};
    throw error;
  }
}

/** What a before-hook reads from its standard input. */
function describeTransition(call: HookCall, record: TicketRecord | undefined) {
  const { name, phase, ticketId, from, to, agentId, depth } = call;
  return {
    schemaVersion: 1,
    hook: name,
    phase,
    ticketId,
    from,
    to,
    agentId,
    depth,
    revision: record?.revision,
    ticket: record?.ticket,
  };
}

function resultOf(end: HookEnd, call: HookCall): HookResult {
  const { output, exitCode = 1, reason } = end;
  const remark = reason === undefined ? output : `${output}\n[${reason}]`;
  switch (end.status) {
    case "broken":
      return { status: "broken", reason: reason ?? "" };
    case "timed-out":
      return { status: "timed-out", afterMs: call.timeoutMs, output: remark };
    case "aborted":
      return { status: "failed", exitCode: 130, output: remark };
    case "exited":
      if (exitCode === 0) return { status: "passed", output };
      return exitCode === tryLater ? { status: "later", output } : { status: "failed", exitCode, output };
  }
}
