import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isFinal, printable } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentId,
  isWorkflowError,
  type Reply,
  reachesSessionsOf,
  readAgentTickets,
  ticketOfAgent,
} from "@wiggum/workflow";
import { exclusively } from "./exclusively.js";
import { giveMessage } from "./give-message.js";
import type { KeptMessage, SentMessage } from "./project-messages.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectPaths } from "./project-paths.js";
import { replaceFile } from "./write-files.js";

type Parts = Pick<ProjectParts, "paths" | "registry" | "runner" | "tickets" | "clock" | "newId">;

/** A message as its file holds it. */
interface Entry extends KeptMessage {
  /** Session that it was given to, or is just being given to; what became of that is known to that session alone. */
  readonly triedWith?: number | undefined;
  /** State of the ticket when the message went into an inbox: a ticket that has moved on says that it was read, or is not needed any more. */
  readonly ticketState?: string | undefined;
  /** The ticket was its agent's own. */
  readonly isHolder?: boolean | undefined;
  /** What it answers, of which session: it is given as the answer to that and to nothing else. */
  readonly answers?: AnsweredRequest | undefined;
}

/** A request of one session of an agent, with what is said to it. JSON-safe. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly generation: number;
  readonly reply: Reply;
}

/** What is to be said to an agent. */
export interface MessageToSend {
  /** ULID; absent = a new one. */
  readonly id?: string | undefined;
  readonly from: string;
  readonly text: string;
  readonly isAnswer?: boolean | undefined;
  readonly answers?: AnsweredRequest | undefined;
}

/**
 * Sends a message that is not lost when it cannot be given to its agent at once: it is written down first, and stays until it has arrived.
 * Messages that wait already go before it. @throws STALE_HANDLE RUNNER_FAILED nothing of it is kept
 */
export async function sendKept(
  parts: Parts,
  agent: AgentFacts,
  message: MessageToSend,
): Promise<SentMessage> {
  const { agentId } = agent;
  return await exclusively(lockOf(parts.paths, agentId), async () => {
    const ticket = await ticketOf(parts, agent);
    const entry: Entry = {
      id: message.id ?? parts.newId(),
      agentId,
      ...(ticket === undefined
        ? {}
        : { ticketId: ticket.id, ticketState: ticket.state, isHolder: ticket.assignedAgentId === agentId }),
      from: message.from,
      text: message.text,
      at: parts.clock.now().toISOString(),
      status: "pending",
      reason: "it was not tried yet",
      ...(message.isAnswer === true ? { isAnswer: true } : {}),
      ...(message.answers === undefined ? {} : { answers: message.answers }),
    };
    const { left } = await deliverTo(parts, agent);
    // What waits may wait for this very answer.
    const first = message.answers === undefined ? left.find(waitsItsTurn) : undefined;
    if (first !== undefined) {
      await write(parts.paths, { ...entry, reason: first.reason });
      return { status: "pending", messageId: entry.id, reason: first.reason };
    }
    try {
      const sent = await tryOnce(parts, agent, entry);
      // Its sender is told at once.
      if (sent.status === "refused") await remove(parts.paths, entry);
      return sent;
    } catch (error) {
      await remove(parts.paths, entry);
      throw error;
    }
  });
}

/** Gives waiting messages to agents that can take them now, and forgets those that nobody needs any more. In words what became of them. */
export async function deliverKept(parts: Parts): Promise<readonly string[]> {
  const told: string[] = [];
  for (const agentId of await agentsWithMessages(parts.paths)) {
    await exclusively(lockOf(parts.paths, agentId), async () => {
      const agent = await parts.registry.read(agentId as AgentId);
      if (agent === undefined) return dropAll(parts.paths, agentId);
      const { given, forgotten } = await deliverTo(parts, agent).catch((error: unknown) => {
        // Nobody can look just now: they go on waiting.
        if (isWorkflowError(error, "RUNNER_FAILED") || isWorkflowError(error, "STALE_HANDLE"))
          return { given: 0, forgotten: 0 };
        throw error;
      });
      if (given > 0) told.push(`gave ${agentId} ${counted(given)} that had to wait`);
      if (forgotten > 0)
        told.push(`forgot ${counted(forgotten)} for ${agentId}, whose ticket is another now, or done`);
    });
  }
  return told;
}

/** Messages that have not arrived, or of which nobody knows; the oldest first. Only looks. */
export async function keptMessages(parts: Omit<Parts, "newId">): Promise<readonly KeptMessage[]> {
  const found: KeptMessage[] = [];
  for (const agentId of await agentsWithMessages(parts.paths)) {
    const agent = await parts.registry.read(agentId as AgentId);
    if (agent === undefined) continue;
    for (const entry of await read(parts.paths, agentId)) {
      if (!(await isNeeded(parts, agent, entry))) continue;
      const { triedWith: _, ticketState: __, isHolder: ___, answers: ____, ...message } = entry;
      found.push(message);
    }
  }
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Does something wait that could be given to somebody? */
export async function mayDeliver(parts: Omit<Parts, "newId">): Promise<boolean> {
  return (await keptMessages(parts)).some(({ status }) => status === "pending");
}

/** Forgets all messages that are kept for an agent. How many they were. */
export async function dropKept({ paths }: Pick<Parts, "paths">, agentId: string): Promise<number> {
  return await exclusively(lockOf(paths, agentId), () => dropAll(paths, agentId));
}

async function dropAll(paths: ProjectPaths, agentId: string): Promise<number> {
  const entries = await read(paths, agentId);
  for (const entry of entries) await remove(paths, entry);
  return entries.length;
}

/**
 * Gives what waits for that agent, as far as it goes. To be called under its lock; ends with the first that cannot be given: none overtakes
 * another.
 */
async function deliverTo(
  parts: Parts,
  agent: AgentFacts,
): Promise<{ readonly left: readonly Entry[]; readonly given: number; readonly forgotten: number }> {
  let given = 0;
  let forgotten = 0;
  const entries = await read(parts.paths, agent.agentId);
  const isAnswering = ({ answers }: Entry) => answers !== undefined;
  for (const entry of [...entries.filter(isAnswering), ...entries.filter((one) => !isAnswering(one))]) {
    if (!(await isNeeded(parts, agent, entry))) {
      await remove(parts.paths, entry);
      if (entry.status === "pending") forgotten += 1;
      continue;
    }
    if (entry.status !== "pending") continue;
    const { session } = agent;
    if (session?.handle === undefined || session.endedAt !== undefined) break;
    if (!reachesSessionsOf(parts.runner, session.runner)) break;
    if (entry.answers !== undefined && entry.answers.generation !== session.generation) {
      const reason = "the session that asked has ended";
      await write(parts.paths, { ...entry, status: "refused", reason, triedWith: session.generation });
      continue;
    }
    if (entry.triedWith !== undefined && entry.triedWith !== session.generation) {
      const reason = `whoever gave it to session ${entry.triedWith} was ended in the middle; it is not given again`;
      await write(parts.paths, { ...entry, status: "unknown", reason });
      continue;
    }
    const sent = await tryOnce(parts, agent, entry);
    if (sent.status === "refused") {
      const { reason } = sent;
      if (sent.hasEnded === true) {
        // Nobody may have noted the end yet: whoever goes on with the ticket is given it.
        await write(parts.paths, { ...entry, reason });
        break;
      }
      await write(parts.paths, { ...entry, status: "refused", reason, triedWith: session.generation });
    }
    if (sent.status === "delivered" || sent.status === "queued") given += 1;
    if (sent.status === "pending" && !isAnswering(entry)) break;
  }
  return { left: await read(parts.paths, agent.agentId), given, forgotten };
}

/** Whoever is sent something later waits until this is through. */
function waitsItsTurn({ status, answers }: Entry): boolean {
  return status === "pending" && answers === undefined;
}

function counted(messages: number): string {
  return messages === 1 ? "a message" : `${messages} messages`;
}

/** A refusal that will not pass leaves its file to the caller. */
async function tryOnce(parts: Parts, agent: AgentFacts, entry: Entry): Promise<SentMessage> {
  const { paths, runner } = parts;
  const { id } = entry;
  const { session } = agent;
  if (session?.handle === undefined) throw new Error(`${agent.agentId} has no session to send to`);
  await write(paths, { ...entry, triedWith: session.generation });
  const delivery = await giveMessage(runner, session.handle, entry, entry.triedWith !== undefined);
  switch (delivery.status) {
    case "delivered":
      await remove(paths, entry);
      return delivery;
    case "queued":
      if (delivery.isUnread === true) {
        const reason = `it lies in ${delivery.where}, and nobody knows whether it was read`;
        await write(paths, { ...entry, status: "unread", reason, triedWith: session.generation });
      } else await remove(paths, entry);
      return delivery;
    case "refused":
      if (delivery.isPassing !== true) return delivery;
      await write(paths, { ...entry, reason: delivery.reason });
      return { status: "pending", messageId: id, reason: delivery.reason };
    case "unknown":
      await write(paths, {
        ...entry,
        status: "unknown",
        reason: delivery.detail,
        triedWith: session.generation,
      });
      return delivery;
  }
}

/** Does that agent still work on what the message is about? */
async function isNeeded(
  { tickets }: Pick<Parts, "tickets">,
  agent: AgentFacts,
  { ticketId, status, ticketState, triedWith, isHolder }: Entry,
): Promise<boolean> {
  if (agent.retiredAt !== undefined) return false;
  const ticket = await ticketOf({ tickets }, agent);
  if (ticketId !== undefined && ticket?.id !== ticketId) return false;
  if (ticket !== undefined && isFinal(tickets.types, ticket)) return false;
  if (isHolder === true && ticket?.assignedAgentId !== agent.agentId) return false;
  if (status === "pending") return true;
  // Another session begins with what its predecessor was sent; one that has handed in has done what it could with it.
  return agent.session?.generation === triedWith && ticket?.state === ticketState;
}

async function ticketOf({ tickets }: Pick<Parts, "tickets">, agent: AgentFacts) {
  return ticketOfAgent(agent, await readAgentTickets(tickets, [agent]), tickets.types);
}

function folderOf(paths: ProjectPaths, agentId: string): string {
  return join(paths.messages, agentId);
}

function lockOf(paths: ProjectPaths, agentId: string): string {
  return join(folderOf(paths, agentId), "lock");
}

function fileOf(paths: ProjectPaths, { agentId, id }: Pick<Entry, "agentId" | "id">): string {
  return join(folderOf(paths, agentId), `${id}.json`);
}

async function agentsWithMessages(paths: ProjectPaths): Promise<readonly string[]> {
  const folders = await readdir(paths.messages).catch(none);
  const filled = await Promise.all(folders.map(async (name) => (await names(paths, name)).length > 0));
  return folders.filter((_, index) => filled[index] === true).toSorted();
}

async function names(paths: ProjectPaths, agentId: string): Promise<readonly string[]> {
  const files = await readdir(folderOf(paths, agentId)).catch(none);
  return files.filter((name) => name.endsWith(".json")).toSorted();
}

async function read(paths: ProjectPaths, agentId: string): Promise<readonly Entry[]> {
  const texts = await Promise.all(
    (await names(paths, agentId)).map((name) =>
      readFile(join(folderOf(paths, agentId), name), "utf8").catch((error: NodeJS.ErrnoException) => {
        // Delivered in between.
        if (error.code === "ENOENT") return undefined;
        throw error;
      }),
    ),
  );
  return texts.flatMap((text) => (text === undefined ? [] : (parse(text) ?? [])));
}

/** A file that a person has spoilt is no message; it is left where it is. */
function parse(text: string): Entry | undefined {
  try {
    const value = JSON.parse(text) as Entry | null;
    return typeof value?.id === "string" && typeof value.agentId === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

async function write(paths: ProjectPaths, entry: Entry): Promise<void> {
  await mkdir(folderOf(paths, entry.agentId), { recursive: true });
  await replaceFile(
    fileOf(paths, entry),
    `${JSON.stringify({ ...entry, reason: printable(entry.reason) })}\n`,
  );
}

async function remove(paths: ProjectPaths, entry: Entry): Promise<void> {
  await rm(fileOf(paths, entry), { force: true });
}

function none(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
  throw error;
}
