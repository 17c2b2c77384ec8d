// Tickets in a program of one's own, kept in a git repository that any number of processes share: node twenty-lines.ts <folder>
import { randomInt, randomUUID } from "node:crypto";
import { createGitBackend, initGitStore } from "@wiggum/ticket-backend-git";
import { builtinTypes, createJudge, createTickets } from "@wiggum/ticket-core";

const root = `${process.argv[2] ?? "."}/tickets.git`;
await initGitStore({ path: root });
const backend = createGitBackend({ root, judge: createJudge(builtinTypes) });
const tickets = createTickets({
  backend,
  types: builtinTypes,
  now: () => new Date(),
  newId: randomUUID,
  random: randomInt,
});
const me = { actor: { kind: "person", id: process.env["USER"] ?? "me" } } as const;

const { ticket: design } = await tickets.create({ title: "Agree on a schema", priority: 1 }, me);
await tickets.create({ title: "Let people log in", dependsOn: [design.id] }, me);

for (const { ticket } of await tickets.ready()) console.log(`ready    ${ticket.id}  ${ticket.title}`);
for (const { record, reasons } of await tickets.blocked()) {
  console.log(`blocked  ${record.ticket.id}  ${record.ticket.title}`, reasons);
}
