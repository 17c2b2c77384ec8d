#!/usr/bin/env node
// An agent for the bench of panes: a program with a composer, as coding agents have one, that decides by a seeded generator when it works, asks
// and is idle. It writes down what it was and what it was told, which is what the command's own answers are judged by.
import { spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "./random.mjs";

const {
  WIGGUM_AGENT_ID: agentId = "",
  WIGGUM_GENERATION: generation = "",
  WIGGUM_TICKET_ID: ticketId = "",
  WIGGUM_ROLE: role = "",
  WIGGUM_BIN: wiggum = "wiggum",
  PANES_RECORDS: records = ".",
  PANES_SEED: seed = "1",
} = process.env;
const random = createRandom(`${seed} ${agentId} ${generation}`);
const file = join(records, `${agentId}.${generation}.jsonl`);

let draft = "";
let state = "busy";
let said = "";
let answer = () => {};
const messages = [];

const note = (entry) => appendFileSync(file, `${JSON.stringify({ atMs: Date.now(), ...entry })}\n`);
const between = (fromMs, toMs) => fromMs + random() * (toMs - fromMs);

function paint() {
  const head = `${agentId} on ${ticketId}: ${messages.length} messages ${said}`;
  const line =
    state === "busy"
      ? "working, esc to interrupt"
      : state === "waiting"
        ? "Allow this command? (y/n)"
        : "ready";
  const composer = state === "waiting" ? "" : `> ${draft}`;
  process.stdout.write(`\x1b[2J\x1b[H${head}\r\n${line}\r\n${composer}`);
}

/** Written down first: what the screen says must have been true when it was painted. */
function become(next) {
  state = next;
  note({ state });
  paint();
}

function take(key) {
  if (state === "waiting") {
    if (key === "y") answer();
  } else if (key === "\r") {
    note({ message: draft });
    messages.push(draft);
    draft = "";
  } else if (key === "\x15") draft = "";
  else if (!key.startsWith("\x1b")) draft += key;
}

function command(...words) {
  const ran = spawnSync(wiggum, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  note({ command: words, exitCode: ran.status, error: ran.stderr.slice(-500) });
  return ran.status;
}

/** A turn: works for a while, may ask in between, and leaves a commit or a comment. */
async function turn(number) {
  become("busy");
  // Now and then so long that it is also seen.
  await wait(random() < 0.2 ? 6_000 : between(300, 2_500));
  if (random() < 0.2) {
    become("waiting");
    const isAnswered = new Promise((resolve) => {
      answer = resolve;
    });
    await Promise.race([isAnswered, wait(between(4_000, 8_000))]);
    answer = () => {};
    become("busy");
    await wait(between(300, 1_000));
  }
  if (role === "worker" && random() < 0.5) {
    writeFileSync(`${ticketId}.txt`, `turn ${number} of ${agentId}\n`);
    spawnSync("git", ["add", "-A"]);
    spawnSync("git", ["commit", "-qm", `Turn ${number} of ${ticketId}`]);
  } else command("ticket", "comment", ticketId, agentId, `turn ${generation}.${number}`);
}

async function idle(longestMs) {
  become("idle");
  // Now and then long enough that whatever waits for it must come.
  const untilMs = Date.now() + (random() < 0.15 ? 30_000 : between(500, longestMs));
  const before = messages.length;
  // A program does not start something of its own while somebody writes to it, but does not wait for ever for who has gone away.
  const patientMs = untilMs + 20_000;
  while (Date.now() < (draft === "" ? untilMs : patientMs) && messages.length === before) await wait(50);
}

process.on("SIGINT", () => process.exit(130));
process.stdin.setRawMode?.(true);
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => {
  const wasEmpty = draft === "";
  for (const key of text.match(/\x1b[^\x1b]*|[\s\S]/gu) ?? []) take(key);
  // Who looks now sees neither an idle composer nor work.
  if (wasEmpty !== (draft === "")) note({ state, hasDraft: draft !== "" });
  paint();
});
note({ pid: process.pid });

const turns = role === "worker" ? 4 + Math.floor(random() * 8) : 1 + Math.floor(random() * 2);
for (let number = 1; number <= turns; number += 1) {
  await turn(number);
  await idle(6_000);
}
become("busy");
if (role === "worker") {
  writeFileSync(`${ticketId}.txt`, `done by ${agentId} ${generation}\n`);
  spawnSync("git", ["add", "-A"]);
  spawnSync("git", ["commit", "-qm", `Finish ${ticketId}`]);
}
const next = role === "worker" ? "review" : role === "reviewer" ? "qa" : "done";
said = `(handed over: ${command("ticket", "transition", ticketId, next)})`;
for (;;) await idle(60_000);
