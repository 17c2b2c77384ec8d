// Compares what the command said of agents in panes with what they wrote down of themselves. Pure.
import { judgeKept, keptOutcomes } from "./panes-kept.mjs";

/** A state that held for that long before a look, and during it, must be what was seen. */
const steadyMs = 1_500;
/** A killed worker is at work again, or its ticket is somebody else's, within that time; else the kill is counted as open. */
const resumedWithinMs = 60_000;

/** @returns `{counts, findings}`; a finding is a sentence */
export function judgePanes(kept) {
  const findings = [
    ...judgeMessages(kept),
    ...judgeKept(kept, kept.pings.filter(isPending)),
    ...judgeStates(kept),
    ...judgeKills(kept),
    ...judgeComments(kept),
    ...judgeEnd(kept),
  ];
  const outcomes = (words) => kept.pings.filter(({ stderr }) => stderr.includes(words)).length;
  const counts = {
    sessions: kept.records.length,
    agents: new Set(kept.records.map(({ agentId }) => agentId)).size,
    "messages sent": kept.pings.length,
    "messages delivered": kept.pings.filter(isDelivered).length,
    "messages kept for later": kept.pings.filter(isPending).length,
    ...keptOutcomes(kept, kept.pings.filter(isPending)),
    "messages refused": outcomes("was not reached:"),
    "messages of unknown outcome": outcomes("It is not known whether"),
    "keys sent": kept.keys,
    "states compared": kept.samples.reduce((sum, sample) => sum + compared(kept, sample).length, 0),
    "states not known": kept.samples
      .flatMap((sample) => compared(kept, sample))
      .filter(({ agent }) => agent.state === "running").length,
    kills: kept.kills.length,
    comments: kept.records.flatMap(commentsOf).filter(({ exitCode }) => exitCode === 0).length,
    "tickets handed over": kept.records.flatMap(({ entries }) =>
      entries.filter(({ command, exitCode }) => command?.[1] === "transition" && exitCode === 0),
    ).length,
  };
  if (counts["messages delivered"] + counts["kept and arrived"] === 0)
    findings.push("no message was delivered: nothing was tried");
  if (counts["states compared"] === counts["states not known"])
    findings.push("no state was compared: nothing was tried");
  return { counts, findings };
}

function receivedBy(records, agentId) {
  return records
    .filter((record) => record.agentId === agentId)
    .flatMap(({ entries }) => entries.flatMap(({ message }) => (message === undefined ? [] : [message])));
}

const isDelivered = ({ exitCode, stderr }) => exitCode === 0 && /^\[ok\] Pinged/m.test(stderr);

/** Kept, and typed later if the agent still has its ticket then. */
const isPending = ({ exitCode, stderr }) => exitCode === 0 && stderr.includes("The message is kept");

function judgeMessages({ pings, records }) {
  return pings.flatMap((ping) => {
    const { agentId, text, exitCode, stderr } = ping;
    const times = receivedBy(records, agentId).filter((message) => message === text).length;
    if (isDelivered(ping) && times !== 1)
      return [`lost: ${agentId} got "${text}" ${times} times, which was said to be delivered`];
    if (times > 1) return [`double: ${agentId} got "${text}" ${times} times`];
    if (exitCode !== 0 && times === 1 && stderr.includes("was not reached"))
      return [`false refusal: ${agentId} got "${text}", which was said not to have reached it`];
    const isKnown = /was not reached|It is not known whether|not found|has ended|no session|Session/i.test(
      stderr,
    );
    return isDelivered(ping) || isPending(ping) || isKnown
      ? []
      : [`ping of ${agentId} ended with ${exitCode}: ${stderr.trim()}`];
  });
}

/** What an agent was from some time before the look to its end; undefined = it changed meanwhile. */
function steadyState({ entries }, fromMs, untilMs) {
  const states = entries.filter(({ state }) => state !== undefined);
  const before = states.filter(({ atMs }) => atMs <= fromMs - steadyMs).at(-1);
  const isSteady = !states.some(({ atMs }) => atMs > fromMs - steadyMs && atMs <= untilMs);
  return isSteady && before?.hasDraft !== true ? before?.state : undefined;
}

function compared({ records, kills }, { agents, fromMs, untilMs }) {
  return agents.flatMap((agent) => {
    const record = records
      .filter(
        ({ agentId, entries }) =>
          agentId === agent.agentId && (entries[0]?.atMs ?? Number.POSITIVE_INFINITY) <= fromMs,
      )
      .at(-1);
    if (record === undefined) return [];
    const wasKilled = kills.some(
      ({ agentId, generation }) => agentId === agent.agentId && generation === record.generation,
    );
    const truth = steadyState(record, fromMs, untilMs);
    return truth === undefined || wasKilled || agent.generation !== record.generation
      ? []
      : [{ agent, truth, atMs: fromMs }];
  });
}

function judgeStates(kept) {
  const failed = kept.samples
    .filter(({ exitCode }) => exitCode !== 0)
    .map(({ exitCode, stderr }) => `list ended with ${exitCode}: ${stderr.trim()}`);
  const wrong = kept.samples.flatMap((sample) =>
    compared(kept, sample)
      .filter(({ agent, truth }) => !isShown(agent.state, truth) && !endedSoon(kept, agent, sample))
      .map(
        ({ agent, truth, atMs }) =>
          `state: ${agent.agentId} was ${truth} at ${atMs} and shown as ${agent.state}`,
      ),
  );
  return [...failed, ...wrong];
}

/** A question is shown as what is asked for: `waiting_input`, `waiting_permission`. `running` says that no more is known, and it does run. */
function isShown(state, truth) {
  return state === "running" || (truth === "waiting" ? state.startsWith("waiting") : state === truth);
}

/** It was ended by its supervisor while it was looked at. */
function endedSoon({ samples }, agent, sample) {
  if (agent.state !== "exited" && agent.state !== "stopping") return false;
  return samples
    .filter(({ fromMs }) => fromMs > sample.fromMs)
    .every(
      ({ agents }) => !agents.some(({ agentId, state }) => agentId === agent.agentId && state !== "exited"),
    );
}

function judgeKills({ kills, records, samples, tickets }) {
  const lastMs = Math.max(0, ...samples.map(({ untilMs }) => untilMs));
  return kills
    .filter(({ agentId, generation }) => !isGivenToPerson(tickets, agentId, generation))
    .filter(({ atMs }) => atMs + resumedWithinMs < lastMs)
    .filter(({ agentId, generation, atMs }) => {
      // Who only waits for the review of what it handed in is not needed, unless that comes back.
      const seen = samples
        .filter(({ fromMs }) => fromMs < atMs)
        .at(-1)
        ?.agents.find((agent) => agent.agentId === agentId);
      if (seen !== undefined && seen.ticketState !== "in-progress") return false;
      const resumed = records.some((record) => record.agentId === agentId && record.generation > generation);
      const goneMs = samples.find(
        ({ fromMs, agents }) => fromMs > atMs && !agents.some((agent) => agent.agentId === agentId),
      )?.fromMs;
      return !resumed && goneMs === undefined;
    })
    .map(({ agentId, generation }) => `${agentId} was killed in generation ${generation} and nobody went on`);
}

/** So many sessions of one ticket may end without moving it; then a person is asked, and nobody is started. */
const mostAttempts = 3;

function isGivenToPerson(tickets, agentId, generation) {
  return (
    generation >= mostAttempts &&
    tickets.some(
      ({ text }) =>
        text.includes(`\nassigned_agent_id: ${agentId}\n`) &&
        text.includes(`\naction_required: "${mostAttempts} attempts `) &&
        text.includes("\naction_required_by: supervisor\n"),
    )
  );
}

function commentsOf({ entries }) {
  return entries.filter(({ command }) => command?.[1] === "comment");
}

function judgeComments({ records, tickets }) {
  return records.flatMap((record) =>
    commentsOf(record).flatMap(({ command, exitCode }) => {
      const [, , id, source, text] = command;
      const body = tickets.find((ticket) => ticket.id === id)?.text ?? "";
      const entries = body
        .split(/^### From /m)
        .filter((entry) => entry.startsWith(source) && entry.trimEnd().endsWith(`\n${text}`));
      const expected = exitCode === 0 ? 1 : 0;
      return entries.length === expected || (exitCode !== 0 && entries.length <= 1)
        ? []
        : [`comment "${text}" of ${source} is in ${id} ${entries.length} times, not ${expected}`];
    }),
  );
}

function judgeEnd({ ended, teardown, processesLeft, socketsLeft, fsck }) {
  return [
    ...(ended.code === 0
      ? []
      : [`the supervisor ended with ${ended.code ?? ended.signal}: ${ended.said.slice(-500)}`]),
    ...(teardown.exitCode === 0
      ? []
      : [`teardown ended with ${teardown.exitCode}: ${teardown.stderr.trim()}`]),
    ...processesLeft.map((process) => `left after teardown: ${process}`),
    ...socketsLeft.map((name) => `a socket is left after teardown: ${name}`),
    ...(fsck.status === 0 ? [] : [`git fsck: ${fsck.stdout}${fsck.stderr}`]),
  ];
}
