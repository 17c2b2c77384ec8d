import { isTicketError } from "../errors.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Ticket } from "../ticket.js";
import { check, checkEqual, checkHolds, checkRefused, checkSameSet, describe } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { race, raceForOne } from "./race.js";
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
  // P1 P3
  {
    rule: "compare-and-swap",
    says: "of writers from one revision, one after another or at one instant, exactly one wins; the others are refused as TICKET_CONFLICT and change nothing",
    async run(store) {
      const { backend } = store;
      await create(backend, sampleTicket("tk-0001"));
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { title: "Winner" });
      const attempt = backend.commit(commitOf([changeOf(old, { title: "Loser" })]));
      const { data } = await checkRefused(attempt, "TICKET_CONFLICT", "a write from an old revision");
      checkEqual([data.id, data.expected], ["tk-0001", old.revision], "what the refusal names");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Winner", "the title after the refusal");
      const madeUp = changeOf({ ...old, revision: "no such revision" }, {});
      await checkRefused(backend.commit(commitOf([madeUp])), "TICKET_CONFLICT", "an unknown revision");
      for (const round of [1, 2, 3]) {
        const base = await stored(backend, "tk-0001");
        const winner = await raceForOne(store, (handle, title) =>
          handle.commit(commitOf([changeOf(base, { title: `${title} of round ${round}` })])),
        );
        const { title } = (await stored(backend, "tk-0001")).ticket;
        checkEqual(title, `${winner} of round ${round}`, "the title after a race");
      }
    },
  },
  // P6
  {
    rule: "create-if-absent",
    says: "of creates (expected null) of one id, one after another or at one instant, exactly one wins; the others are refused as TICKET_CONFLICT",
    async run(store) {
      const { backend } = store;
      await create(backend, sampleTicket("tk-0001", { title: "First" }));
      const second = create(backend, sampleTicket("tk-0001", { title: "Second" }));
      await checkRefused(second, "TICKET_CONFLICT", "a second create");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "First", "the title after the refusal");
      const winner = await raceForOne(store, (handle, title) =>
        create(handle, sampleTicket("tk-0002", { title })),
      );
      checkEqual((await stored(backend, "tk-0002")).ticket.title, winner, "the title after a race");
    },
  },
  // P5
  {
    rule: "change-if-present",
    says: "a change of a ticket that does not exist, or no longer, is refused as TICKET_CONFLICT; it does not come into being",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const record = await stored(backend, "tk-0002");
      const never = { id: "tk-0003", expected: record.revision, next: sampleTicket("tk-0003") };
      await checkRefused(backend.commit(commitOf([never])), "TICKET_CONFLICT", "a change of what never was");
      await rewrite(backend, "tk-0002", null);
      const revival = backend.commit(commitOf([changeOf(record, { priority: 1 })]));
      await checkRefused(revival, "TICKET_CONFLICT", "a change of a deleted ticket");
      checkEqual(
        (await backend.list()).tickets.map(({ ticket }) => ticket.id),
        ["tk-0001"],
        "the tickets",
      );
    },
  },
  // P5
  {
    rule: "delete-by-revision",
    says: "a deletion needs the stored revision; a deleted ticket is gone, and its id may be taken again",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { priority: 1 });
      await checkRefused(
        backend.commit(commitOf([changeOf(old, null)])),
        "TICKET_CONFLICT",
        "an old deletion",
      );
      const { records } = await rewrite(backend, "tk-0001", null);
      checkEqual(records, [], "the records of a deletion");
      checkEqual((await backend.read("tk-0001")).record, undefined, "a deleted ticket");
      checkEqual((await backend.list()).tickets.length, 1, "how many tickets are left");
      await create(backend, sampleTicket("tk-0001", { title: "Anew" }));
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Anew", "a ticket created again");
    },
  },
  {
    rule: "conflict-tells",
    says: "TICKET_CONFLICT carries what is stored now and who wrote it",
    async run({ backend }) {
      const boss = { kind: "supervisor", id: "boss" } as const;
      await create(backend, sampleTicket("tk-0009"));
      let refusals = 0;
      for (const kind of ["change", "create", "requirement"] as const) {
        const id = `tk-${kind}`;
        await create(backend, sampleTicket(id));
        const old = await stored(backend, id);
        await rewrite(backend, id, { title: "Winner" }, { actor: boss });
        const current = await stored(backend, id);
        const other = changeOf(await stored(backend, "tk-0009"), { title: `Loser of ${kind}` });
        const commit = {
          change: commitOf([changeOf(old, { title: "Loser" })]),
          create: commitOf([{ id, expected: null, next: sampleTicket(id) }]),
          requirement: commitOf([other], { requires: [{ id, revision: old.revision }] }),
        }[kind];
        // Whether it is refused is for another rule to say.
        const error = await backend.commit(commit).catch((thrown: unknown) => thrown);
        if (!(error instanceof Error)) continue;
        refusals += 1;
        check(isTicketError(error, "TICKET_CONFLICT"), `a conflict is told as ${describe(error)}`);
        checkEqual(error.data.id, id, "the ticket in the refusal");
        checkEqual(error.data.current, current, "the record in the refusal");
        checkEqual(
          [error.data.by?.kind, error.data.by?.id],
          ["supervisor", "boss"],
          "the winner in the refusal",
        );
      }
      check(refusals > 0, "no conflict was noticed");
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
      checkEqual(
        (await stored(backend, "tk-0002")).revision,
        other.revision,
        "the revision of an untouched ticket",
      );
    },
  },
  // P16
  {
    rule: "requires",
    says: "a commit is refused when any of the tickets that it was decided on is at another revision, and only then; of two that cross at one instant exactly one goes through",
    async run(store) {
      const { backend } = store;
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const old = await stored(backend, "tk-0002");
      await rewrite(backend, "tk-0002", { priority: 1 });
      const change = async () => [changeOf(await stored(backend, "tk-0001"), { title: "Changed" })];
      const attempt = async (id: string, revision: string | null) =>
        backend.commit(commitOf(await change(), { requires: [{ id, revision }] }));
      const { data } = await checkRefused(
        attempt("tk-0002", old.revision),
        "TICKET_CONFLICT",
        "an old requirement",
      );
      checkEqual(data.id, "tk-0002", "the ticket that the refusal names");
      await checkRefused(attempt("tk-0002", null), "TICKET_CONFLICT", "an absent one required that is there");
      await checkRefused(attempt("tk-0009", old.revision), "TICKET_CONFLICT", "one required that is absent");
      const current = await stored(backend, "tk-0002");
      const met = [
        { id: "tk-0002", revision: current.revision },
        { id: "tk-0008", revision: null },
        { id: "tk-0009", revision: null },
      ];
      for (const position of [0, 1, 2, 3]) {
        const requires = met.toSpliced(position, 0, { id: "tk-0003", revision: old.revision });
        await checkRefused(
          backend.commit(commitOf(await change(), { requires })),
          "TICKET_CONFLICT",
          `one of four requirements, at ${position}, that is not met`,
        );
      }
      checkEqual(
        (await stored(backend, "tk-0001")).ticket.title,
        "Ticket tk-0001",
        "the title after the refusals",
      );
      await backend.commit(commitOf(await change(), { requires: met }));
      await attempt("tk-0002", current.revision);
      await attempt("tk-0009", null);
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Changed", "the title after what was met");
      checkEqual(await stored(backend, "tk-0002"), current, "the required ticket itself");
      for (const round of [1, 2, 3, 4]) {
        const ids = [`tk-a${round}`, `tk-b${round}`] as const;
        await createAll(backend, ids);
        const bases = [await stored(backend, ids[0]), await stored(backend, ids[1])] as const;
        await raceForOne(
          store,
          (handle, _title, index) => {
            const [mine, theirs] = index === 0 ? bases : [bases[1], bases[0]];
            const requires = [{ id: theirs.ticket.id, revision: theirs.revision }];
            return handle.commit(commitOf([changeOf(mine, { dependsOn: [theirs.ticket.id] })], { requires }));
          },
          2,
        );
      }
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
  // P17
  {
    rule: "every-field",
    says: "a write that changes one field alone is stored, whichever field it is",
    async run({ backend }) {
      await createAll(backend, idsUpTo(3));
      for (const change of singleChanges) {
        const { ticket } = await stored(backend, "tk-0001");
        await rewrite(backend, "tk-0001", change);
        checkHolds(
          await stored(backend, "tk-0001"),
          { ...ticket, ...change },
          `after ${JSON.stringify(change)}`,
        );
      }
    },
  },
  // P2
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
  {
    rule: "all-land",
    says: "writes to different tickets at one instant all land",
    async run(store) {
      const ids = idsUpTo(12);
      await createAll(store.backend, ids);
      const bases = await Promise.all(ids.map((id) => stored(store.backend, id)));
      const { lost } = await race(store, ids.length, (handle, title, index) => {
        const [base] = bases.slice(index);
        return base ? handle.commit(commitOf([changeOf(base, { title })])) : Promise.resolve();
      });
      check(
        lost.length === 0,
        `${lost.length} writers of their own tickets were refused: ${describe(lost[0])}`,
      );
      const titles = (await store.backend.list()).tickets.map(({ ticket }) => ticket.title);
      checkSameSet(
        titles,
        ids.map((_id, index) => `Writer ${index}`),
        "the titles stored",
      );
    },
  },
];
