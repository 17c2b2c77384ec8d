import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { AgentHandle, AgentRunner, Clock, Evidence } from "@wiggum/workflow";
import { printable, runnerFailed, runnerName, staleHandle } from "./failures.js";
import { findProgram } from "./find-program.js";
import { followFile } from "./follow-output.js";
import { appendToInbox } from "./inbox.js";
import { lookAtSession } from "./look-at-session.js";
import { createProcessTable, type ProcessTable, signalProcess } from "./process-table.js";
import { readLastLines } from "./read-output.js";
import {
  findSessions,
  handleOf,
  readKeeper,
  readReplacement,
  type Session,
  sessionOf,
  sessionPaths,
  toldSessions,
} from "./session-files.js";
import { isMember } from "./session-members.js";
import { startSession } from "./start-session.js";
import { stopSession } from "./stop-session.js";

export interface ProcessRunnerOptions {
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

/**
 * Agents as plain child processes: each in a session of its own, with its output in a file of its state directory. All that is known
 * of a session lies in that folder and in the environment of its processes, so any process of this host can go on with it.
 */
export function createProcessRunner(options: ProcessRunnerOptions = {}): AgentRunner {
  const settings = parseOptions(options);
  const { clock, processes } = settings;

  const current = async (handle: AgentHandle): Promise<Session> => {
    const session = sessionOf(handle);
    const newer = await readReplacement(session.stateDirectory);
    if (newer !== undefined) throw staleHandle(session, newer);
    return session;
  };
  /** Absent when nobody can tell. */
  const look = (session: Session) => lookAtSession(session, processes).catch(() => undefined);
  const stop = (session: Session) =>
    stopSession(session, processes, settings).catch((error: unknown) => {
      throw cannotLook(`${printable(session.agentId)} cannot be stopped for sure`, error);
    });

  return {
    contract: 1,
    name: runnerName,
    supports: {
      attach: false,
      resume: false,
      structuredState: false,
      ask: false,
      cost: false,
      permissions: false,
    },

    async checkCommand(order) {
      await findProgram(order);
    },

    async start(order) {
      return handleOf(await startSession(order, { shell: settings.shell, undo: stop }));
    },

    async discover({ stateRoot }) {
      try {
        const marked = (await processes.list()).filter(({ token, mark }) => (token ?? mark) !== undefined);
        // Almost always nothing runs: then no folder need be read.
        const sessions = marked.length === 0 ? [] : await findSessions(stateRoot);
        const running = sessions.filter((session) => marked.some((entry) => isMember(session, entry)));
        return [...running, ...toldSessions(stateRoot, marked, sessions)].map(handleOf);
      } catch (error) {
        throw runnerFailed("What runs cannot be found out: processes or state folders cannot be read", {
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
      const forMs = await silentForMs(session, clock.now().getTime());
      return forMs === undefined
        ? [life]
        : [life, { ...about, source: "timer", fact: { kind: "silent", forMs } }];
    },

    async send(handle, message) {
      const session = await current(handle);
      const seen = await look(session);
      if (seen !== undefined && seen.fact.kind !== "running") {
        return {
          status: "refused",
          messageId: message.id,
          reason: `its session has ended (${seen.fact.kind})`,
        };
      }
      return appendToInbox(session.inboxFile, message, clock.now());
    },

    async output(handle, lastLines) {
      const { output } = sessionPaths(sessionOf(handle).stateDirectory);
      return readLastLines(output, lastLines, settings.maxOutputBytes);
    },

    async interrupt(handle) {
      const session = await current(handle);
      const keeperPid = await readKeeper(session.stateDirectory);
      const table = await processes.list().catch((error: unknown) => {
        throw cannotLook(`${printable(session.agentId)} cannot be interrupted`, error);
      });
      const keeper = table.find((entry) => entry.pid === keeperPid && entry.token === session.token);
      if (keeper === undefined) return;
      // As a terminal would: the whole group that works in the foreground, and nothing in the background.
      for (const entry of table) {
        if (entry.groupId === keeper.pid && entry !== keeper) await signalProcess(processes, entry, "SIGINT");
      }
    },

    stop: async (handle) => stop(sessionOf(handle)),

    follow(handle, signal) {
      const session = sessionOf(handle);
      const { output } = sessionPaths(session.stateDirectory);
      // Where it ends at this moment, not when somebody asks for the first piece.
      const from = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
      return followFile(output, from, signal, {
        pollMs: settings.followPollMs,
        hasEnded: async () => ((await look(session))?.fact.kind ?? "running") !== "running",
      });
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

function cannotLook(what: string, cause: unknown) {
  return runnerFailed(`${what}: the processes of this machine cannot be read`, { cause });
}

function parseOptions(options: ProcessRunnerOptions) {
  const {
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
  if (stray !== undefined) throw new TypeError(`createProcessRunner knows no option "${stray}"`);
  for (const [name, value] of Object.entries({ terminateWaitMs, killWaitMs, maxOutputBytes, followPollMs })) {
    if (!Number.isFinite(value) || value < 0) throw new TypeError(`${name} must be a number from 0 on`);
  }
  return { clock, terminateWaitMs, killWaitMs, maxOutputBytes, followPollMs, shell, processes };
}
