// `wiggum run` is killed again and again, and started again each time. Watched from outside: processes and the ticket store alone.
import { join } from "node:path";
import { agentProcesses } from "./processes.mjs";
import { git } from "./verify.mjs";

/** Longest time that a run is left alone before it is killed. */
const longestLifeMs = 5_000;

/**
 * Kills the run with SIGKILL `kills` times, each time after a random while, and lets the last one come to its end. Meanwhile somebody
 * writes comments.
 * @returns the exit code of the last run, and in words what went wrong
 */
export async function watchThroughKills(project, { kills, seed, filed, write, startRun }) {
  const problems = new Set();
  const over = { isOver: false };
  const watching = watchPlaces(project, problems, over);
  const writing = writeComments(filed, write, over);
  const random = generator(seed);
  let code = 0;
  for (let killed = 0; ; killed += 1) {
    const child = startRun();
    const exit = new Promise((resolve) =>
      child.once("exit", (status, signal) => resolve({ status, signal })),
    );
    if (killed < kills) {
      const timer = setTimeout(() => child.kill("SIGKILL"), Math.floor(random() ** 2 * longestLifeMs));
      const { status, signal } = await exit;
      clearTimeout(timer);
      if (signal === "SIGKILL") console.log(`-- killed wiggum run with SIGKILL (${killed + 1} of ${kills})`);
      else if (status !== 0) problems.add(`a wiggum run ended with ${status} by itself`);
      continue;
    }
    code = (await exit).status ?? 1;
    break;
  }
  over.isOver = true;
  await watching;
  for (const problem of lostComments(project, await writing)) problems.add(problem);
  return { code, problems: [...problems] };
}

/** No two agents may have the same role on the same ticket, nor one agent two sessions. */
async function watchPlaces(project, problems, over) {
  while (!over.isOver) {
    const places = new Map();
    for (const { role, ticketId, agentId, generation } of agentProcesses(project)) {
      const place = `${role} of ${ticketId}`;
      places.set(place, (places.get(place) ?? new Set()).add(`${agentId}, session ${generation}`));
    }
    for (const [place, sessions] of places) {
      if (sessions.size > 1)
        problems.add(`${place} was dispatched twice: ${[...sessions].sort().join(" and ")}`);
    }
    await pause(50);
  }
}

/** Comments that were acknowledged with exit code 0. */
async function writeComments(filed, write, over) {
  const acknowledged = [];
  for (let number = 0; !over.isOver; number += 1) {
    const { id } = filed[number % filed.length];
    const text = `note-${number}-of-the-demo`;
    if (await write(id, text)) acknowledged.push({ id, text });
    await pause(700);
  }
  return acknowledged;
}

function lostComments(project, acknowledged) {
  const store = join(project, ".wiggum", "tickets.git");
  const problems = [];
  if (acknowledged.length === 0) problems.push("no comment was acknowledged");
  for (const id of new Set(acknowledged.map((entry) => entry.id))) {
    const path = git(store, "ls-tree", "-r", "--name-only", "main")
      .split("\n")
      .find((name) => name.endsWith(`${id}.md`));
    const text = path === undefined ? "" : git(store, "show", `main:${path}`);
    for (const entry of acknowledged.filter((one) => one.id === id)) {
      const times = text.split(entry.text).length - 1;
      if (times !== 1) problems.push(`${entry.text}, acknowledged, is ${times} times in ${id}`);
    }
  }
  return problems;
}

function generator(seed) {
  let state = (seed >>> 0) + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pause(durationMs) {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
