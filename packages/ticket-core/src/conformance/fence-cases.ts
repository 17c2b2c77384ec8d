import { checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, createClaimed, rewrite, stored, worker } from "./writes.js";
import { sampleTicket } from "../sample-tickets.js";

export const fenceCases: readonly ConformanceCase[] = [
  {
    rule: "fence-required",
    says: "an agent that names no claim is refused as TICKET_FENCED",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      const before = await stored(backend, "tk-0001");
      const attempt = rewrite(backend, "tk-0001", { title: "Unfenced" }, { actor: worker });
      await checkRefused(attempt, "TICKET_FENCED", "an agent's write without a fence");
      checkEqual(await stored(backend, "tk-0001"), before, "the ticket");
    },
  },
  {
    rule: "fence-epoch",
    says: "a write under a claim that was taken over, or that never was, is refused as TICKET_FENCED and told the epoch now",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      await rewrite(backend, "tk-0001", { leaseEpoch: 2, assignedAgentId: "worker-1" });
      for (const epoch of [0, 1, 3]) {
        const fence = { id: "tk-0001", epoch };
        const attempt = rewrite(backend, "tk-0001", { title: "Zombie" }, { actor: worker, fence });
        const { data } = await checkRefused(attempt, "TICKET_FENCED", `a write with epoch ${epoch} of 2`);
        checkEqual([data.id, data.current], ["tk-0001", 2], "the ticket and epoch in the refusal");
      }
      const absent = { id: "tk-9999", epoch: 0 };
      const attempt = rewrite(backend, "tk-0001", { title: "Ghost" }, { actor: worker, fence: absent });
      await checkRefused(attempt, "TICKET_FENCED", "a claim on a ticket that does not exist");
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Ticket tk-0001", "the title");
    },
  },
  {
    rule: "fence-accepted",
    says: "an agent that names a valid claim may write, on that ticket as its reviewer, and on others",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      const { leaseEpoch: epoch } = (await stored(backend, "tk-0001")).ticket;
      const reviewer = { actor: { kind: "agent", id: "reviewer-0" }, fence: { id: "tk-0001", epoch } } as const;
      await rewrite(backend, "tk-0001", { title: "Reviewed" }, reviewer);
      await create(backend, sampleTicket("tk-0002", { title: "Found on the way" }), reviewer);
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Reviewed", "the title");
      checkEqual((await stored(backend, "tk-0002")).ticket.title, "Found on the way", "the other title");
    },
  },
  {
    rule: "fence-of-anybody",
    says: "a fence is checked whoever names it",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      const fence = { id: "tk-0001", epoch: 0 };
      const actor = { kind: "supervisor", id: "boss" } as const;
      const attempt = rewrite(backend, "tk-0001", { title: "Late" }, { actor, fence });
      await checkRefused(attempt, "TICKET_FENCED", "a supervisor's write under an old claim");
    },
  },
  {
    rule: "fence-first",
    says: "who was taken over is told so (TICKET_FENCED), not asked to read and try again (TICKET_CONFLICT)",
    async run({ backend }) {
      await createClaimed(backend, "tk-0001", worker.id);
      const old = await stored(backend, "tk-0001");
      await rewrite(backend, "tk-0001", { leaseEpoch: 2, assignedAgentId: "worker-1" });
      const fence = { id: "tk-0001", epoch: old.ticket.leaseEpoch };
      const commit = commitOf([changeOf(old, { title: "Zombie" })], { actor: worker, fence });
      await checkRefused(backend.commit(commit), "TICKET_FENCED", "an old claim with an old revision");
    },
  },
];
