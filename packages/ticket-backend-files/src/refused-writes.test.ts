// P4 P17: a refused write is never made later, and the trouble of one item is none of the others.
import { existsSync, lstatSync, readdirSync, renameSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TicketError } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import { commitOf, filesOf, openBackend, openItems, temporaryFolder } from "./store.fixture.js";

const comment = (body: string) => ({ kind: "comment", body });

async function twoItems(atStep: (step: string) => void = () => {}) {
  const root = temporaryFolder();
  const items = openItems(root, { atStep });
  const [one, two] = [await items.create({ title: "One" }), await items.create({ title: "Two" })];
  return { root, items, one, two };
}

test("a move into a folder that was replaced by a link is refused for good; all items are read and written on", async () => {
  const { root, items, one, two } = await twoItems();
  const outside = temporaryFolder();
  rmdirSync(join(root, "pending"));
  symlinkSync(outside, join(root, "pending"));
  const before = filesOf(root);
  for (let round = 0; round < 2; round++) {
    await expect(items.setStatus(one.id, "pending")).rejects.toMatchObject({
      code: "STORE_BROKEN",
      data: { path: "pending" },
    });
    expect(filesOf(root)).toEqual(before);
    expect(readdirSync(outside)).toEqual([]);
  }
  expect((await items.list()).items).toHaveLength(2);
  expect((await items.list({ status: "open" })).items).toHaveLength(2);
  expect((await items.show(one.id)).events.map(({ kind }) => kind)).toEqual(["create"]);
  await items.addEvent(two.id, comment("meanwhile"));
  await items.addEvent(one.id, comment("this one, too"));
  rmSync(join(root, "pending"));
  await items.addEvent(two.id, comment("afterwards"));
  expect(existsSync(join(root, "open", one.id))).toBe(true);
  expect((await items.show(one.id)).events.map(({ kind }) => kind)).toEqual(["create", "comment"]);
  await items.setStatus(one.id, "pending");
  expect((await items.show(one.id)).meta.status).toBe("pending");
  expect(await items.doctor()).toEqual({ findings: [], isSound: true });
});

test("a folder that becomes a link in the middle of a move: the move is taken back from what can be reached", async () => {
  const outside = temporaryFolder();
  let isSwapping = false;
  const { root, items, one } = await twoItems((step) => {
    if (!isSwapping || !step.endsWith(": move")) return;
    isSwapping = false;
    renameSync(join(root, "pending"), join(root, ".pending"));
    symlinkSync(outside, join(root, "pending"));
  });
  const before = filesOf(root);
  isSwapping = true;
  await expect(items.setStatus(one.id, "pending")).rejects.toMatchObject({ code: "STORE_BROKEN" });
  expect(lstatSync(join(root, "pending")).isSymbolicLink()).toBe(true);
  expect(filesOf(root)).toEqual(before);
  rmSync(join(root, "pending"));
  renameSync(join(root, ".pending"), join(root, "pending"));
  await items.list();
  expect(filesOf(root)).toEqual(before);
});

test("a write that can be neither made nor taken back is unknown, everything is read on, and its outcome is told", async () => {
  let isFailing = false;
  const { root, items, one, two } = await twoItems((step) => {
    if (isFailing && step !== "decided") throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  });
  const before = filesOf(root);
  isFailing = true;
  const failure: unknown = await items.addEvent(one.id, comment("perhaps")).catch((error: unknown) => error);
  if (!(failure instanceof TicketError)) throw failure;
  expect(failure).toMatchObject({ code: "COMMIT_UNKNOWN", hint: expect.stringContaining("outcome") });
  const { operationId } = failure.data as { readonly operationId: string };
  expect((await items.list()).items).toHaveLength(2);
  expect((await items.show(two.id)).meta.title).toBe("Two");
  expect((await items.show(one.id)).events).toHaveLength(1);
  await expect(items.outcome(operationId)).rejects.toMatchObject({ code: "COMMIT_UNKNOWN" });
  const backend = openBackend(root);
  expect((await backend.list()).tickets).toHaveLength(2);
  isFailing = false;
  const isMade = await items.outcome(operationId);
  expect((await items.show(one.id)).events.map(({ body }) => body.trim()).includes("perhaps")).toBe(isMade);
  expect(filesOf(root).size).toBe(before.size);
  const told = await backend.outcome?.(operationId);
  expect(told?.status).toBe(isMade ? "committed" : "absent");
  expect(await items.outcome("never-sent")).toBe(false);
});

test("of a batch that the disk refuses in its middle nothing is there", async () => {
  let isFailing = false;
  const { root, items, one, two } = await twoItems();
  const backend = openBackend(root, {
    atStep: (step) => {
      if (!isFailing || !step.startsWith(`${two.id}: `)) return;
      isFailing = false;
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  });
  const { tickets } = await backend.list();
  const changes = tickets.map(({ ticket, revision }) => ({
    id: ticket.id,
    expected: revision,
    next: { ...ticket, title: `${ticket.title} changed` },
  }));
  const before = filesOf(root);
  isFailing = true;
  await expect(backend.commit(commitOf(changes))).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(filesOf(root)).toEqual(before);
  await items.addEvent(one.id, comment("on"));
  expect((await backend.list()).tickets.map(({ ticket }) => ticket.title)).toEqual(["One", "Two"]);
});
