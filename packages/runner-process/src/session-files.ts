import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { constants as systemConstants } from "node:os";
import { basename, dirname, join } from "node:path";
import type { AgentHandle, EvidenceFact } from "@wiggum/workflow";
import { printable, runnerFailed, staleHandle, systemCode } from "./failures.js";
import type { ProcessEntry } from "./process-table.js";

/** A session as its state directory describes it: what any process of this host needs to find it again. */
export interface Session {
  /** Name of the runner that started it. */
  readonly runner: string;
  readonly agentId: string;
  readonly generation: number;
  /** Random name of this session, in the environment of all its processes. Two projects may both have a `worker-0`; tokens differ. */
  readonly token: string;
  readonly stateDirectory: string;
  readonly inboxFile: string;
}

/** Where a session's files are, and who asks for them: named in errors. */
export type SessionPlace = Pick<Session, "runner" | "stateDirectory">;

export type ExitFact = Extract<EvidenceFact, { kind: "exited" }>;

const sessionFile = "session.json";

/** The files of one session, all below its state directory. */
export function sessionPaths(stateDirectory: string) {
  return {
    session: join(stateDirectory, sessionFile),
    /** Made by the keeper, exclusively, before it starts the agent: holds the keeper's process id. */
    started: join(stateDirectory, "started"),
    exitStatus: join(stateDirectory, "exit-status"),
    output: join(stateDirectory, "output.log"),
    /** What the agent reads from its standard input, where its order says so. */
    input: join(stateDirectory, "standard-input"),
    replacedBy: join(stateDirectory, "replaced-by"),
  };
}

/**
 * Gives the session of that state directory, a new one if there is none. Of any number of callers at one instant, in any
 * processes, all get the same: `link` makes a complete file or fails.
 */
export async function claimSession(wanted: Omit<Session, "token">): Promise<Session> {
  const { stateDirectory } = wanted;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const session: Session = { ...wanted, token: randomBytes(16).toString("hex") };
  const draft = join(stateDirectory, `${sessionFile}.${session.token}`);
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ version: 1, ...session })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, sessionPaths(stateDirectory).session);
    return session;
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const claimed = await readSession(wanted);
  if (claimed === undefined) {
    throw runnerFailed(
      wanted.runner,
      `${printable(stateDirectory)} was removed while a session was started in it`,
    );
  }
  return claimed;
}

/** Absent when no session was ever started there. @throws RUNNER_FAILED the record cannot be understood */
export async function readSession(place: SessionPlace): Promise<Session | undefined> {
  const path = sessionPaths(place.stateDirectory).session;
  const text = await readIfThere(path, place.runner);
  if (text === undefined) return undefined;
  const session = parseSession(text, place.stateDirectory);
  if (session !== undefined) return session;
  throw runnerFailed(place.runner, `${printable(path)} is no session record of this version`, {
    hint: "It was damaged or written by a newer version; move that folder away if no agent runs from it.",
  });
}

/**
 * All sessions in folders below `root`, of any runner, as far as their records can be read: a damaged one names no session, and a copy
 * whose original is still there is none of its place. `runner` is who asks.
 */
export async function findSessions(root: string, runner: string, depth = 4): Promise<readonly Session[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw error;
  });
  const found: Session[] = [];
  if (entries.some((entry) => entry.name === sessionFile && entry.isFile())) {
    const text = await readIfThere(join(root, sessionFile), runner);
    const session = text === undefined ? undefined : parseSession(text, root);
    if (session !== undefined && !isCopiedSession(text ?? "", root)) found.push(session);
  }
  if (depth === 0) return found;
  for (const entry of entries) {
    if (entry.isDirectory()) found.push(...(await findSessions(join(root, entry.name), runner, depth - 1)));
  }
  return found;
}

/**
 * Sessions whose records were deleted (`git clean -fdx` takes the folder) while processes of theirs run on: these say in their environment
 * what the record said. Of any runner; `known` = those with a record.
 */
export function toldSessions(
  root: string,
  processes: readonly Pick<ProcessEntry, "token" | "told">[],
  known: readonly Session[],
): readonly Session[] {
  const found = new Map<string, Session>();
  for (const { token, told } of processes) {
    if (token === undefined || told === undefined || !/^[0-9a-f]{32}$/.test(token)) continue;
    if (known.some((session) => session.token === token)) continue;
    const { generation, stateDirectory } = told;
    if (!/^\d+$/.test(generation) || !stateDirectory.startsWith(`${root}/`)) continue;
    found.set(token, { ...told, generation: Number(generation), token });
  }
  return [...found.values()];
}

/** The newest other generation of the same agent, and all older ones: their folders lie beside this one. */
export async function findGenerations(
  session: Pick<Session, "agentId" | "generation" | "stateDirectory" | "runner">,
): Promise<{ readonly newer: number | undefined; readonly older: readonly Session[] }> {
  const all = (await findSessions(dirname(session.stateDirectory), session.runner, 1)).filter(
    (other) => other.agentId === session.agentId,
  );
  const newer = all.map((other) => other.generation).filter((other) => other > session.generation);
  return {
    newer: newer.length === 0 ? undefined : Math.max(...newer),
    older: all.filter((other) => other.generation < session.generation),
  };
}

export async function recordReplacement(session: Session, generation: number): Promise<void> {
  const path = sessionPaths(session.stateDirectory).replacedBy;
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, `${generation}\n`, { mode: 0o600 });
  await rename(draft, path);
}

async function readReplacement(place: SessionPlace): Promise<number | undefined> {
  return wholeNumber(await readIfThere(sessionPaths(place.stateDirectory).replacedBy, place.runner));
}

/** Process id of the keeper; absent as long as the agent was not started. */
export async function readKeeper(place: SessionPlace): Promise<number | undefined> {
  return wholeNumber(await readIfThere(sessionPaths(place.stateDirectory).started, place.runner));
}

/** How the agent ended, as its keeper wrote it down; absent before the end, and when the keeper was killed. */
export async function readExit(place: SessionPlace): Promise<ExitFact | undefined> {
  const status = wholeNumber(await readIfThere(sessionPaths(place.stateDirectory).exitStatus, place.runner));
  if (status === undefined) return undefined;
  // A shell can only tell 128 + the number of the signal.
  const signal = Object.entries(systemConstants.signals).find(([, number]) => 128 + number === status)?.[0];
  return { kind: "exited", code: status, ...(signal === undefined ? {} : { signal }) };
}

export function handleOf(session: Session): AgentHandle {
  const { runner, agentId, generation, stateDirectory, token, inboxFile } = session;
  return { runner, agentId, generation, data: { stateDirectory, token, inboxFile } };
}

/** The session that a handle stands for. @throws RUNNER_FAILED the handle is not that runner's, or damaged */
export function sessionOf(handle: AgentHandle, runner: string): Session {
  const { stateDirectory, token, inboxFile } = handle.data;
  const isOurs =
    handle.runner === runner &&
    typeof stateDirectory === "string" &&
    typeof token === "string" &&
    /^[0-9a-f]{32}$/.test(token) &&
    typeof inboxFile === "string";
  if (!isOurs) {
    throw runnerFailed(
      runner,
      `This handle of ${printable(handle.agentId)} is none of the runner "${runner}" (it names ${JSON.stringify(handle.runner)})`,
    );
  }
  return { runner, agentId: handle.agentId, generation: handle.generation, stateDirectory, token, inboxFile };
}

/** The handle's session, unless a later generation has replaced it. @throws STALE_HANDLE RUNNER_FAILED */
export async function currentSession(handle: AgentHandle, runner: string): Promise<Session> {
  const session = sessionOf(handle, runner);
  const newer = await readReplacement(session);
  if (newer !== undefined) throw staleHandle(session, newer);
  return session;
}

function parseSession(text: string, stateDirectory: string): Session | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  // A record without a runner's name is from the time of only one.
  const {
    version,
    runner = "process",
    agentId,
    generation,
    token,
    inboxFile,
  } = value as Record<string, unknown>;
  const isWhole =
    version === 1 &&
    typeof runner === "string" &&
    typeof agentId === "string" &&
    typeof generation === "number" &&
    typeof token === "string" &&
    typeof inboxFile === "string";
  // Where the folder is now counts, not where it once was: a project may be moved.
  return isWhole ? { runner, agentId, generation, token, inboxFile, stateDirectory } : undefined;
}

/** A copied project has the records of the original's sessions, too, and would otherwise take the agents that run there for its own. */
function isCopiedSession(text: string, stateDirectory: string): boolean {
  try {
    const { stateDirectory: noted } = JSON.parse(text) as { readonly stateDirectory?: unknown };
    if (typeof noted !== "string" || noted === stateDirectory) return false;
    const original = sessionPaths(noted).session;
    const { ino, dev } = statSync(sessionPaths(stateDirectory).session);
    const there = statSync(original);
    // The same file by another way (a link in the path) is no copy.
    return (there.ino !== ino || there.dev !== dev) && readFileSync(original, "utf8") === text;
  } catch {
    return false; // There is no original any more: it was moved.
  }
}

async function readIfThere(path: string, runner: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw runnerFailed(
      runner,
      `${basename(path)} of the session in ${printable(dirname(path))} cannot be read`,
      {
        cause: error,
      },
    );
  }
}

/** A number with its line end: without that the writer had not finished. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\n$/.test(text) ? Number(text) : undefined;
}
