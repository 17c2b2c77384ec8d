import type { TicketBackend } from "../backend.js";
import { sampleTicket } from "../sample-tickets.js";
import { checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, createClaimed, rewrite, stored, worker } from "./writes.js";

/** A ticket that `worker` held and that was taken over since: it is at epoch 2. */
async function createTakenOver(backend: TicketBackend): Promise<void> {
  await createClaimed(backend, "tk-0001", worker.id);
  await rewrite(backend, "tk-0001", { leaseEpoch: 2, assignedAgentId: "worker-1" });
}

export const fenceCases: readonly ConformanceCase[] = [
  // P28
  {
    rule: "fence",
    says: "a write under a claim that is not, or no longer, valid is refused as TICKET_FENCED, whoever makes it; so is an agent that names none",
    async run({ backend }) {
      await createTakenOver(backend);
      const before = await stored(backend, "tk-0001");
      const write = (extra: object) =>
        rewrite(backend, "tk-0001", { title: "Zombie" }, { actor: worker, ...extra });
      for (const epoch of [0, 1, 3]) {
        const attempt = write({ fence: { id: "tk-0001", epoch } });
        const { data } = await checkRefused(attempt, "TICKET_FENCED", `a write with epoch ${epoch} of 2`);
        checkEqual([data.id, data.current], ["tk-0001", 2], "the ticket and epoch in the refusal");
      }
      await checkRefused(write({}), "TICKET_FENCED", "an agent's write without a fence");
      const ghost = write({ fence: { id: "tk-9999", epoch: 0 } });
      await checkRefused(ghost, "TICKET_FENCED", "a claim on a ticket that does not exist");
      const boss = { kind: "supervisor", id: "boss" } as const;
      const late = write({ actor: boss, fence: { id: "tk-0001", epoch: 1 } });
      await checkRefused(late, "TICKET_FENCED", "a supervisor's write under an old claim");
      const madeUp = changeOf({ ...before, revision: "no such revision" }, { title: "Zombie" });
      const commit = commitOf([madeUp], { actor: worker, fence: { id: "tk-0001", epoch: 1 } });
      const both = "an old claim with a wrong revision: who was taken over must stop, not read and try again";
      await checkRefused(backend.commit(commit), "TICKET_FENCED", both);
      checkEqual(await stored(backend, "tk-0001"), before, "the ticket");
    },
  },
  {
    rule: "fence-accepted",
    says: "an agent that names a valid claim may write, on that ticket as its reviewer, and on others",
    async run({ backend }) {
      await createTakenOver(backend);
      const reviewer = {
        actor: { kind: "agent", id: "reviewer-0" },
        fence: { id: "tk-0001", epoch: 2 },
      } as const;
      await rewrite(backend, "tk-0001", { title: "Reviewed" }, reviewer);
      await create(backend, sampleTicket("tk-0002", { title: "Found on the way" }), reviewer);
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Reviewed", "the title");
      checkEqual((await stored(backend, "tk-0002")).ticket.title, "Found on the way", "the other title");
    },
  },
];
