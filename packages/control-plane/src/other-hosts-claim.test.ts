import { randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitBackend, initGitStore } from "@wiggum/ticket-backend-git";
import { builtinTypes, createJudge, createTickets } from "@wiggum/ticket-core";
import type { AgentFacts } from "@wiggum/workflow";
import { expect, onTestFinished, test } from "vitest";
import { refuseOtherHostsClaim } from "./other-hosts-claim.js";
import { upstreamDefaults } from "./settings.js";

const ann = { actor: { kind: "person", id: "ann" } } as const;

/** A store in which `worker-0` of the host `there` holds a ticket. */
async function heldThere() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-claim-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "tickets.git");
  await initGitStore({ path: root });
  const open = (host: string) => {
    const backend = createGitBackend({ root, judge: createJudge(builtinTypes), host });
    const now = () => new Date();
    return {
      backend,
      tickets: createTickets({ backend, types: builtinTypes, now, newId: randomUUID, random: randomInt }),
    };
  };
  const there = open("there");
  const { ticket } = await there.tickets.create({ title: "Shared" }, ann);
  await there.tickets.claim(ticket.id, "worker-0", { ...ann, unguarded: true });
  // What is written to it here says nothing about where it is held.
  const here = open("here");
  await here.tickets.addEvent(ticket.id, { kind: "comment", source: "ann", text: "Seen" }, ann);
  return { id: ticket.id, here };
}

const upstream = { ...upstreamDefaults, url: "origin" };
const registryOf = (ticketId?: string) => {
  const agent =
    ticketId === undefined ? undefined : ({ agentId: "worker-0", ticketId } as unknown as AgentFacts);
  return { read: async () => agent } as unknown as Parameters<typeof refuseOtherHostsClaim>[0]["registry"];
};

test("a claim of another host's agent is not taken over; a person's word frees it", async () => {
  const { id, here } = await heldThere();
  const parts = { ...here, settings: { upstream }, registry: registryOf() };
  await expect(refuseOtherHostsClaim(parts, "worker", id, "here")).rejects.toMatchObject({
    code: "TICKET_HELD",
    message: expect.stringContaining("worker-0 of another host, there"),
  });
  await here.tickets.release(id, ann);
  await here.tickets.claim(id, "worker-0", { ...ann, unguarded: true });
  await refuseOtherHostsClaim(parts, "worker", id, "here");
});

test("nobody is kept from what is this host's own, or from working beside the holder", async () => {
  const { id, here } = await heldThere();
  const parts = { ...here, settings: { upstream }, registry: registryOf() };
  // Its own claim, although the list of agents was lost.
  await refuseOtherHostsClaim(parts, "worker", id, "there");
  await refuseOtherHostsClaim({ ...parts, registry: registryOf(id) }, "worker", id, "here");
  await refuseOtherHostsClaim(parts, "reviewer", id, "here");
  await refuseOtherHostsClaim(parts, "worker", undefined, "here");
  // Without an upstream there is no other host: a machine may be given another name.
  await refuseOtherHostsClaim({ ...parts, settings: {} }, "worker", id, "here");
});
