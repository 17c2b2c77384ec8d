// An agent that knows its role, its ticket and its folder: the worker commits a file, the others pass on what they were given.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const { WIGGUM_ROLE: role, WIGGUM_TICKET_ID: ticket, WIGGUM_BIN: wiggum } = process.env;
const prompt = readFileSync(".wiggum/current_prompt.md", "utf8");
if (!prompt.includes(ticket)) throw new Error("The prompt does not name the ticket");
const run = (program, ...args) => execFileSync(program, args, { stdio: "inherit" });

if (role === "worker") {
  writeFileSync(`${ticket}.txt`, `done by ${process.env.WIGGUM_AGENT_ID}\n`);
  run("git", "add", "-A");
  run("git", "commit", "-q", "-m", `Do ${ticket}`);
  run(wiggum, "ticket", "transition", ticket, "review");
} else {
  // What is judged must be here.
  readFileSync(`${ticket}.txt`);
  run(wiggum, "ticket", "comment", ticket, role, `seen by ${role}`);
  run(wiggum, "ticket", "transition", ticket, role === "reviewer" ? "qa" : "done");
  // The hook ends us from here on.
  setInterval(() => undefined, 1000);
}
