// node doctor.mjs <folder>: what is wrong with the tickets in it, as GitHub shows it beside the files. Exit 1 when that is an error.
import { randomInt, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  createFolderBackend,
  createWorkItems,
  ticketsDirLayout,
  ticketsDirTypes,
} from "@wiggum/ticket-backend-files";
import { createJudge, createTickets } from "@wiggum/ticket-core";

const [root = ".tickets"] = process.argv.slice(2);
if (!existsSync(root)) {
  console.log(`::error::${escaped(`There is no folder ${root}`)}`);
  process.exit(1);
}
const isWorkItems = ["open", "pending", "closed"].some((status) => existsSync(join(root, status)));
const findings = isWorkItems ? await workItemFindings() : await ticketFindings();
for (const { severity, message } of findings) {
  console.log(`::${severity === "error" ? "error" : "warning"}::${escaped(message)}`);
}
const errors = findings.filter(({ severity }) => severity === "error").length;
console.log(`${root}: ${errors} errors, ${findings.length - errors} warnings`);
process.exitCode = errors === 0 ? 0 : 1;

async function workItemFindings() {
  const items = createWorkItems({ root });
  try {
    const { findings } = await items.doctor();
    return findings.map(({ severity, path, line, message }) => ({
      severity,
      message: `${path || "."}${line === undefined ? "" : `:${line}`}: ${message}`,
    }));
  } finally {
    items.end();
  }
}

async function ticketFindings() {
  const types = ticketsDirTypes;
  const backend = createFolderBackend({ root, layout: ticketsDirLayout(), judge: createJudge(types) });
  const world = { now: () => new Date(), newId: randomUUID, random: randomInt };
  try {
    return (await createTickets({ backend, types, ...world }).doctor()).findings;
  } finally {
    await backend.close();
  }
}

/** A line of its own in GitHub's commands; what a ticket says begins none. */
function escaped(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
