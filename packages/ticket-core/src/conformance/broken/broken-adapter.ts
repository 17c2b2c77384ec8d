import { defaultAttachmentLimits } from "../../attachments.js";
import type {
  CommitReceipt,
  SummaryPage,
  ThreadEntry,
  TicketBackend,
  TicketChange,
  TicketCommit,
  TicketPage,
  TicketWrite,
  WatchOptions,
} from "../../backend.js";
import { isTicketError } from "../../errors.js";
import { createMemoryBackend } from "../../memory-backend.js";
import type { Cursor, TicketId, TicketRecord } from "../../ticket.js";
import type { ConformanceSetup, CreateStore } from "../conformance-case.js";

/** A backend with one planted fault. The kit must notice it by the tests of the rules that it breaks, and by no others. */
export interface BrokenAdapter {
  /** What it does wrong. */
  readonly fault: string;
  /** Rules that it breaks. */
  readonly breaks: readonly string[];
  /** Members that take the place of those of a sound backend. */
  readonly wrap: (sound: TicketBackend, setup: ConformanceSetup) => Partial<TicketBackend>;
  /** Its `commit` works with the caller's own objects; by default it gets a copy. */
  readonly isAliasing?: boolean | undefined;
  /** Changes what the sound backend below is made with. */
  readonly weaken?: ((setup: ConformanceSetup) => ConformanceSetup) | undefined;
  /** How the store is opened again; by default it is the same one. */
  readonly reopen?: ((broken: TicketBackend, setup: ConformanceSetup) => Promise<TicketBackend>) | undefined;
}

/** Stores in memory that can do all that the kit asks about; the same one is "opened" again. */
export const createSoundStore: CreateStore = (setup) => createBrokenStore({ wrap: () => ({}) })(setup);

/** Stores over a memory backend with this fault. */
export function createBrokenStore(broken: Omit<BrokenAdapter, "fault" | "breaks">): CreateStore {
  return async (setup) => {
    // A low limit, so that the kit reaches it.
    const attachmentLimits = { ...defaultAttachmentLimits, maxCount: 8 };
    const memory = createMemoryBackend({ ...(broken.weaken?.(setup) ?? setup), attachmentLimits });
    const supports = { ...memory.supports, shared: true };
    const sound: TicketBackend = { ...memory, ...besideText(memory), supports };
    const planted = broken.wrap(sound, setup);
    const faulty: TicketBackend = { ...sound, ...planted };
    // A backend that lists wrongly makes its summaries of that.
    faulty.summaries ??= async (query, page) => withoutTexts(await faulty.list(query, page));
    const commit: TicketBackend["commit"] = (asked) =>
      faulty.commit(broken.isAliasing ? asked : structuredClone(asked));
    const backend: TicketBackend = { ...faulty, commit };
    // Closing another handle closes nothing of the first.
    const { close: _close, ...handle } = backend;
    const open = async () => (await broken.reopen?.(handle, setup)) ?? { ...handle };
    return { backend, open, plant: memory.plant };
  };
}

/** Threads for a backend that has none: written when its commit was made, gone with the ticket. */
function besideText(memory: TicketBackend): Required<Pick<TicketBackend, "commit" | "threads">> {
  const kept = new Map<TicketId, readonly ThreadEntry[]>();
  return {
    async commit(commit) {
      // As it is now, and handed on at once: what the caller does to it meanwhile is no concern of the entries.
      const entriesOf = commit.changes.map(({ id, next, entries = [] }) => ({ id, next, entries }));
      const changes = commit.changes.map(({ entries: _entries, ...change }) => change);
      const receipt = await memory.commit({ ...commit, changes });
      if (receipt.already) return receipt;
      for (const { id, next, entries } of entriesOf) {
        if (next === null) kept.delete(id);
        else kept.set(id, [...(kept.get(id) ?? []), ...entries]);
      }
      return receipt;
    },
    threads: {
      async read(id) {
        await memory.read(id);
        return structuredClone(kept.get(id) ?? []);
      },
    },
  };
}

/** A page of summaries, out of one of records. */
export function withoutTexts(page: TicketPage): SummaryPage {
  const tickets = page.tickets.map(({ ticket: { preamble, body, ...ticket }, revision, fence }) => ({
    ticket,
    revision,
    fence,
  }));
  return { ...page, tickets };
}

/** What is stored now; undefined where nothing can be read, whatever the reason. */
export async function storedNow(backend: TicketBackend, id: TicketId): Promise<TicketRecord | undefined> {
  return (await backend.read(id).catch(() => undefined))?.record;
}

/** Commits whatever is stored: each expected revision is made to fit, again and again. */
export async function force(sound: TicketBackend, commit: TicketCommit): Promise<CommitReceipt> {
  for (;;) {
    const fitting = await withChanges(commit, async (change) => ({
      ...change,
      expected: (await storedNow(sound, change.id))?.revision ?? null,
    }));
    try {
      return await sound.commit(fitting);
    } catch (error) {
      const isBeaten =
        isTicketError(error, "TICKET_CONFLICT") && commit.changes.some(({ id }) => id === error.data.id);
      if (!isBeaten) throw error;
    }
  }
}

/** What the sound backend watches. */
export function watchOf(
  sound: TicketBackend,
  from: Cursor | undefined,
  options: WatchOptions | undefined,
): AsyncIterable<TicketChange> {
  if (sound.watch === undefined) throw new Error("the sound backend cannot watch");
  return sound.watch(from, options);
}

/** The history that the sound backend keeps. */
export function historyOf(sound: TicketBackend, id: TicketId): AsyncIterable<TicketChange> {
  if (sound.history === undefined) throw new Error("the sound backend has no history");
  return sound.history(id);
}

/** The commit with each change made over. */
export async function withChanges(
  commit: TicketCommit,
  remake: (change: TicketWrite) => TicketWrite | Promise<TicketWrite>,
): Promise<TicketCommit> {
  return { ...commit, changes: await Promise.all(commit.changes.map(remake)) };
}

/** A backend that stores other changes than it was handed in. */
export function writesInstead(
  remake: (change: TicketWrite, sound: TicketBackend) => TicketWrite | Promise<TicketWrite>,
): BrokenAdapter["wrap"] {
  return (sound) => ({
    commit: async (commit) => sound.commit(await withChanges(commit, (change) => remake(change, sound))),
  });
}

/** The whole backend with every record that it gives out made over. */
export function withRecords(
  sound: TicketBackend,
  remake: (record: TicketRecord) => TicketRecord,
): Partial<TicketBackend> {
  const over = <Value>(value: Value): Value => remakeRecords(value, remake) as Value;
  return {
    list: async (query, page) => over(await sound.list(query, page)),
    read: async (id) => over(await sound.read(id)),
    commit: async (commit) => over(await sound.commit(commit)),
    outcome: async (operationId) => over(await sound.outcome(operationId)),
    async *history(id) {
      for await (const change of historyOf(sound, id)) yield over(change);
    },
    async *watch(from, options) {
      for await (const change of watchOf(sound, from, options)) yield over(change);
    },
  };
}

function remakeRecords(value: unknown, remake: (record: TicketRecord) => TicketRecord): unknown {
  if (Array.isArray(value)) return value.map((item) => remakeRecords(item, remake));
  if (typeof value !== "object" || value === null) return value;
  if ("ticket" in value && "revision" in value) return remake(value as TicketRecord);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, remakeRecords(item, remake)]));
}

/** Until everybody else who began at the same instant has had many turns. */
export async function meanwhile(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** So long that whoever looks again and again, once a turn of the timers, is sure to have looked in between. */
export async function untilSeen(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 10));
}
