import type { TicketBackendSupports } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import { check, checkEqual, checkRefused, checkSameSet } from "./assertions.js";
import { attachedTo, attachOne } from "./attachment-writes.js";
import type { ConformanceCase } from "./conformance-case.js";
import { all, changeOf, commitOf, create, createAll, rewrite, stored } from "./writes.js";

export const storeCases: readonly ConformanceCase[] = [
  {
    rule: "supports",
    says: "what the backend says to support is there, what it says not to support is not",
    async run({ backend }) {
      checkEqual(backend.contract, 1, "the version of the contract");
      check(backend.name !== "", "a backend has a name");
      const { supports } = backend;
      const methods: readonly (readonly [keyof TicketBackendSupports, unknown])[] = [
        ["history", backend.history],
        ["watch", backend.watch],
        ["sync", backend.sync],
        ["attachments", backend.attachments],
      ];
      for (const [name, method] of methods) {
        checkEqual(supports[name], method !== undefined, `supports.${name}, against what is there`);
      }
      checkEqual(typeof supports.batch, "boolean", "supports.batch");
      checkEqual(typeof supports.shared, "boolean", "supports.shared");
    },
  },
  {
    rule: "no-batch",
    says: "a backend without batches refuses a commit of several tickets as UNSUPPORTED, and changes none",
    concerns: ({ backend }) => !backend.supports.batch,
    async run({ backend }) {
      const changes = ["tk-0001", "tk-0002"].map((id) => ({ id, expected: null, next: sampleTicket(id) }));
      await checkRefused(backend.commit(commitOf(changes)), "UNSUPPORTED", "a commit of two tickets");
      checkEqual((await backend.list()).tickets, [], "the store");
    },
  },
  {
    rule: "second-handle",
    says: "another handle on the store sees what was written, and its writes are seen",
    concerns: ({ backend, canOpen }) => backend.supports.shared && canOpen,
    async run({ backend, open }) {
      await create(backend, sampleTicket("tk-0001"));
      const other = await open?.();
      check(other !== undefined, "the store can be opened again");
      checkEqual(await stored(other, "tk-0001"), await stored(backend, "tk-0001"), "the record of either");
      await rewrite(other, "tk-0001", { title: "By the other" });
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "By the other", "the title");
      checkEqual((await backend.list()).tickets[0]?.ticket.title, "By the other", "the title listed");
      await rewrite(backend, "tk-0001", { title: "Mine" });
      checkEqual((await stored(other, "tk-0001")).ticket.title, "Mine", "the title seen by the other");
      await other.close?.();
    },
  },
  {
    rule: "reopen",
    says: "closed and opened again a store holds the same tickets, revisions, history, operations and attachments",
    concerns: ({ canOpen }) => canOpen,
    async run({ backend, open }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const commit = commitOf([changeOf(await stored(backend, "tk-0001"), { title: "Last" })]);
      await backend.commit(commit);
      const { tickets } = await backend.list();
      const changes = await all(backend.history?.("tk-0001"));
      const attached = await attachOne(backend, "tk-0002");
      await backend.close?.();
      const again = await open?.();
      check(again !== undefined, "the store can be opened again");
      checkEqual((await again.list()).tickets, tickets, "the tickets");
      checkEqual(await all(again.history?.("tk-0001")), changes, "the history");
      // Were the operation forgotten, its revision would be an old one.
      await again.commit(commit);
      checkEqual(await attachedTo(again, "tk-0002"), attached, "the attachments");
      await again.close?.();
    },
  },
  // P14
  {
    rule: "unreadable-listed",
    says: "what cannot be read is named among the problems, and is in nobody's way",
    concerns: ({ canPlant }) => canPlant,
    async run({ backend, plant }) {
      await createAll(backend, ["tk-0001", "tk-0003"]);
      await plant?.("tk-0002", "---\nid: tk-0002\nstate: [\n---\n\n# Broken\n");
      const { tickets, problems } = await backend.list();
      checkSameSet(
        tickets.map(({ ticket }) => ticket.id),
        ["tk-0001", "tk-0003"],
        "the tickets",
      );
      checkEqual(
        problems.map(({ code, id }) => [code, id]),
        [["TICKET_UNREADABLE", "tk-0002"]],
        "the problems",
      );
      check(problems[0]?.message !== "", "a problem says what is wrong");
      checkEqual(
        (await backend.list({ ids: ["tk-0001"] })).problems.length,
        1,
        "the problems of a narrow query",
      );
      await rewrite(backend, "tk-0001", { title: "Goes on" });
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Goes on", "a write beside it");
    },
  },
  {
    rule: "unreadable-read",
    says: "reading what cannot be read is refused as TICKET_UNREADABLE, not answered as absent",
    concerns: ({ canPlant }) => canPlant,
    async run({ backend, plant }) {
      await plant?.("tk-0002", "---\nid: tk-0002\nid: tk-0002\n---\n\n# Twice\n");
      const { data } = await checkRefused(
        backend.read("tk-0002"),
        "TICKET_UNREADABLE",
        "an unreadable ticket",
      );
      checkEqual(data.id ?? "tk-0002", "tk-0002", "the ticket that the refusal names");
    },
  },
];
