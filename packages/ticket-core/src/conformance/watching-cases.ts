import type { TicketBackend, TicketChange, TicketCommit, WatchOptions } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketRecord } from "../ticket.js";
import { check, checkEqual, withinDeadline } from "./assertions.js";
import type { ConformanceAbilities, ConformanceCase } from "./conformance-case.js";
import { all, changeOf, commitOf, create, createAll, idsUpTo, person, rewrite, stored } from "./writes.js";

const keepsHistory = ({ backend }: ConformanceAbilities) => backend.supports.history;
const canWatch = ({ backend }: ConformanceAbilities) => backend.supports.watch;

/** A change as `id: title before → title after`. */
function show({ id, before, after }: TicketChange): string {
  return `${id}: ${before?.ticket.title ?? "absent"} → ${after?.ticket.title ?? "absent"}`;
}

function watch(backend: TicketBackend, from: string | undefined, options: WatchOptions) {
  const changes = backend.watch?.(from, options);
  check(changes !== undefined, "supports.watch without a method watch");
  return changes;
}

const caughtUp = { follow: false } as const;

/** Creates, changes (one ticket twice), deletes. */
async function writeStory(backend: TicketBackend): Promise<readonly string[]> {
  await create(backend, sampleTicket("tk-0001", { title: "A" }));
  await create(backend, sampleTicket("tk-0002", { title: "B" }));
  await rewrite(backend, "tk-0001", { title: "A2" });
  await rewrite(backend, "tk-0001", { title: "A3" });
  await rewrite(backend, "tk-0002", null);
  return [
    "tk-0001: absent → A",
    "tk-0002: absent → B",
    "tk-0001: A → A2",
    "tk-0001: A2 → A3",
    "tk-0002: B → absent",
  ];
}

interface WrittenFacts {
  readonly before: TicketRecord;
  readonly commit: TicketCommit;
}

/** A plain commit, then one that says everything that a commit can say. */
async function writeFacts(backend: TicketBackend): Promise<WrittenFacts> {
  await create(backend, sampleTicket("tk-0001"));
  const before = await stored(backend, "tk-0001");
  const commit = commitOf([changeOf(before, { state: "closed" })], {
    actor: { kind: "supervisor", id: "boss", role: "supervisor", host: "here" },
    subject: "Transition tk-0001: ready → closed",
    cause: "spawn failed",
    override: "recovery",
    skipHooks: true,
    at: "2026-03-04T05:06:07Z",
  });
  await backend.commit(commit);
  return { before, commit };
}

function checkFacts(
  changes: readonly TicketChange[],
  { before, commit }: WrittenFacts,
  after: TicketRecord,
): void {
  const changed = changes.find((change) => change.operationId === commit.operationId);
  const created = changes.find((change) => change.before === undefined);
  // Whether both are told at all is for other rules to say.
  if (changed !== undefined) {
    for (const fact of ["actor", "subject", "cause", "override", "skipHooks", "at"] as const) {
      checkEqual(changed[fact], commit[fact], fact);
    }
    checkEqual(changed.before, before, "the record before");
    checkEqual(changed.after, after, "the record after");
  }
  if (created === undefined) return;
  checkEqual(
    [created.skipHooks, created.cause, created.override],
    [false, undefined, undefined],
    "what a plain commit leaves out",
  );
}

export const watchingCases: readonly ConformanceCase[] = [
  {
    rule: "history",
    says: "history gives every change of one ticket, oldest first, its deletion too, and nothing of others",
    concerns: keepsHistory,
    async run({ backend }) {
      const story = await writeStory(backend);
      for (const id of ["tk-0001", "tk-0002"]) {
        const expected = story.filter((line) => line.startsWith(id));
        checkEqual((await all(backend.history?.(id))).map(show), expected, `the history of ${id}`);
      }
      checkEqual(await all(backend.history?.("tk-9999")), [], "the history of a ticket that never was");
    },
  },
  {
    rule: "history-facts",
    says: "history keeps who wrote what, why, by which operation, and the records before and after",
    concerns: keepsHistory,
    async run({ backend }) {
      const written = await writeFacts(backend);
      checkFacts(await all(backend.history?.("tk-0001")), written, await stored(backend, "tk-0001"));
    },
  },
  {
    rule: "watch-all",
    says: "watch without a cursor gives every change from the beginning, in commit order, and ends when caught up if not to follow",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      const story = await writeStory(backend);
      const changes = all(watch(backend, undefined, caughtUp));
      checkEqual(
        (await withinDeadline(changes, deadlineMs, "watch to its end")).map(show),
        story,
        "the changes",
      );
    },
  },
  {
    rule: "watch-facts",
    says: "watch tells who wrote what, why, by which operation and whether hooks are skipped, and the records before and after",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      const { cursor } = await backend.list();
      const written = await writeFacts(backend);
      // From the beginning, and from a cursor: a store may read the two in different ways.
      for (const from of [undefined, cursor]) {
        const changes = all(watch(backend, from, caughtUp));
        const told = await withinDeadline(changes, deadlineMs, "watch to its end");
        checkFacts(told, written, await stored(backend, "tk-0001"));
      }
    },
  },
  {
    rule: "watch-from-cursor",
    says: "watch from the cursor of a list, or of a change, gives exactly what was committed after it",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      const { cursor: start } = await backend.list();
      const story = await writeStory(backend);
      const read = (from: string) =>
        withinDeadline(all(watch(backend, from, caughtUp)), deadlineMs, "watch to its end");
      const changes = await read(start);
      checkEqual(changes.map(show), story, "the changes since the empty store");
      for (const [index, change] of changes.entries()) {
        const rest = (await read(change.cursor)).map(show);
        checkEqual(rest, story.slice(index + 1), `the changes after the first ${index + 1}`);
      }
      checkEqual(await read((await backend.list()).cursor), [], "the changes since now");
    },
  },
  {
    rule: "watch-follow",
    says: "watch goes on with what is committed later, and misses nothing of many writers at one instant",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      const ids = idsUpTo(8);
      const ending = new AbortController();
      const { cursor } = await backend.list();
      const seen: string[] = [];
      const following = (async () => {
        for await (const { id, after } of watch(backend, cursor, { signal: ending.signal })) {
          if (id === "tk-last") return true;
          seen.push(`${id} ${after?.ticket.priority}`);
        }
        return false;
      })();
      // Whether all of them land is for another rule to say.
      const landed = async (lines: readonly string[], writes: readonly Promise<unknown>[]) =>
        (await Promise.allSettled(writes)).flatMap(({ status }, index) =>
          status === "fulfilled" ? (lines[index] ?? []) : [],
        );
      await createAll(backend, ids.slice(0, 4));
      const expected = [
        ...ids.slice(0, 4).map((id) => `${id} 2`),
        ...(await landed(
          ids.slice(4).map((id) => `${id} 2`),
          ids.slice(4).map((id) => create(backend, sampleTicket(id))),
        )),
        ...(await landed(
          ids.map((id) => `${id} 0`),
          ids.map((id) => rewrite(backend, id, { priority: 0 })),
        )),
      ];
      await create(backend, sampleTicket("tk-last"));
      try {
        const progress = `watch, which gave ${seen.length} of ${expected.length} changes`;
        check(await withinDeadline(following, deadlineMs, progress), "watch ended by itself");
      } finally {
        ending.abort();
      }
      checkEqual(seen.toSorted(), expected.toSorted(), "the changes");
      for (const id of ids.slice(0, 4)) {
        const [first, second] = [seen.indexOf(`${id} 2`), seen.indexOf(`${id} 0`)];
        check(second === -1 || first < second, `${id}: out of order`);
      }
    },
  },
  {
    rule: "watch-abort",
    says: "watch ends without an error when its signal aborts, while it waits or before it began",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      await create(backend, sampleTicket("tk-0001"));
      const ending = new AbortController();
      const waiting = watch(backend, undefined, { signal: ending.signal })[Symbol.asyncIterator]();
      const first = await withinDeadline(waiting.next(), deadlineMs, "the first change");
      check(!first.done, "a watch that follows ended by itself");
      const next = waiting.next();
      ending.abort();
      const last = await withinDeadline(next, deadlineMs, "the end after an abort");
      check(last.done === true, "a change came after the abort that nobody made");
      const late = watch(backend, undefined, { signal: ending.signal });
      checkEqual(
        (await withinDeadline(all(late), deadlineMs, "a watch aborted before")).length,
        0,
        "its changes",
      );
    },
  },
  {
    rule: "watch-as-history",
    says: "watch and history tell the same of a ticket",
    concerns: ({ backend }) => backend.supports.watch && backend.supports.history,
    async run({ backend }) {
      await writeStory(backend);
      const facts = { actor: person, cause: "because", override: "recovery", skipHooks: true };
      await rewrite(backend, "tk-0001", { priority: 0 }, facts);
      const watched = await all(watch(backend, undefined, caughtUp));
      const told = await all(backend.history?.("tk-0001"));
      // Whether either is complete is for other rules to say.
      const both = told.flatMap((change) => {
        const same = watched.find(({ id, cursor }) => id === change.id && cursor === change.cursor);
        return same === undefined ? [] : [[same, change] as const];
      });
      check(both.length > 0, "watch and history have no change of tk-0001 in common");
      for (const [same, change] of both) checkEqual(same, change, "a change as watch tells it");
    },
  },
];
