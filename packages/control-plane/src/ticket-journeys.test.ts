import type { Actor, Ticket, TicketBackend, TicketChange } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import { createTicketJourneys } from "./ticket-journeys.js";

const person: Actor = { kind: "person", id: "p" };
const worker: Actor = { kind: "agent", id: "worker-0" };
const supervisor: Actor = { kind: "supervisor", id: "wiggum" };
const second = (number: number) => Date.parse("2026-01-02T03:04:00Z") + number * 1_000;

interface Step {
  readonly state: string;
  readonly actor?: Actor;
  readonly cause?: string;
  readonly waitsForPerson?: boolean;
}

/** A ticket's history, a step each ten seconds. */
async function journeyOf(...steps: readonly Step[]) {
  const changes: TicketChange[] = [];
  for (const [index, { state, actor = person, cause, waitsForPerson = false }] of steps.entries()) {
    const ticket = {
      id: "tk-1",
      state,
      ...(waitsForPerson ? { actionRequired: { reason: "stuck" } } : {}),
    } as Ticket;
    const before = changes.at(-1)?.after;
    const change = {
      cursor: String(index) as TicketChange["cursor"],
      id: "tk-1",
      before,
      after: { ticket } as TicketChange["after"],
      actor,
      cause,
      subject: "",
      skipHooks: false,
      at: new Date(second(index * 10)).toISOString(),
    };
    changes.push(change as TicketChange);
  }
  async function* watch() {
    yield* changes;
  }
  const backend: Pick<TicketBackend, "name" | "watch"> = { name: "test", watch };
  const journeys = createTicketJourneys(backend as TicketBackend);
  await journeys.advance();
  const journey = journeys.of("tk-1");
  if (journey === undefined) throw new Error("no journey");
  return journey;
}

const ready: Step = { state: "ready" };
const claimed: Step = { state: "in-progress", actor: supervisor };
const undone: Step = { state: "ready", actor: supervisor, cause: "spawn failed" };

test("starts that fail are neither a round nor a new beginning, however many", async () => {
  const journey = await journeyOf(ready, claimed, undone, claimed, undone, claimed, undone);
  expect(journey).toMatchObject({ enteredAtMs: second(0), rounds: 0 });
  const later = await journeyOf(ready, claimed, { ...undone, cause: "spawn failed; hook depth 1" }, claimed);
  expect(later).toMatchObject({ enteredAtMs: second(30), rounds: 0 });
});

test("any other way back is a round, and begins anew", async () => {
  const released = { ...undone, cause: "released" };
  expect(await journeyOf(ready, claimed, released)).toMatchObject({ enteredAtMs: second(20), rounds: 1 });
  const handIn: Step = { state: "review", actor: worker };
  expect(await journeyOf(ready, claimed, handIn, claimed, handIn, claimed)).toMatchObject({ rounds: 2 });
});

test("what an agent moved itself is known, with the time; a claim for it is not", async () => {
  const journey = await journeyOf(ready, claimed, { state: "review", actor: worker }, claimed);
  expect(journey.hasMoved("worker-0", second(15), second(25))).toBe(true);
  expect(journey.hasMoved("worker-0", second(20) + 300, second(25))).toBe(true);
  expect(journey.hasMoved("worker-0", second(21), second(99))).toBe(false);
  expect(journey.hasMoved("worker-0", second(5), second(15))).toBe(false);
  expect(journey.hasMoved("worker-1", second(0), second(99))).toBe(false);
});

test("when a person has acted, attempts and rounds count anew", async () => {
  const stuck: Step = { state: "ready", waitsForPerson: true };
  const back = { ...undone, cause: "released" };
  expect(await journeyOf(ready, claimed, back, stuck)).toMatchObject({ enteredAtMs: second(20), rounds: 1 });
  expect(await journeyOf(ready, claimed, back, stuck, ready)).toMatchObject({
    enteredAtMs: second(40),
    rounds: 0,
  });
});
