import { sampleTicket } from "../sample-tickets.js";
import { check, checkEqual } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, createAll, newOperationId, rewrite, stored } from "./writes.js";

export const operationCases: readonly ConformanceCase[] = [
  // P17
  {
    rule: "operation-once",
    says: "the same operation id again, later or at one instant, has no second effect and is answered with the first result",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const commit = commitOf([changeOf(await stored(backend, "tk-0001"), { title: "Once" })]);
      const first = await backend.commit(commit);
      await rewrite(backend, "tk-0001", { title: "Later" });
      const later = await stored(backend, "tk-0001");
      const second = await backend.commit(commit);
      checkEqual(second.already, true, "already");
      checkEqual({ ...second, already: false }, first, "the receipt given again");
      checkEqual(await stored(backend, "tk-0001"), later, "the ticket after the repetition");
      const many = commitOf([changeOf(later, { leaseEpoch: 1, title: "One of four" })]);
      const receipts = await Promise.all([1, 2, 3, 4].map(() => backend.commit(many)));
      const firsts = receipts.filter(({ already }) => !already);
      check(firsts.length === 1, `${firsts.length} of 4 senders were told that theirs was the first`);
      const record = await stored(backend, "tk-0001");
      checkEqual(record.ticket.leaseEpoch, 1, "the epoch after four sendings");
      for (const receipt of receipts) {
        checkEqual({ ...receipt, already: false }, { ...firsts[0] }, "the receipt of a sender");
      }
    },
  },
  // P17
  {
    rule: "operation-id-alone",
    says: "a known operation id with other contents, later or at one instant, is the known operation: it writes nothing, and is answered with the first result",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const commit = commitOf([changeOf(await stored(backend, "tk-0001"), { title: "Once" })]);
      const { operationId } = commit;
      const first = await backend.commit(commit);
      const ids = ["tk-0001", "tk-0002", "tk-0003"];
      const seen = async () => Promise.all(ids.map(async (id) => (await backend.read(id)).record));
      const before = await seen();
      const others = [
        changeOf(await stored(backend, "tk-0001"), { title: "Other" }),
        changeOf(await stored(backend, "tk-0002"), { title: "Other" }),
        changeOf(await stored(backend, "tk-0002"), null),
        { id: "tk-0003", expected: null, next: sampleTicket("tk-0003") },
      ];
      for (const other of others) {
        const answer = await backend.commit(commitOf([other], { operationId }));
        checkEqual(answer, { ...first, already: true }, `the answer to another change of ${other.id}`);
        checkEqual(await seen(), before, "what is stored after it");
      }
      const base = await stored(backend, "tk-0002");
      const shared = { operationId: newOperationId() };
      const titles = ["One", "Two"];
      const receipts = await Promise.all(
        titles.map((title) => backend.commit(commitOf([changeOf(base, { title })], shared))),
      );
      const winner = receipts.find(({ already }) => !already);
      checkEqual(
        receipts.map(({ already }) => already).toSorted(),
        [false, true],
        "already, of two at one instant",
      );
      for (const receipt of receipts) {
        checkEqual({ ...receipt, already: false }, winner, "the receipt of one of the two");
      }
      const { title } = (await stored(backend, "tk-0002")).ticket;
      checkEqual(title, winner && titles[receipts.indexOf(winner)], "the title after the two");
    },
  },
  // P17
  {
    rule: "outcome-committed",
    says: "outcome of a committed operation is its receipt",
    async run({ backend }) {
      const commit = commitOf([{ id: "tk-0001", expected: null, next: sampleTicket("tk-0001") }]);
      const receipt = await backend.commit(commit);
      await rewrite(backend, "tk-0001", { title: "Later" });
      const outcome = await backend.outcome(commit.operationId);
      check(outcome.status === "committed", "a committed operation is said to be absent");
      checkEqual({ ...outcome.receipt, already: false }, receipt, "the receipt");
    },
  },
  {
    rule: "outcome-absent",
    says: "outcome of an operation that was never sent, or refused, is absent; a refused one may be sent again",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      checkEqual(
        (await backend.outcome(newOperationId())).status,
        "absent",
        "the outcome of an unknown operation",
      );
      const record = await stored(backend, "tk-0001");
      const attempts = [
        commitOf([{ id: "tk-0001", expected: null, next: sampleTicket("tk-0001") }]),
        commitOf([changeOf(record, { priority: 7 })]),
      ];
      let refused = 0;
      for (const commit of attempts) {
        // Whether it is refused is for other rules to say.
        const isRefused = await backend.commit(commit).then(
          () => false,
          () => true,
        );
        if (!isRefused) continue;
        refused += 1;
        const { operationId } = commit;
        checkEqual(
          (await backend.outcome(operationId)).status,
          "absent",
          "the outcome of a refused operation",
        );
        const receipt = await rewrite(backend, "tk-0001", { title: "Accepted" }, { operationId });
        checkEqual(receipt.already, false, "already, of an operation that was refused before");
      }
      check(refused > 0, "nothing was refused");
    },
  },
];
