import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { appendToInbox } from "./inbox.js";

const at = new Date("2026-01-02T03:04:05.678Z");
const message = (id: string, text = `text of ${id}`) => ({ id, from: "person", text });

describe("appendToInbox", () => {
  test("appends one line of JSON a message, in order", async () => {
    const inbox = await inboxPath();
    expect(await appendToInbox(inbox, message("m-1", 'two\nlines "quoted"'), at)).toEqual({
      status: "queued",
      messageId: "m-1",
      isUnread: true,
      where: inbox,
    });
    await appendToInbox(inbox, message("m-2"), at);
    expect(await lines(inbox)).toEqual([
      { id: "m-1", at: at.toISOString(), from: "person", text: 'two\nlines "quoted"' },
      { id: "m-2", at: at.toISOString(), from: "person", text: "text of m-2" },
    ]);
  });

  // P21
  test("writes a message once, however often it is sent; a name inside another text is no message", async () => {
    const inbox = await inboxPath();
    await appendToInbox(inbox, message("m-10", 'about "m-1"'), at);
    for (let round = 0; round < 3; round += 1) {
      expect((await appendToInbox(inbox, message("m-1"), at)).status).toBe("queued");
    }
    expect((await lines(inbox)).map(({ id }) => id)).toEqual(["m-10", "m-1"]);
  });

  test("a line that a crash cut short swallows nothing", async () => {
    const inbox = await inboxPath();
    await appendFile(inbox, '{"id":"m-0","at":"20');
    await appendToInbox(inbox, message("m-1"), at);
    const [, second] = (await readFile(inbox, "utf8")).split("\n");
    expect(JSON.parse(second ?? "")).toMatchObject({ id: "m-1" });
  });

  test("many at once all land, as whole lines", async () => {
    const inbox = await inboxPath();
    const ids = Array.from({ length: 40 }, (_, index) => `m-${index}`);
    await Promise.all(ids.map((id) => appendToInbox(inbox, message(id, "x".repeat(10_000)), at)));
    expect((await lines(inbox)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  test("refuses whatever is no plain file, without following or waiting", async () => {
    const inbox = await inboxPath();
    const target = `${inbox}.target`;
    await writeFile(target, "");
    await symlink(target, inbox);
    expect(await appendToInbox(inbox, message("m-1"), at)).toMatchObject({ status: "refused" });
    expect(await readFile(target, "utf8")).toBe("");

    await rm(inbox);
    await mkdir(inbox);
    expect(await appendToInbox(inbox, message("m-1"), at)).toMatchObject({ status: "refused" });

    await rm(inbox, { recursive: true });
    execFileSync("mkfifo", [inbox]);
    expect(await appendToInbox(inbox, message("m-1"), at)).toMatchObject({ status: "refused" });
  });

  test("a worktree that is gone is not made again", async () => {
    const inbox = join(await inboxPath(), "gone", "inbox.jsonl");
    expect(await appendToInbox(inbox, message("m-1"), at)).toEqual({
      status: "refused",
      messageId: "m-1",
      reason: "the folder of its inbox is gone",
    });
  });
});

async function inboxPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wiggum-inbox-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "inbox.jsonl");
}

async function lines(inbox: string): Promise<readonly { id: string }[]> {
  const parts = (await readFile(inbox, "utf8")).split("\n");
  expect(parts.pop()).toBe("");
  return parts.map((line) => JSON.parse(line) as { id: string });
}
