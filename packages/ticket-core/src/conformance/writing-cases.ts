import { sampleTicket } from "../sample-tickets.js";
import type { Ticket } from "../ticket.js";
import { check, checkEqual, checkHolds, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, createAll, idsUpTo, person, rewrite, stored } from "./writes.js";

/** A change of each field that may change, the state unit by way of legal edges. */
const singleChanges: readonly Partial<Ticket>[] = [
  { title: "Another title" },
  { priority: 4 },
  { labels: ["ui", "x y"] },
  { labels: [] },
  { dependsOn: ["tk-0002", "tk-0003"] },
  { blocks: ["tk-0002"] },
  { parent: "tk-0003" },
  { riskFlags: ["migration"] },
  { readiness: "implementation-ready" },
  { needsPreflight: true },
  { needsPreflight: undefined },
  { references: [{ kind: "url", target: "https://example.org/a:b#c" }] },
  { actionRequired: { reason: "decide: a or b?", since: "2026-01-02T03:04:05Z", by: "ann" } },
  { actionRequired: undefined },
  { updatedAt: "2026-02-03T04:05:06Z" },
  { assignedAgentId: "worker-1", assignedAt: "2026-01-02T03:04:05Z" },
  { leaseEpoch: 1 },
  { assignedAgentId: undefined, assignedAt: undefined },
  { state: "in-progress", leaseEpoch: 2 },
  { state: "review" },
  { body: "\n## Description\n\nOther text.\n" },
];

export const writingCases: readonly ConformanceCase[] = [
  {
    rule: "compare-and-swap",
    says: "a write from a revision that is not the stored one is refused as TICKET_CONFLICT and changes nothing",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { title: "Winner" });
      const attempt = backend.commit(commitOf([changeOf(old, { title: "Loser" })]));
      const error = await checkRefused(attempt, "TICKET_CONFLICT", "a write from an old revision");
      checkEqual(error.data.id, "tk-0001", "the ticket that the refusal names");
      checkEqual(error.data.expected, old.revision, "the revision that was expected");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Winner", "the title after the refusal");
      const madeUp = { ...old, revision: "no such revision" };
      await checkRefused(backend.commit(commitOf([changeOf(madeUp, {})])), "TICKET_CONFLICT", "an unknown revision");
    },
  },
  {
    rule: "conflict-tells",
    says: "TICKET_CONFLICT carries what is stored now and who wrote it",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { title: "Winner" }, { actor: { kind: "supervisor", id: "boss" } });
      const attempt = backend.commit(commitOf([changeOf(old, { title: "Loser" })]));
      const { data } = await checkRefused(attempt, "TICKET_CONFLICT", "a write from an old revision");
      checkEqual(data.current, await stored(backend, "tk-0001"), "the record in the refusal");
      checkEqual(data.by?.id, "boss", "the winner in the refusal");
      checkEqual(data.by?.kind, "supervisor", "the kind of the winner");
    },
  },
  {
    rule: "create-if-absent",
    says: "a create (expected null) of a ticket that exists is refused as TICKET_CONFLICT, the ticket stays",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001", { title: "First" }));
      const second = create(backend, sampleTicket("tk-0001", { title: "Second" }));
      await checkRefused(second, "TICKET_CONFLICT", "a second create");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "First", "the title after the refusal");
    },
  },
  {
    rule: "change-if-present",
    says: "a change of a ticket that does not exist is refused as TICKET_CONFLICT, it does not come into being",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const { revision } = await stored(backend, "tk-0001");
      const write = { id: "tk-0002", expected: revision, next: sampleTicket("tk-0002") };
      await checkRefused(backend.commit(commitOf([write])), "TICKET_CONFLICT", "a change of an absent ticket");
      checkEqual((await backend.read("tk-0002")).record, undefined, "the absent ticket");
    },
  },
  {
    rule: "delete-by-revision",
    says: "a deletion needs the stored revision; a deleted ticket is gone, and old revisions do not bring it back",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { priority: 1 });
      await checkRefused(backend.commit(commitOf([changeOf(old, null)])), "TICKET_CONFLICT", "an old deletion");
      const last = await stored(backend, "tk-0001");
      const { records } = await rewrite(backend, "tk-0001", null);
      checkEqual(records, [], "the records of a deletion");
      checkEqual((await backend.read("tk-0001")).record, undefined, "a deleted ticket");
      checkEqual((await backend.list()).tickets.length, 1, "the tickets left");
      const revival = backend.commit(commitOf([changeOf(last, { priority: 2 })]));
      await checkRefused(revival, "TICKET_CONFLICT", "a change of a deleted ticket");
      await create(backend, sampleTicket("tk-0001", { title: "Anew" }));
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Anew", "a ticket created again");
    },
  },
  {
    rule: "new-revision",
    says: "different contents never have the same revision; unchanged ones keep theirs",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const other = await stored(backend, "tk-0002");
      const seen = [(await stored(backend, "tk-0001")).revision];
      for (const title of ["One", "Two", "Three", "Four", "Five", "Six", "Seven"]) {
        await rewrite(backend, "tk-0001", { title });
        const { revision } = await stored(backend, "tk-0001");
        check(!seen.includes(revision), `revision ${revision} is given twice`);
        seen.push(revision);
      }
      checkEqual((await stored(backend, "tk-0002")).revision, other.revision, "the revision of an untouched ticket");
    },
  },
  {
    rule: "requires",
    says: "a commit is refused when a ticket that it was decided on is at another revision, and only then",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const old = await stored(backend, "tk-0002");
      await rewrite(backend, "tk-0002", { priority: 1 });
      const change = async () => [changeOf(await stored(backend, "tk-0001"), { title: "Changed" })];
      const attempt = async (id: string, revision: string | null) =>
        backend.commit(commitOf(await change(), { requires: [{ id, revision }] }));
      const error = await checkRefused(attempt("tk-0002", old.revision), "TICKET_CONFLICT", "an old requirement");
      checkEqual(error.data.id, "tk-0002", "the ticket that the refusal names");
      await checkRefused(attempt("tk-0002", null), "TICKET_CONFLICT", "an absent one required that is there");
      await checkRefused(attempt("tk-0009", old.revision), "TICKET_CONFLICT", "one required that is absent");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Ticket tk-0001", "after the refusals");
      const current = await stored(backend, "tk-0002");
      await attempt("tk-0002", current.revision);
      await attempt("tk-0009", null);
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Changed", "after what was met");
      checkEqual(await stored(backend, "tk-0002"), current, "the required ticket itself");
    },
  },
  {
    rule: "receipt",
    says: "a receipt bears the operation id and the records as they are stored",
    async run({ backend }) {
      const commit = commitOf([{ id: "tk-0001", expected: null, next: sampleTicket("tk-0001") }]);
      const receipt = await backend.commit(commit);
      checkEqual(receipt.operationId, commit.operationId, "the operation id");
      checkEqual(receipt.already, false, "already");
      checkEqual(receipt.records, [await stored(backend, "tk-0001")], "the records");
    },
  },
  {
    rule: "every-field",
    says: "a write that changes one field alone is stored, whichever field it is",
    async run({ backend }) {
      await createAll(backend, idsUpTo(3));
      for (const change of singleChanges) {
        const { ticket } = await stored(backend, "tk-0001");
        await rewrite(backend, "tk-0001", change);
        checkHolds(await stored(backend, "tk-0001"), { ...ticket, ...change }, `after ${JSON.stringify(change)}`);
      }
    },
  },
  {
    rule: "nothing-else",
    says: "a write changes its ticket and nothing else: all others stay byte for byte, with their revisions",
    async run({ backend }) {
      const ids = idsUpTo(14);
      await createAll(backend, ids);
      const others = (await backend.list()).tickets.filter(({ ticket }) => ticket.id !== "tk-0007");
      await rewrite(backend, "tk-0007", { title: "Changed", body: "\nOther.\n" }, { actor: person });
      for (const record of others) {
        checkEqual(await stored(backend, record.ticket.id), record, `the untouched ${record.ticket.id}`);
      }
    },
  },
];
