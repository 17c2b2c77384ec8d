import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { AgentHandle, AgentRunner, Clock, Evidence } from "@wiggum/workflow";
import { askProgram } from "./ask-program.js";
import { printable, runnerFailed } from "./failures.js";
import { findProgram } from "./find-program.js";
import { followFile } from "./follow-output.js";
import { glanceAtSession } from "./glance-at-session.js";
import { appendToInbox } from "./inbox.js";
import { lookAtSession } from "./look-at-session.js";
import { createProcessTable, type ProcessTable, signalProcess } from "./process-table.js";
import { readLastLines } from "./read-output.js";
import { linesToRead, readableFollowing, readableTail } from "./readable-output.js";
import { sessionCost, sessionTokens } from "./session-cost.js";
import {
  currentSession,
  findSessions,
  handleOf,
  readKeeper,
  type Session,
  sessionOf,
  sessionPaths,
  toldSessions,
} from "./session-files.js";
import { isMember } from "./session-members.js";
import { type LaunchKeeper, startSession } from "./start-session.js";
import { stopSession } from "./stop-session.js";
import { readProfile, toldEvidence } from "./told-evidence.js";

/** What every runner of kept sessions may be told. */
export interface SessionRunnerSettings {
  /** Gives `Evidence.atMs` and the time of messages; default: the system's. Hand in the clock that `deriveState` is asked with. */
  readonly clock?: Pick<Clock, "now" | "monotonicMs"> | undefined;
  /** Between SIGTERM and SIGKILL, milliseconds; default 5000. */
  readonly terminateWaitMs?: number | undefined;
  /** From the first SIGKILL to the report of survivors, milliseconds; default 5000. */
  readonly killWaitMs?: number | undefined;
  /** `output` reads no more than that from the end; default 1 MiB. */
  readonly maxOutputBytes?: number | undefined;
  /** How often `follow` looks for more, milliseconds; default 200. */
  readonly followPollMs?: number | undefined;
  /** POSIX shell that keeps agents; default `/bin/sh`. */
  readonly shell?: string | undefined;
  /** What runs on this host; default: `/proc`, or `ps` where there is none. */
  readonly processes?: ProcessTable | undefined;
}

export interface SessionRunnerOptions extends SessionRunnerSettings {
  /** In handles, session records and errors. */
  readonly name: string;
  /** Where the keeper, and with it the agent, is started. */
  readonly launchKeeper: LaunchKeeper;
  /** Each keeper gets a terminal of its own, and ends when that is closed. Default false. */
  readonly hasTerminal?: boolean | undefined;
}

/**
 * Agents that are kept: each has a parent, its keeper, that writes down how it ended, a folder with all that is known of it, and in all
 * its processes a random token in the environment and a mark of the kernel's. So any process of this host can go on with it, wherever its keeper was started:
 * that alone is the caller's.
 */
export function createSessionRunner(options: SessionRunnerOptions): AgentRunner {
  const settings = parseOptions(options);
  const { name, clock, processes } = settings;

  const current = (handle: AgentHandle) => currentSession(handle, name);
  /** Absent when nobody can tell. */
  const look = (session: Session) => lookAtSession(session, processes).catch(() => undefined);
  const stop = (session: Session) =>
    stopSession(session, processes, settings).catch((error: unknown) => {
      throw cannotLook(name, `${printable(session.agentId)} cannot be stopped for sure`, error);
    });

  return {
    contract: 1,
    name,
    supports: {
      attach: false,
      resume: false,
      structuredState: false,
      ask: true,
      cost: true,
      permissions: false,
    },

    async checkCommand(order) {
      await findProgram(order);
    },

    async start(order) {
      const { shell, launchKeeper, hasTerminal } = settings;
      return handleOf(
        await startSession(order, { runner: name, shell, launchKeeper, hasTerminal, undo: stop }),
      );
    },

    async discover({ stateRoot }) {
      try {
        const marked = (await processes.list()).filter(({ token, mark }) => (token ?? mark) !== undefined);
        // Almost always nothing runs: then no folder need be read.
        const sessions = marked.length === 0 ? [] : await findSessions(stateRoot, name);
        const running = sessions.filter((session) => marked.some((entry) => isMember(session, entry)));
        return [...running, ...toldSessions(stateRoot, marked, sessions)]
          .filter((session) => session.runner === name)
          .map(handleOf);
      } catch (error) {
        throw runnerFailed(name, "What runs cannot be found out: processes or state folders cannot be read", {
          cause: error,
        });
      }
    },

    async observe(handle) {
      const session = await current(handle);
      const seen = await look(session);
      if (seen === undefined) return [];
      const about = { atMs: clock.monotonicMs(), generation: session.generation };
      const life: Evidence = { ...about, source: "protocol", ...seen };
      if (seen.fact.kind !== "running") return [life];
      const wallNowMs = clock.now().getTime();
      const told = await toldEvidence(session, {
        nowMs: about.atMs,
        generation: about.generation,
        wallNowMs,
      });
      const forMs = await silentForMs(session, wallNowMs);
      return forMs === undefined
        ? [life, ...told]
        : [life, ...told, { ...about, source: "timer", fact: { kind: "silent", forMs } }];
    },

    glance: async (handle) => glanceAtSession(sessionOf(handle, name)).catch(() => undefined),

    async send(handle, message) {
      const session = await current(handle);
      const seen = await look(session);
      if (seen !== undefined && seen.fact.kind !== "running") {
        return {
          status: "refused",
          messageId: message.id,
          reason: `its session has ended (${seen.fact.kind})`,
          hasEnded: true,
        };
      }
      return appendToInbox(session.inboxFile, message, clock.now());
    },

    async output(handle, lastLines) {
      const { stateDirectory } = sessionOf(handle, name);
      const records = (await readProfile(stateDirectory))?.records;
      const { output } = sessionPaths(stateDirectory);
      const text = await readLastLines(output, linesToRead(records, lastLines), settings.maxOutputBytes);
      return readableTail(records, text, lastLines);
    },

    async interrupt(handle) {
      const session = await current(handle);
      const keeperPid = await readKeeper(session);
      const table = await processes.list().catch((error: unknown) => {
        throw cannotLook(name, `${printable(session.agentId)} cannot be interrupted`, error);
      });
      const keeper = table.find((entry) => entry.pid === keeperPid && entry.token === session.token);
      if (keeper === undefined) return;
      // As a terminal would: the whole group that works in the foreground, and nothing in the background.
      for (const entry of table) {
        if (entry.groupId === keeper.pid && entry !== keeper) await signalProcess(processes, entry, "SIGINT");
      }
    },

    stop: async (handle) => stop(sessionOf(handle, name)),

    cost: async (handle) => sessionCost(sessionOf(handle, name).stateDirectory),
    tokens: async (handle) => sessionTokens(sessionOf(handle, name).stateDirectory),

    ask: (order, signal) => askProgram(order, { runner: name, processes, signal }),

    follow(handle, signal) {
      const session = sessionOf(handle, name);
      const { output } = sessionPaths(session.stateDirectory);
      // Where it ends at this moment, not when somebody asks for the first piece.
      const found = statSync(output, { throwIfNoEntry: false });
      const from = { inode: found?.ino, position: found?.size ?? 0 };
      const pieces = followFile(output, from, signal, {
        pollMs: settings.followPollMs,
        hasEnded: async () => ((await look(session))?.fact.kind ?? "running") !== "running",
      });
      return readableFollowing(readProfile(session.stateDirectory), pieces);
    },
  };
}

/** By the wall clock, which may jump: good enough for a suspicion. Absent when the file cannot be looked at. */
async function silentForMs(session: Session, nowMs: number): Promise<number | undefined> {
  try {
    const { mtimeMs } = await stat(sessionPaths(session.stateDirectory).output);
    return Math.max(0, Math.round(nowMs - mtimeMs));
  } catch {
    return undefined;
  }
}

function cannotLook(runner: string, what: string, cause: unknown) {
  return runnerFailed(runner, `${what}: the processes of this machine cannot be read`, { cause });
}

function parseOptions(options: SessionRunnerOptions) {
  const {
    name,
    launchKeeper,
    hasTerminal = false,
    clock = { now: () => new Date(), monotonicMs: () => performance.now() },
    terminateWaitMs = 5_000,
    killWaitMs = 5_000,
    maxOutputBytes = 1024 * 1024,
    followPollMs = 200,
    shell = "/bin/sh",
    processes = createProcessTable(),
    ...unknown
  } = options;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw new TypeError(`The runner "${name}" knows no option "${stray}"`);
  for (const [option, value] of Object.entries({
    terminateWaitMs,
    killWaitMs,
    maxOutputBytes,
    followPollMs,
  })) {
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`${option} must be a number from 0 on`);
  }
  return {
    name,
    launchKeeper,
    hasTerminal,
    clock,
    terminateWaitMs,
    killWaitMs,
    maxOutputBytes,
    followPollMs,
    shell,
    processes,
  };
}
