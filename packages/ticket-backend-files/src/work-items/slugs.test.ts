import { randomInt, randomUUID } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { createTickets } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import { openBackend, openItems, temporaryFolder } from "../store.fixture.js";
import { workItemTypes } from "./statuses.js";

const person = { actor: { kind: "person", id: "ann" } } as const;

function open() {
  const root = temporaryFolder();
  const backend = openBackend(root);
  const ports = {
    backend,
    types: workItemTypes,
    now: () => new Date(),
    newId: randomUUID,
    random: randomInt,
  };
  return { root, items: openItems(root), tickets: createTickets(ports) };
}

test("a ticket is found by its whole slug, to read and to write; a slug that begins others is its own", async () => {
  const { items, tickets } = open();
  const first = await items.create({ title: "Fix login" });
  const second = await items.create({ title: "Fix login" });
  expect([first.slug, second.slug]).toEqual(["fix-login", "fix-login-2"]);
  expect(await tickets.resolve("fix-login", "read")).toBe(first.id);
  expect(await tickets.resolve("fix-login-2", "write")).toBe(second.id);
  expect((await tickets.show("fix-login")).ticket.id).toBe(first.id);
  await tickets.transition("fix-login", "closed", person);
  expect((await items.show("fix-login")).meta.status).toBe("closed");
  expect(await tickets.resolve(first.id, "write")).toBe(first.id);
  await expect(tickets.resolve("fix-log", "write")).rejects.toMatchObject({ code: "TICKET_NOT_FOUND" });
});

test("a slug that two items have is refused, with both of them", async () => {
  const { root, items, tickets } = open();
  const { id } = await items.create({ title: "Twice" });
  cpSync(join(root, "open", id), join(root, "closed/other"), { recursive: true });
  await expect(tickets.resolve("twice", "read")).rejects.toMatchObject({
    code: "TICKET_AMBIGUOUS",
    data: { candidates: [id, "other"].toSorted() },
  });
});
