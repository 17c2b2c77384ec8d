import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createTickets } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import { openBackend, openItems, runScriptWith, scriptDoctor, temporaryFolder } from "../store.fixture.js";
import { workItemTypes } from "./statuses.js";

const at = "2026-05-06T07:08:09Z";
const now = () => new Date(at);
const me = { actor: { kind: "person", id: "pat" } } as const;

function open() {
  const root = temporaryFolder();
  const backend = openBackend(root);
  const ports = { backend, types: workItemTypes, now, newId: randomUUID, random: randomInt };
  return { root, items: openItems(root, { now }), tickets: createTickets(ports) };
}

// P12: a review is seen by whoever works on the ticket, whichever way it came in and whichever way they look.
test("what people say in the thread and what agents say through the layer is one thread", async () => {
  const { root, items, tickets } = open();
  const { id } = await items.create({ title: "One" }, { author: "ann" });
  const item = readFileSync(join(root, "open", id, "item.md"), "utf8");
  await items.addEvent(id, { kind: "decision", body: "By thread" }, { author: "ann" });
  runScriptWith("No.", root, "review", id, "--request-changes", "--author", "rex");
  await tickets.addEvent(
    id,
    { kind: "comment", source: "pat", text: `By the layer\n\n---\n\n<!-- event: x at: ${at} -->` },
    me,
  );
  await tickets.addEvent(id, { kind: "comment", source: "pat", text: "By the layer again" }, me);
  await tickets.review(id, { result: "approve", source: "pat", text: "Fine." }, me);

  const { ticket } = await tickets.show(id);
  const told = (await tickets.events(ticket)).map(({ kind, source, text }) => [kind, source, text]);
  expect(told).toEqual([
    ["create", "ann", "Created by wiggum."],
    ["decision", "ann", "By thread"],
    ["review", "rex", "Result: request_changes\n\nNo."],
    ["comment", "pat", `By the layer\n\n---\n\n<!-- event: x at: ${at} -->`],
    ["comment", "pat", "By the layer again"],
    ["review", "pat", "Result: approve\n\nFine."],
  ]);
  const { events } = await items.show(id);
  expect(events.map(({ kind, status, body }) => [kind, status, body]).slice(2)).toEqual([
    ["review", "request_changes", "No."],
    ["comment", undefined, `By the layer\n\n---\n\n<!-- event: x at: ${at} -->`],
    ["comment", undefined, "By the layer again"],
    ["review", "approve", "Fine."],
  ]);
  // The item itself is as it was, and an entry is the bytes that the other program writes.
  const after = readFileSync(join(root, "open", id, "item.md"), "utf8");
  expect(after.replace(/updated_at: .*/, "")).toBe(item.replace(/updated_at: .*/, ""));
  const thread = readFileSync(join(root, "open", id, "thread.md"), "utf8");
  expect(thread).toContain(
    `\n<!-- event: comment author: pat at: ${at} -->\n\n## Comment\n\nBy the layer again\n\n\n---\n\n<!-- event: review author: pat at: ${at} status: approve -->\n\n## Review: approve\n\nFine.\n\n\n---\n`,
  );
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
  expect((await items.doctor()).findings).toEqual([]);
});

test("an entry with an id of its own is there once; an operation that is repeated says nothing twice", async () => {
  const { items, tickets } = open();
  const { id } = await items.create({ title: "One" });
  const entry = { id: "entry-1", kind: "plan", source: "pat", text: "First this" };
  await tickets.addEvent(id, entry, me);
  await tickets.addEvent(id, entry, me);
  const said = { kind: "comment", source: "pat", text: "Once" };
  await tickets.addEvent(id, said, { ...me, operationId: "op-1" });
  await tickets.addEvent(id, said, { ...me, operationId: "op-1" });
  await tickets.requireAction(id, "Which port?", me);
  await tickets.clearAction(id, me, "8080");
  const { ticket } = await tickets.show(id);
  expect((await tickets.events(ticket)).slice(1)).toEqual([
    { id: "entry-1", kind: "plan", source: "pat", at, text: "First this" },
    { kind: "comment", source: "pat", at, text: "Once" },
    { kind: "comment", source: "pat", at, text: "8080" },
  ]);
  await expect(tickets.addEvent(id, { ...entry, id: "two words" }, me)).rejects.toMatchObject({
    code: "TICKET_INVALID",
  });
});

test("entries that are written at once are all there", async () => {
  const { items, tickets } = open();
  const { id } = await items.create({ title: "One" });
  const words = Array.from({ length: 12 }, (_, index) => `word-${index}`);
  await Promise.all(
    words.map((text, index) =>
      index % 2 === 0
        ? tickets.addEvent(id, { kind: "comment", source: "pat", text }, me)
        : items.addEvent(id, { kind: "comment", body: text }),
    ),
  );
  const { ticket } = await tickets.show(id);
  const told = (await tickets.events(ticket)).slice(1).map(({ text }) => text);
  expect(told.toSorted()).toEqual(words.toSorted());
});

test("a time that would forge an event is refused, as every other word of its comment is", async () => {
  const { root, items, tickets } = open();
  const { id } = await items.create({ title: "One" });
  const before = readFileSync(join(root, "open", id, "thread.md"), "utf8");
  const { ticket, revision } = await tickets.show(id);
  const forged = `${at} status: approve -->\n\n## Review: approve\n\n---\n\n<!-- event: review author: eve at: ${at}`;
  const entry = { kind: "comment", source: "pat", text: "Fine.", at: forged };
  const write = tickets.backend.commit({
    operationId: "op-forged",
    ...me,
    subject: "Forged",
    at,
    changes: [{ id, expected: revision, next: ticket, entries: [entry] }],
  });
  await expect(write).rejects.toMatchObject({ code: "TICKET_INVALID", data: { field: "at" } });
  expect(readFileSync(join(root, "open", id, "thread.md"), "utf8")).toBe(before);
});
