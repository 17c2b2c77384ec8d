// What became of messages that were kept for later: each arrives, is still shown as waiting, or was about a ticket that has moved on. Pure.

/** An agent that waits so long at an empty prompt must be given what waits for it. */
const chanceMs = 20_000;
/** A change of a ticket is noted by its agent some time after it happened. */
const notedWithinMs = 10_000;
/** So many were kept: if none of them came, none is given. */
const fewKept = 8;

/** @param waiting the pings whose message was kept  @returns findings in words */
export function judgeKept(kept, waiting) {
  const outcomes = waiting.map((ping) => outcomeOf(kept, ping));
  const came = outcomes.filter(({ kind }) => kind === "arrived").length;
  return [
    ...outcomes.flatMap(({ finding }) => finding ?? []),
    ...(waiting.length >= fewKept && came === 0
      ? [`of ${waiting.length} messages that were kept, none was ever given`]
      : []),
  ];
}

export function keptOutcomes(kept, waiting) {
  const kinds = waiting.map((ping) => outcomeOf(kept, ping).kind);
  const count = (wanted) => kinds.filter((kind) => kind === wanted).length;
  return {
    "kept and arrived": count("arrived"),
    "kept and waiting at the end": count("waiting"),
    "kept, of unknown outcome": count("unknown"),
    "kept until the ticket moved on": count("moved on"),
    "kept, and not seen again before the end": count("not seen"),
    "kept and vanished": count("vanished"),
  };
}

function outcomeOf(kept, ping) {
  const { agentId, text } = ping;
  const arrivedAtMs = arrivalOf(kept, ping);
  const looks = kept.samples.filter(
    ({ inbox }) => inbox?.items !== undefined && inbox.fromMs >= ping.untilMs,
  );
  const seen = looks.map((sample) => ({ sample, item: itemOf(sample, ping) }));
  const late = seen.find(({ sample, item }) => isOverdue(kept, ping, sample, item));
  if (late !== undefined) {
    const finding = `not given: ${agentId} waited ${chanceMs / 1000} s for a task, and "${text}" still waits at ${late.sample.inbox.fromMs}`;
    return { kind: arrivedAtMs === undefined ? "waiting" : "arrived", finding };
  }
  if (arrivedAtMs !== undefined) return { kind: "arrived" };
  if (seen.some(({ item }) => item !== undefined && !isPending(item))) return { kind: "unknown" };
  const gone = seen.find(({ item }) => item === undefined)?.sample;
  if (gone === undefined) return { kind: seen.length === 0 ? "not seen" : "waiting" };
  if (diedWhileTyped(kept, ping, gone)) return { kind: "unknown" };
  const after = kept.samples.find(({ exitCode, fromMs }) => exitCode === 0 && fromMs >= gone.inbox.untilMs);
  if (after === undefined) return { kind: "not seen" };
  if (!hasGoneOn(kept, ping, after)) return { kind: "moved on" };
  const finding = `vanished: ${agentId} goes on with its ticket, and "${text}", which was kept for it, neither came nor waits at ${gone.inbox.fromMs}`;
  return { kind: "vanished", finding };
}

function arrivalOf({ records }, { agentId, text }) {
  return records
    .filter((record) => record.agentId === agentId)
    .flatMap(({ entries }) => entries)
    .find(({ message }) => message === text)?.atMs;
}

const itemOf = ({ inbox }, { agentId, text }) =>
  inbox.items.find((item) => item.kind === "message" && item.about === agentId && item.text === text);

const isPending = ({ what }) => / waits: /.test(what);

/** It still waits, although its agent has waited for a task for long: since it was kept, and at an empty prompt. */
function isOverdue({ records }, { agentId, untilMs }, { inbox }, item) {
  if (item === undefined || !isPending(item)) return false;
  const record = sessionAt(records, agentId, inbox.fromMs);
  const entries = record?.entries.filter(({ atMs }) => atMs <= inbox.untilMs) ?? [];
  const last = entries.findLast(({ state }) => state !== undefined);
  if (last?.state !== "idle" || last.hasDraft === true) return false;
  // Whatever it did in between, such as taking another message, begins its waiting anew.
  const sinceMs = Math.max(untilMs, ...entries.map(({ atMs }) => atMs));
  return inbox.fromMs - sinceMs >= chanceMs;
}

function sessionAt(records, agentId, atMs) {
  return records
    .filter(
      (record) => record.agentId === agentId && (record.entries[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs,
    )
    .toSorted((a, b) => a.generation - b.generation)
    .at(-1);
}

/** Its session ended with something in the composer: nobody knows what became of it, and its next session begins anew. */
function diedWhileTyped({ records, kills }, { agentId, untilMs }, gone) {
  return kills.some(
    ({ agentId: killed, generation, atMs }) =>
      killed === agentId &&
      atMs >= untilMs &&
      atMs <= gone.inbox.untilMs &&
      records
        .find((record) => record.agentId === agentId && record.generation === generation)
        ?.entries.findLast((entry) => entry.hasDraft !== undefined)?.hasDraft === true,
  );
}

/** It has the ticket that it had when the message was sent, and that ticket has not changed its state since. */
function hasGoneOn({ records, samples }, { agentId, fromMs }, after) {
  const rowIn = (sample) => sample?.agents.find((agent) => agent.agentId === agentId);
  const before = rowIn(samples.findLast((sample) => sample.exitCode === 0 && sample.untilMs <= fromMs));
  const now = rowIn(after);
  if (before === undefined || now === undefined) return false;
  if (before.ticketId !== now.ticketId || before.ticketState !== now.ticketState) return false;
  return !records
    .flatMap(({ entries }) => entries)
    .some(
      ({ command, atMs }) =>
        command?.[1] === "transition" &&
        command[2] === now.ticketId &&
        atMs >= fromMs &&
        atMs <= after.untilMs + notedWithinMs,
    );
}
