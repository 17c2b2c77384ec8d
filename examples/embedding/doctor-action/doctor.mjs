// node doctor.mjs <folder>: what is wrong with the tickets in it, as GitHub shows it beside the files. Exit 1 when that is an error.
import { randomInt, randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  createFolderBackend,
  createWorkItems,
  ticketsDirLayout,
  ticketsDirTypes,
  workItemsLayout,
  workItemTypes,
} from "@wiggum/ticket-backend-files";
import { createJudge, createTickets } from "@wiggum/ticket-core";

const [root = ".tickets"] = process.argv.slice(2);
if (!existsSync(root)) {
  console.log(`::error::${escaped(`There is no folder ${root}`)}`);
  process.exit(1);
}
const statuses = ["open", "pending", "closed"];
const isWorkItems = statuses.some((status) => existsSync(join(root, status)));
const findings = isWorkItems ? await workItemFindings() : await ticketFindings();
for (const { severity, path, line, message } of findings) {
  // From the root of the checkout, where GitHub runs this; without a file it is shown with the run.
  const file = path === undefined ? "" : ` file=${property(join(root, path))}${line ? `,line=${line}` : ""}`;
  console.log(`::${severity === "error" ? "error" : "warning"}${file}::${escaped(message)}`);
}
const errors = findings.filter(({ severity }) => severity === "error").length;
console.log(`${root}: ${errors} errors, ${findings.length - errors} warnings`);
process.exitCode = errors === 0 ? 0 : 1;

/** What is wrong with the files, as the format knows it, and what is wrong with the tickets in them: circles, dependencies on nothing. */
async function workItemFindings() {
  const items = createWorkItems({ root });
  try {
    const { findings } = await items.doctor();
    const told = new Set(findings.map(({ path }) => path));
    const among = await layerFindings(workItemsLayout(), workItemTypes, (id) =>
      statuses.map((status) => `${status}/${id}/item.md`).find((path) => isFile(join(root, path))),
    );
    // A folder has no lines to show it beside: the message names it.
    const inFiles = findings.map(({ path, ...finding }) => ({
      ...finding,
      message: `${path || "."}${finding.line === undefined ? "" : `:${finding.line}`}: ${finding.message}`,
      ...(isFile(join(root, path)) && { path }),
    }));
    // A file that cannot be read is said once.
    const isTold = ({ code, path }) => /^(?:TICKET_UNREADABLE|FILE_FOREIGN)$/.test(code) && told.has(path);
    return [...inFiles, ...among.filter((finding) => !isTold(finding))];
  } finally {
    items.end();
  }
}

function ticketFindings() {
  return layerFindings(ticketsDirLayout(), ticketsDirTypes, (id) => `${id}.md`);
}

async function layerFindings(layout, types, fileOf) {
  const backend = createFolderBackend({ root, layout, judge: createJudge(types) });
  const world = { now: () => new Date(), newId: randomUUID, random: randomInt };
  try {
    const { findings } = await createTickets({ backend, types, ...world }).doctor();
    // What is about a ticket and not about a line of it is shown at the beginning of its file.
    return findings.map(({ path: named, ...finding }) => {
      const path = named ?? (finding.id === undefined ? undefined : fileOf(finding.id));
      return path !== undefined && isFile(join(root, path)) ? { ...finding, path } : finding;
    });
  } finally {
    await backend.close();
  }
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** As the value of a property, where commas and colons end it, too. */
function property(text) {
  return escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A line of its own in GitHub's commands; what a ticket says begins none. */
function escaped(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
