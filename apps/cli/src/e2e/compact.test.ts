// Tickets that were over long ago leave the working set and are found all the same.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let store: Repository;
beforeAll(async () => {
  store = await createRepository();
}, 60_000);
afterAll(() => store.remove());

const now = ["--older-than", "0m"];
const idsIn = (output: string) => output.match(/^tk-[0-9a-f]+/gm) ?? [];
const listed = async (...flags: readonly string[]) =>
  idsIn(await store.succeed(["ticket", "list", ...flags]));

async function closedTicket(title: string): Promise<string> {
  const id = await store.succeed(["ticket", "create", title]);
  await store.succeed(["ticket", "transition", id, "closed", "--no-hooks"]);
  return id;
}

describe("ticket compact", () => {
  test("ticket compact: archives what is over, prints the ids, and lists leave them out", async () => {
    const open = await store.succeed(["ticket", "create", "Open"]);
    const old = await closedTicket("Old");
    expect(await store.wiggum(["ticket", "compact"])).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "[ok] Nothing to archive\n",
    });
    expect(await store.succeed(["ticket", "compact", ...now, "--dry-run"])).toBe(old);
    expect(await listed()).toContain(old);
    expect(await store.wiggum(["ticket", "compact", ...now])).toMatchObject({
      exitCode: 0,
      stdout: `${old}\n`,
      stderr: "[ok] Archived 1 ticket\n",
    });
    expect(await listed()).toEqual([open]);
    expect(idsIn(await store.succeed(["ticket", "list", "--archived"]))).toEqual([old]);
    expect(await store.succeed(["ticket", "show", old.slice(3)])).toContain("archived_at: ");
    expect(await store.succeed(["ticket", "history", old])).toContain(
      "Archive 1 ticket that was over before",
    );
    expect((await store.wiggum(["ticket", "doctor"])).exitCode).toBe(0);
    expect(await store.succeed(["ticket", "export", "--to", "jsonl"])).toContain(old);
    expect(await store.json<{ tickets: readonly string[] }>(["ticket", "compact", ...now])).toMatchObject({
      isDryRun: false,
      tickets: [],
    });
    expect((await store.wiggum(["ticket", "compact", "--older-than", "soon"])).exitCode).toBe(2);
  }, 60_000);

  test("killed at any moment it has archived all tickets of a commit or none, and the next one goes on", async () => {
    const total = 4;
    for (let round = 0; round < 6; round += 1) {
      const ids: string[] = [];
      for (let index = 0; index < total; index += 1) ids.push(await closedTicket(`Round ${round}, ${index}`));
      const compacting = store.start(["ticket", "compact", ...now]);
      const ended = once(compacting, "exit");
      // From before the program runs to after it has ended, on any machine.
      const timer = setTimeout(() => compacting.kill("SIGKILL"), 60 * 2 ** round);
      await ended;
      clearTimeout(timer);
      const archived = (await listed("--archived")).filter((id) => ids.includes(id));
      expect([0, total]).toContain(archived.length);
      await store.succeed(["ticket", "compact", ...now]);
      expect((await listed("--archived")).filter((id) => ids.includes(id)).toSorted()).toEqual(
        ids.toSorted(),
      );
    }
    store.git("-C", `${store.root}/.wiggum/tickets.git`, "fsck", "--strict", "--no-dangling");
  }, 120_000);
});
