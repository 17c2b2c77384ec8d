#!/usr/bin/env node
// An agent without a model. It knows what any agent knows: who it is, its worktree, the ticket's text, test output, feedback.
import { assure } from "./qa.mjs";
import { review } from "./reviewer.mjs";
import { say } from "./run-program.mjs";
import { work } from "./worker.mjs";

const role = (process.env.WIGGUM_AGENT_ID ?? "").replace(/-\d+$/, "");
const ticket = process.env.WIGGUM_TICKET_ID;
const duties = { worker: work, reviewer: review, qa: assure };

if (ticket === undefined || duties[role] === undefined) {
  console.error(
    `[error] this agent needs WIGGUM_AGENT_ID (worker, reviewer or qa) and WIGGUM_TICKET_ID\n        next: start it with \`wiggum spawn\``,
  );
  process.exit(2);
}
try {
  await duties[role](ticket);
} catch (error) {
  say(`gives up: ${error.message}`);
  process.exit(1);
}
