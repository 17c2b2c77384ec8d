// A process of the fault bench: works on a store through the built packages as a live agent host would, and keeps a journal outside of it.
// Its order comes as JSON on the command line; its fields are told below. It ends with 0 whatever was refused.
import { writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { faultFiles } from "./file-faults.mjs";
import { createJournal, nowUs } from "./journal.mjs";
import { createRandom } from "./random.mjs";

/**
 * - `root`: path of `tickets.git`; `journal`: path; `name`: who works
 * - `tickets`: ids to work on; `rounds`: operations, `untilMs`: for how long, neither = until killed; `seed`: of the random choices
 * - `effects`: what to do one after the other, instead of random choices; kind `step` = the next move of that ticket
 * - `outcomes`: operation ids to ask about, instead of any write: a line `outcome <id> <status>` for each
 * - `waits`: says `ready` and begins when a line comes in
 * - `dieAt`: `{ step, nth }`: SIGKILL there
 * - `files`: `{ call, nth, does }` as `faultFiles` takes it
 * - `isClockStopped`: the same step twice writes the same bytes; `clockJumps`: whether the clock tells any time between 1970 and 2100
 * - `onlyComments`: does nothing else; `isPaused`: waits a moment between the operations, at random
 * - `durability`, `lockWaitMs` of the backend
 */
const order = JSON.parse(process.argv[2] ?? "");
const journal = createJournal(order.journal);
const random = createRandom(`${order.name} ${order.seed}`);

const calls = faultFiles(order.files);
const { createGitBackend } = await import("../packages/ticket-backend-git/dist/index.js");
const { builtinTypes, createJudge, createTickets, isTicketError } = await import(
  "../packages/ticket-core/dist/index.js"
);

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let drawn = 0;
/** ULIDs that no other process makes: process, moment, counter. */
function newId() {
  drawn += 1;
  const encode = (value, width) =>
    Array.from(
      { length: width },
      (_, place) => digits[Math.floor(value / 32 ** (width - 1 - place)) % 32],
    ).join("");
  return `0${encode(process.pid, 6)}${encode(startedUs, 12)}${encode(drawn, 7)}`;
}
const startedUs = nowUs();

const reached = new Map();
function atStep(step) {
  const count = (reached.get(step) ?? 0) + 1;
  reached.set(step, count);
  if (order.dieAt?.step === step && order.dieAt.nth === count) process.kill(process.pid, "SIGKILL");
}

function now() {
  if (order.clockJumps === true) return new Date(Math.floor(random() * 4_102_444_800) * 1000);
  return new Date(order.isClockStopped === true ? "2026-01-02T03:04:05Z" : Date.now());
}
const backend = createGitBackend({
  root: order.root,
  judge: createJudge(builtinTypes),
  now,
  atStep,
  ...(order.durability !== undefined && { durability: order.durability }),
  lockWaitMs: order.lockWaitMs ?? 30_000,
});
const tickets = createTickets({
  backend,
  types: builtinTypes,
  now,
  newId,
  random: (below) => Math.floor(random() * below),
});

const act = {
  create: ({ title }, context) => tickets.create({ title }, context),
  comment: ({ ticket, author, text }, context) =>
    tickets.addEvent(ticket, { kind: "comment", source: author, text }, context),
  dependency: ({ ticket, on }, context) => tickets.addDependency(ticket, on, context),
  assign: ({ ticket, agent }, context) => tickets.assign(ticket, agent, context),
  claim: ({ ticket, agent }, context) => tickets.claim(ticket, agent, context),
  transition: ({ ticket, to }, context) => tickets.transition(ticket, to, { ...context, unguarded: true }),
};

/** Refusals that a writer may meet where others write, or where its disk fails. */
const legitimate = new Set([
  "TICKET_HELD",
  "TICKET_CONFLICT",
  "TICKET_BLOCKED",
  "TRANSITION_NOT_ALLOWED",
  "DEPENDENCY_CYCLE",
  "STORE_BUSY",
  "STORE_FULL",
  "STORE_READ_ONLY",
]);

async function run(effect) {
  const operationId = newId();
  journal.begin(operationId, effect);
  try {
    const record = await act[effect.kind](effect, {
      actor: { kind: "person", id: "manual" },
      operationId,
    });
    const made = effect.kind === "create" ? { effect: { ticket: record.ticket.id } } : {};
    journal.end(operationId, { status: "acknowledged", ...made });
  } catch (error) {
    const code = isTicketError(error) ? error.code : (error.code ?? error.name);
    const status = code === "COMMIT_UNKNOWN" ? "unknown" : "refused";
    const isExpected = legitimate.has(code) || status === "unknown";
    journal.end(operationId, {
      status,
      code,
      ...(!isExpected && { complaint: String(error.stack ?? error) }),
    });
  }
}

/** At random, among what the state that it reads allows. Each assignment is to somebody new: one that changes nothing would write nothing. */
async function choose(round) {
  const pick = (items) => items[Math.floor(random() * items.length)];
  const ticket = pick(order.tickets);
  const text = `text ${newId()}`;
  if (order.onlyComments === true || random() < 0.4)
    return { kind: "comment", ticket, author: order.name, text };
  if (random() < 0.1) return { kind: "create", title: `made by ${order.name} in round ${round}` };
  return step(ticket, random() < 0.5);
}

/** A step that the ticket's state allows, or in review, if wanted, an assignment. */
async function step(ticket, mayAssign = false) {
  const beginUs = nowUs();
  const { record, asOf } = await backend.read(ticket);
  const { state } = record.ticket;
  journal.read({ ticket, asOf, state, beginUs, endUs: nowUs() });
  if (state === "ready") return { kind: "claim", ticket, agent: order.name };
  if (state === "in-progress") return { kind: "transition", ticket, to: "review" };
  if (mayAssign) return { kind: "assign", ticket, agent: `agent-${newId()}` };
  return { kind: "transition", ticket, to: "in-progress" };
}

writeSync(1, "ready\n");
if (order.waits === true) {
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.pause();
}
if (order.outcomes !== undefined) {
  for (const operationId of order.outcomes) {
    const { status } = await backend.outcome(operationId);
    writeSync(1, `outcome ${operationId} ${status}\n`);
  }
} else if (order.effects !== undefined) {
  for (const effect of order.effects) await run(effect.kind === "step" ? await step(effect.ticket) : effect);
} else {
  const untilUs = startedUs + (order.untilMs ?? Number.POSITIVE_INFINITY) * 1000;
  for (let round = 0; round < (order.rounds ?? Number.POSITIVE_INFINITY) && nowUs() < untilUs; round += 1) {
    await run(await choose(round));
    if (order.isPaused === true) await wait(random() * 20);
  }
}
writeSync(1, `calls ${JSON.stringify(Object.fromEntries(calls))}\n`);
writeSync(1, `steps ${JSON.stringify(Object.fromEntries(reached))}\n`);
