import type { TicketBackend } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import { checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceAbilities, ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, createAll, stored } from "./writes.js";

const concerns = ({ backend }: ConformanceAbilities) => backend.supports.batch;

async function titlesOf(backend: TicketBackend): Promise<readonly string[]> {
  return (await backend.list()).tickets.map(({ ticket }) => ticket.title).toSorted();
}

export const batchCases: readonly ConformanceCase[] = [
  {
    rule: "batch",
    says: "a commit of several tickets creates, changes and deletes them all, and answers in the order of its changes",
    concerns,
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002", "tk-0003"]);
      const changed = changeOf(await stored(backend, "tk-0003"), { title: "Changed" });
      const gone = changeOf(await stored(backend, "tk-0002"), null);
      const made = { id: "tk-0004", expected: null, next: sampleTicket("tk-0004", { title: "Made" }) };
      const { records } = await backend.commit(commitOf([made, gone, changed]));
      const expected = [await stored(backend, "tk-0004"), await stored(backend, "tk-0003")];
      checkEqual(records, expected, "the records");
      checkEqual(await titlesOf(backend), ["Changed", "Made", "Ticket tk-0001"], "what is stored");
    },
  },
  // P4
  {
    rule: "all-or-nothing",
    says: "a commit of several tickets of which one is refused, wherever it stands, changes none",
    concerns,
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const titles = await titlesOf(backend);
      const good = [
        changeOf(await stored(backend, "tk-0001"), { title: "Half" }),
        { id: "tk-0003", expected: null, next: sampleTicket("tk-0003") },
      ];
      const bad = changeOf({ ...(await stored(backend, "tk-0002")), revision: "no such" }, { title: "Bad" });
      for (const position of [0, 1, 2]) {
        const commit = commitOf(good.toSpliced(position, 0, bad));
        await checkRefused(backend.commit(commit), "TICKET_CONFLICT", `a wrong revision at ${position}`);
        checkEqual(await titlesOf(backend), titles, "what is stored");
      }
    },
  },
  {
    rule: "each-once",
    says: "a commit that names a ticket twice is refused as TICKET_INVALID",
    concerns,
    async run({ backend }) {
      await createAll(backend, ["tk-0001"]);
      const record = await stored(backend, "tk-0001");
      const twice = [changeOf(record, { title: "One" }), changeOf(record, { title: "Two" })];
      await checkRefused(backend.commit(commitOf(twice)), "TICKET_INVALID", "the same ticket twice");
      checkEqual(await stored(backend, "tk-0001"), record, "the ticket");
    },
  },
];
