import { sampleTicket } from "../sample-tickets.js";
import { checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, createAll, rewrite, stored } from "./writes.js";

export const judgeCases: readonly ConformanceCase[] = [
  {
    rule: "judge",
    says: "what the judge refuses (a change, a new ticket, any of several) is refused with the judge's error, and nothing is written",
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const { tickets } = await backend.list();
      const change = (ticket: object) => rewrite(backend, "tk-0001", ticket);
      const edge = await checkRefused(change({ state: "done" }), "TRANSITION_NOT_ALLOWED", "no edge");
      checkEqual([edge.data.from, edge.data.to], ["ready", "done"], "the edge in the refusal");
      await checkRefused(change({ state: "limbo" }), "STATE_UNKNOWN", "an unknown state");
      await checkRefused(change({ priority: 7 }), "TICKET_INVALID", "a wrong priority");
      await checkRefused(change({ createdBy: "me" }), "TICKET_INVALID", "a change of what never changes");
      const odd = create(backend, sampleTicket("tk-0003", { state: "done" }));
      await checkRefused(odd, "TICKET_INVALID", "a ticket that begins at its end");
      const nonsense = create(backend, sampleTicket("tk-0003", { type: "nonsense" }));
      await checkRefused(nonsense, "TYPE_UNKNOWN", "a ticket of an unknown type");
      checkEqual((await backend.list()).tickets, tickets, "the tickets");
      if (backend.supports.batch) {
        const good = changeOf(await stored(backend, "tk-0001"), { title: "Good" });
        const bad = changeOf(await stored(backend, "tk-0002"), { state: "done" });
        const both = backend.commit(commitOf([good, bad]));
        await checkRefused(both, "TRANSITION_NOT_ALLOWED", "the second of two changes");
      }
    },
  },
  {
    rule: "judge-override",
    says: "the override of a commit reaches the judge, who then lets edges pass",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      await rewrite(backend, "tk-0001", { state: "review" }, { override: "recovery" });
      checkEqual((await stored(backend, "tk-0001")).ticket.state, "review", "the state");
    },
  },
];
