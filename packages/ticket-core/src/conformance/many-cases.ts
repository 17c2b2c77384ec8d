// What holds for one ticket, one change or one claim holds for many: stores that keep, tell or read only the first or the last few.
import type { TicketBackend, TicketChange } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import { check, checkEqual, checkRefused, withinDeadline } from "./assertions.js";
import type { ConformanceAbilities, ConformanceCase } from "./conformance-case.js";
import {
  all,
  changeOf,
  commitOf,
  create,
  createAll,
  createClaimed,
  idsUpTo,
  rewrite,
  stored,
  worker,
} from "./writes.js";

/** More than a store would keep or read at a time that thinks in tens. */
const many = 45;
const titles = Array.from({ length: many }, (_item, index) => `Title ${index + 1}`);

const canWatch = ({ backend }: ConformanceAbilities) => backend.supports.watch;
const takesBatches = ({ backend }: ConformanceAbilities) => backend.supports.batch;

/** A ticket that gets one title after the other. */
async function writeTitles(backend: TicketBackend): Promise<void> {
  await create(backend, sampleTicket("tk-0001", { title: "First" }));
  for (const title of titles) await rewrite(backend, "tk-0001", { title });
}

const titleOf = ({ after }: TicketChange) => after?.ticket.title;

export const manyCases: readonly ConformanceCase[] = [
  {
    rule: "history-whole",
    says: "history of a ticket that was changed many times gives every change, the first one too",
    concerns: ({ backend }) => backend.supports.history,
    async run({ backend }) {
      await writeTitles(backend);
      const told = (await all(backend.history?.("tk-0001"))).map(titleOf);
      checkEqual(told, ["First", ...titles], "the titles in the history");
    },
  },
  {
    rule: "watch-whole",
    says: "watch gives each of many changes, from the beginning, from a cursor, and while it follows",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      const { cursor } = await backend.list();
      const ending = new AbortController();
      const following = (async () => {
        const seen: (string | undefined)[] = [];
        for await (const change of backend.watch?.(cursor, { signal: ending.signal }) ?? []) {
          if (change.id === "tk-last") break;
          seen.push(titleOf(change));
        }
        return seen;
      })();
      try {
        await writeTitles(backend);
        for (const from of [undefined, cursor]) {
          const told = all(backend.watch?.(from, { follow: false }));
          const found = (await withinDeadline(told, deadlineMs, "watch to its end")).map(titleOf);
          checkEqual(found, ["First", ...titles], `the titles told from ${from ?? "the beginning"}`);
        }
        await create(backend, sampleTicket("tk-last"));
        const followed = await withinDeadline(following, deadlineMs, "watch that follows");
        checkEqual(followed, ["First", ...titles], "the titles told while it followed");
      } finally {
        ending.abort();
      }
    },
  },
  {
    rule: "watch-batch",
    says: "watch gives every change of a commit of several tickets, all with one cursor, and goes on after it",
    concerns: (abilities) => canWatch(abilities) && takesBatches(abilities),
    async run({ backend, deadlineMs }) {
      const { cursor } = await backend.list();
      const ids = idsUpTo(4);
      const made = ids.map((id) => ({ id, expected: null, next: sampleTicket(id) }));
      await backend.commit(commitOf(made));
      await rewrite(backend, "tk-0002", { title: "Later" });
      for (const from of [undefined, cursor]) {
        const told = await withinDeadline(
          all(backend.watch?.(from, { follow: false })),
          deadlineMs,
          "watch to its end",
        );
        const found = told.map(({ id }) => id);
        checkEqual(found.slice(0, 4).toSorted(), ids, "the tickets of the commit");
        checkEqual(found.slice(4), ["tk-0002"], "the tickets told after it");
        checkEqual(new Set(told.slice(0, 4).map((change) => change.cursor)).size, 1, "cursors of one commit");
        const first = told[0];
        check(first !== undefined, "nothing was told");
        const rest = await withinDeadline(
          all(backend.watch?.(first.cursor, { follow: false })),
          deadlineMs,
          "watch from the commit",
        );
        checkEqual(
          rest.map(({ id }) => id),
          ["tk-0002"],
          "the tickets told from the cursor of the commit",
        );
      }
    },
  },
  {
    rule: "watch-foreign-cursor",
    says: "watch from a cursor that is not of this store is refused as QUERY_INVALID, not begun elsewhere",
    concerns: canWatch,
    async run({ backend, deadlineMs }) {
      await createAll(backend, ["tk-0001"]);
      const attempt = (async () => all(backend.watch?.("no cursor of this store", { follow: false })))();
      const told = withinDeadline(attempt, deadlineMs, "watch from a foreign cursor");
      await checkRefused(told, "QUERY_INVALID", "a foreign cursor");
    },
  },
  // P4
  {
    rule: "all-or-nothing-large",
    says: "a commit of very many tickets is one commit, too: whole, or, with one refused at its end, nothing",
    concerns: takesBatches,
    async run({ backend }) {
      const ids = idsUpTo(many);
      const made = ids.map((id) => ({ id, expected: null, next: sampleTicket(id) }));
      const bad = { id: "tk-last", expected: "no such revision", next: sampleTicket("tk-last") };
      await checkRefused(backend.commit(commitOf([...made, bad])), "TICKET_CONFLICT", "the last of many");
      checkEqual((await backend.list()).tickets.length, 0, "tickets after the refusal");
      const { records } = await backend.commit(commitOf(made));
      checkEqual(
        records.map(({ ticket }) => ticket.id),
        ids,
        "the tickets in the receipt",
      );
      const listed = (await backend.list()).tickets.map(({ ticket }) => ticket.id);
      checkEqual(listed.toSorted(), ids, "the tickets that are stored");
    },
  },
  // P17
  {
    rule: "operation-remembered",
    says: "an operation is known by its id however many came after it, to commit as to outcome",
    async run({ backend }) {
      const commit = commitOf([{ id: "tk-0000", expected: null, next: sampleTicket("tk-0000") }]);
      const first = await backend.commit(commit);
      await writeTitles(backend);
      checkEqual(await backend.commit(commit), { ...first, already: true }, "the answer to its repetition");
      const outcome = await backend.outcome(commit.operationId);
      checkEqual(outcome.status, "committed", "its outcome");
    },
  },
  // P17, P28
  {
    rule: "operation-before-fence",
    says: "a known operation id is answered before the fence is looked at: whoever was taken over meanwhile learns that it was written",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      const record = await stored(backend, "tk-0001");
      const commit = commitOf([changeOf(record, { title: "In time" })], {
        actor: worker,
        fence: { id: "tk-0001", epoch: 1 },
      });
      const first = await backend.commit(commit);
      await rewrite(backend, "tk-0001", { leaseEpoch: 2, assignedAgentId: "worker-1" });
      checkEqual(await backend.commit(commit), { ...first, already: true }, "the answer to its repetition");
    },
  },
  // P28
  {
    rule: "fence-of-many",
    says: "of many claims on one ticket, one after the other, only the last is valid",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", "worker-1");
      for (let epoch = 2; epoch <= 12; epoch += 1) {
        await rewrite(backend, "tk-0001", { leaseEpoch: epoch, assignedAgentId: `worker-${epoch}` });
        const { fence } = await stored(backend, "tk-0001");
        checkEqual(fence, { id: "tk-0001", epoch }, `the fence of claim ${epoch}`);
        const actor = { ...worker, id: `worker-${epoch - 1}` };
        const late = rewrite(
          backend,
          "tk-0001",
          { title: "Late" },
          { actor, fence: { ...fence, epoch: epoch - 1 } },
        );
        await checkRefused(late, "TICKET_FENCED", `a write under claim ${epoch - 1} of ${epoch}`);
      }
    },
  },
  {
    rule: "problems-on-every-page",
    says: "each page of a list tells all problems of the store, not only the first one",
    concerns: ({ canPlant }) => canPlant,
    async run({ backend, plant }) {
      await createAll(backend, idsUpTo(3));
      await plant?.("tk-0009", "no ticket at all");
      const first = await backend.list({}, { limit: 2 });
      checkEqual(first.problems.length, 1, "problems on the first page");
      check(first.next !== undefined, "two of three tickets are not all");
      const second = await backend.list({}, { limit: 2, after: first.next });
      checkEqual(second.problems, first.problems, "problems on the second page");
    },
  },
  {
    rule: "long-values",
    says: "a title and a subject of the greatest length, and references that differ by their kind alone, are kept whole",
    async run({ backend }) {
      const title = "T".repeat(500);
      const references = [
        { kind: "branch", target: "same" },
        { kind: "commit", target: "same" },
      ] as const;
      const subject = "S".repeat(200);
      await create(backend, sampleTicket("tk-0001", { title, references }), { subject });
      const { ticket } = await stored(backend, "tk-0001");
      checkEqual([ticket.title, ticket.references], [title, references], "the title and the references");
      if (!backend.supports.history) return;
      const [change] = await all(backend.history?.("tk-0001"));
      // Whether the history tells it at all is for another rule to say.
      if (change !== undefined) checkEqual(change.subject, subject, "the subject in the history");
    },
  },
];
