import { sampleTicket } from "../sample-tickets.js";
import { checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { create, rewrite, stored } from "./writes.js";

export const judgeCases: readonly ConformanceCase[] = [
  {
    rule: "judge-change",
    says: "a change that the judge refuses is refused with the judge's error, and nothing is written",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const before = await stored(backend, "tk-0001");
      const edge = await checkRefused(
        rewrite(backend, "tk-0001", { state: "done" }),
        "TRANSITION_NOT_ALLOWED",
        "an edge that does not exist",
      );
      checkEqual([edge.data.from, edge.data.to], ["ready", "done"], "the edge in the refusal");
      await checkRefused(rewrite(backend, "tk-0001", { state: "limbo" }), "STATE_UNKNOWN", "an unknown state");
      await checkRefused(rewrite(backend, "tk-0001", { priority: 7 }), "TICKET_INVALID", "a wrong priority");
      await checkRefused(rewrite(backend, "tk-0001", { createdBy: "me" }), "TICKET_INVALID", "an immutable field");
      checkEqual(await stored(backend, "tk-0001"), before, "the ticket");
    },
  },
  {
    rule: "judge-create",
    says: "a new ticket that the judge refuses is refused with the judge's error, and does not come into being",
    async run({ backend }) {
      const odd = sampleTicket("tk-0001", { state: "done" });
      await checkRefused(create(backend, odd), "TICKET_INVALID", "a ticket that begins at its end");
      const unknown = sampleTicket("tk-0001", { type: "nonsense" });
      await checkRefused(create(backend, unknown), "TYPE_UNKNOWN", "a ticket of an unknown type");
      checkEqual((await backend.read("tk-0001")).record, undefined, "the refused ticket");
    },
  },
  {
    rule: "judge-override",
    says: "the override of a commit reaches the judge, who then lets edges pass and nothing else",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      await rewrite(backend, "tk-0001", { state: "review" }, { override: "recovery" });
      checkEqual((await stored(backend, "tk-0001")).ticket.state, "review", "the state");
      const attempt = rewrite(backend, "tk-0001", { priority: 7 }, { override: "recovery" });
      await checkRefused(attempt, "TICKET_INVALID", "a wrong priority with an override");
    },
  },
];
