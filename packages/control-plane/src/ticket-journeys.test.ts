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
  /** All feedback on the ticket by then. */
  readonly feedback?: readonly string[];
}

/** A ticket's history, a step each ten seconds. */
async function journeyOf(...steps: readonly Step[]) {
  const changes: TicketChange[] = [];
  for (const [index, step] of steps.entries()) {
    const { state, actor = person, cause, waitsForPerson = false, feedback = [] } = step;
    const ticket = {
      id: "tk-1",
      state,
      body: feedback.join("|"),
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
  const journeys = createTicketJourneys(backend as TicketBackend, async ({ body }) => [
    { kind: "comment", source: "p", text: "no finding" },
    ...body.split("|").map((text) => ({ kind: "feedback", source: "reviewer-0", text })),
  ]);
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

// P38
test("rejections are measured by what was handed in and found: same commit, or all findings still open, is no progress", async () => {
  const handIn = (commit: string, feedback: readonly string[]): Step => ({
    state: "review",
    actor: worker,
    cause: `hand-in of ${commit}`,
    feedback,
  });
  const reject = (...feedback: readonly string[]): Step => ({ state: "in-progress", feedback });
  const a = "1. Tests fail";
  const b = "1. Tests fail\n2. No docs";
  const c = "1. No docs";
  const start = [ready, claimed, handIn("aaaaaaa", []), reject(a)];
  expect(await journeyOf(...start)).toMatchObject({ rounds: 1, idleRounds: 0 });
  const second = [...start, handIn("bbbbbbb", [a]), reject(a, b)];
  expect(await journeyOf(...second)).toMatchObject({ rounds: 2, idleRounds: 1 });
  const same = [...second, handIn("bbbbbbb", [a, b]), reject(a, b, c)];
  expect(await journeyOf(...same)).toMatchObject({ rounds: 3, idleRounds: 2 });
  const better = [...second, handIn("ccccccc", [a, b]), reject(a, b, c)];
  expect(await journeyOf(...better)).toMatchObject({ rounds: 3, idleRounds: 0 });
  const answered: Step = { state: "in-progress", feedback: [a, b] };
  const resolved = [...second, { ...answered, waitsForPerson: true }, answered];
  expect(await journeyOf(...resolved)).toMatchObject({ rounds: 0, idleRounds: 0 });
});
