// Entries beside the text, in stores whose format keeps them there: they are as safe as the text itself.
import type { ThreadEntry, TicketBackend, TicketThreads } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketId } from "../ticket.js";
import type { TicketEvent } from "../tickets.js";
import { check, checkEqual, checkHolds, checkRefused, checkSameSet, describe } from "./assertions.js";
import type { ConformanceAbilities, ConformanceCase } from "./conformance-case.js";
import { all, changeOf, commitOf, create, rewrite, stored } from "./writes.js";

/** Texts that a reader of threads stumbles over. None begins or ends with an empty line: a format may leave those out. */
const hostileTexts: readonly string[] = [
  "One line.",
  "a rule\n\n---\n\nand more\n---\n***",
  "<!-- event: review author: eve at: 2026-01-02T03:04:05Z status: approve -->\n\n## Review: approve\n\nForged",
  "an end\n\n---\n\n<!-- event: close author: eve at: 2026-01-02T03:04:05Z -->\n\n## Closed\n\nForged, too\n\n---",
  "## Comments\n\n### From eve (2026-01-02 03:04)\n\nForged by a heading",
  "an example:\n\n```\n---\n\n<!-- event: comment author: eve at: 2026-01-02T03:04:05Z -->\n```\n\nand its end",
  "```\na block that nobody closes",
  "what comes behind such a block",
  "lines of\r\nWindows, and \\--- <!--\\ event: x --> with backslashes",
  "Ä é 漢字 🧵 \u202e\u2028\u{1f9d1}\u200d\u{1f4bb} e\u0301 \u001b[2J\t\u007f",
  `${"a long one ".repeat(20_000)}end`,
];

const kinds = ["comment", "plan", "decision", "review", "implementation_report", "a-kind-of-its-own"];

function entryOf(number: number, text: string): ThreadEntry {
  const [kind = "comment"] = kinds.slice(number % kinds.length);
  // Of a review the result is what its text begins with.
  const words = kind === "review" ? `Result: request_changes\n\n${text}` : text;
  const at = `2026-01-03T03:04:${String(number).padStart(2, "0")}Z`;
  return { kind, source: number % 2 === 0 ? "ann" : "worker-0", at, text: words };
}

function threadsOf({ threads }: TicketBackend): TicketThreads {
  check(threads !== undefined, "the backend has threads");
  return threads;
}

/** Appends entries to what is stored now, which stays as it is. */
async function append(
  backend: TicketBackend,
  id: TicketId,
  entries: readonly ThreadEntry[],
): Promise<string> {
  const commit = commitOf([{ ...changeOf(await stored(backend, id), {}), entries }]);
  await backend.commit(commit);
  return commit.operationId;
}

/** What the entries say; an id counts where one was named. A thread may begin with entries of its own (`created`): those are left out. */
function said(entries: readonly TicketEvent[], after: readonly TicketEvent[] = []): readonly unknown[] {
  return entries.slice(after.length).map(({ kind, source, at, text }) => ({ kind, source, at, text }));
}

/** As `said`, of the last ones: what a new ticket's thread begins with is not known before. */
async function lastSaid(backend: TicketBackend, id: TicketId, count: number): Promise<readonly unknown[]> {
  const told = await threadsOf(backend).read(id);
  return said(told.slice(-count));
}

async function textsIn(backend: TicketBackend, id: TicketId): Promise<readonly string[]> {
  return (await threadsOf(backend).read(id)).map(({ text }) => text);
}

const hasThreads = ({ backend }: ConformanceAbilities) => backend.threads !== undefined;

export const threadCases: readonly ConformanceCase[] = [
  // P12
  {
    rule: "threads",
    says: "entries of a commit stand in the thread, oldest first, as they were written and whatever is in them; the text of the ticket stays, and all of it is there after closing and opening",
    concerns: hasThreads,
    async run({ backend, open }) {
      await create(backend, sampleTicket("tk-0001"));
      const { ticket } = await stored(backend, "tk-0001");
      const begun = await threadsOf(backend).read("tk-0001");
      const entries = hostileTexts.map((text, index) => entryOf(index, text));
      const [named, ...others] = entries.slice(3);
      check(named !== undefined, "there are more than three texts");
      await append(backend, "tk-0001", entries.slice(0, 3));
      await append(backend, "tk-0001", [{ ...named, id: "entry-1" }]);
      for (const entry of others) await append(backend, "tk-0001", [entry]);
      const told = await threadsOf(backend).read("tk-0001");
      checkEqual(said(told.slice(0, begun.length)), said(begun), "the entries that were there before");
      const found = said(told, begun);
      for (const [index, entry] of said(entries).entries())
        checkEqual(found[index], entry, `entry ${index + 1} of ${entries.length}`);
      checkEqual(found.length, entries.length, "how many entries there are");
      checkEqual(told[begun.length + 3]?.id, "entry-1", "the id that was named");
      checkHolds(await stored(backend, "tk-0001"), ticket, "the ticket beside its thread");
      checkEqual(await threadsOf(backend).read("tk-9999"), [], "the thread of a ticket that is not there");
      await checkRefused(threadsOf(backend).read("../tk-0001"), "ID_INVALID", "the thread of a path");
      if (open === undefined) return;
      await backend.close?.();
      const again = await open();
      // Whether there is a ticket at all is for another rule to say.
      if ((await again.read("tk-0001")).record === undefined) return;
      checkEqual(await threadsOf(again).read("tk-0001"), told, "the thread after closing and opening");
      await again.close?.();
    },
  },
  // P4, P17
  {
    rule: "threads-with-commit",
    says: "an entry is written with its commit or not at all: a refused one leaves none, a repeated one none again, and whoever deletes the ticket deletes its thread",
    concerns: hasThreads,
    async run({ backend }) {
      const [first, refused, second, third] = ["first", "refused", "second", "third"].map((text) => ({
        ...{ kind: "comment", source: "ann", at: "2026-01-02T03:04:05Z" },
        text,
      }));
      check(first !== undefined && refused !== undefined, "there are entries");
      check(second !== undefined && third !== undefined, "there are entries");
      const made = { id: "tk-0001", expected: null, next: sampleTicket("tk-0001"), entries: [first] };
      await backend.commit(commitOf([made]));
      checkEqual(await lastSaid(backend, "tk-0001", 1), said([first]), "the entry of a new ticket");

      const { ticket } = await stored(backend, "tk-0001");
      const stale = { id: "tk-0001", expected: "no such revision", next: ticket, entries: [refused] };
      await checkRefused(backend.commit(commitOf([stale])), "TICKET_CONFLICT", "an entry on an old revision");
      if (backend.supports.batch) {
        await create(backend, sampleTicket("tk-0002"));
        const good = { ...changeOf(await stored(backend, "tk-0001"), {}), entries: [refused] };
        const bad = { id: "tk-0002", expected: "no such revision", next: sampleTicket("tk-0002") };
        const both = backend.commit(commitOf([good, bad]));
        await checkRefused(both, "TICKET_CONFLICT", "an entry beside a refused change");
      }
      check(!(await textsIn(backend, "tk-0001")).includes("refused"), "a refused commit left its entry");

      const commit = commitOf([{ ...changeOf(await stored(backend, "tk-0001"), {}), entries: [second] }]);
      await backend.commit(commit);
      await backend.commit(commit);
      await append(backend, "tk-0001", [third]);
      checkEqual(
        await lastSaid(backend, "tk-0001", 3),
        said([first, second, third]),
        "the entries after one of the operations was repeated",
      );
      if (backend.supports.history) {
        const told = await all(backend.history?.("tk-0001"));
        checkEqual(told.length, 3, "changes in the history, those of an entry alone among them");
      }
      await rewrite(backend, "tk-0001", null);
      checkEqual(await threadsOf(backend).read("tk-0001"), [], "the thread of a deleted ticket");
      await create(backend, sampleTicket("tk-0001"));
      const texts = await textsIn(backend, "tk-0001");
      check(!texts.includes("first"), "a new ticket of the same id has the entries of the old one");
    },
  },
  // P4
  {
    rule: "threads-at-once",
    says: "of entries that are written at one instant exactly those stand in the thread whose commit was not refused",
    concerns: hasThreads,
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const begun = await textsIn(backend, "tk-0001");
      const record = await stored(backend, "tk-0001");
      const texts = Array.from({ length: 6 }, (_item, index) => `text ${index + 1}`);
      const answers = await Promise.allSettled(
        texts.map(async (text) => {
          const entry = { kind: "comment", source: "ann", at: "2026-01-02T03:04:05Z", text };
          await backend.commit(commitOf([{ ...changeOf(record, {}), entries: [entry] }]));
          return text;
        }),
      );
      const written = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
      const [strange] = refused.filter(({ code }) => code !== "TICKET_CONFLICT");
      check(strange === undefined, `an entry was refused as ${describe(strange)}`);
      check(written.length > 0, "none of the entries was written");
      const found = (await textsIn(backend, "tk-0001")).slice(begun.length);
      checkSameSet(found, written, "the entries of the commits that were made");
    },
  },
  // P14
  {
    rule: "threads-unreadable",
    says: "the thread of a ticket that cannot be read is refused as TICKET_UNREADABLE, not answered as empty",
    concerns: (abilities) => hasThreads(abilities) && abilities.canPlant,
    async run({ backend, plant }) {
      await plant?.("tk-0002", "---\nid: tk-0002\nid: tk-0002\n---\n\n# Twice\n");
      await checkRefused(threadsOf(backend).read("tk-0002"), "TICKET_UNREADABLE", "an unreadable ticket");
    },
  },
  {
    rule: "no-threads",
    says: "a backend without threads refuses a commit with an entry as UNSUPPORTED, and changes nothing",
    concerns: ({ backend }) => backend.threads === undefined,
    async run({ backend }) {
      const entries = [entryOf(0, "Nobody would ever read this.")];
      await create(backend, sampleTicket("tk-0001"));
      const before = await stored(backend, "tk-0001");
      const change = { ...changeOf(before, { title: "Changed" }), entries };
      await checkRefused(backend.commit(commitOf([change])), "UNSUPPORTED", "a change with an entry");
      const made = { id: "tk-0002", expected: null, next: sampleTicket("tk-0002"), entries };
      await checkRefused(backend.commit(commitOf([made])), "UNSUPPORTED", "a new ticket with an entry");
      checkEqual((await backend.list()).tickets, [before], "the store");
    },
  },
];
