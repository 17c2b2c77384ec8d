// Tickets that were deleted after an import.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProject } from "@wiggum/control-plane";
import { createProcessRunner } from "@wiggum/runner-process";
import { expect, test } from "vitest";
import { jsonLines, tkFiles } from "../exchange/testing/corpora.js";
import { createRepository, type Repository } from "./built-wiggum.js";

interface Listed {
  readonly id: string;
  readonly title: string;
}

const lastLineOf = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";
const listIn = async ({ json }: Repository) =>
  (await json<{ readonly tickets: readonly Listed[] }>(["ticket", "list"])).tickets;
const titles = async (repository: Repository) =>
  (await listIn(repository)).map(({ title }) => title).toSorted();

/** No command deletes tickets: who embeds the library can. */
async function deleteTickets(
  { root, environment }: Repository,
  isGone: (title: string) => boolean,
): Promise<readonly string[]> {
  const project = await openProject(root, { runner: createProcessRunner(), environment });
  try {
    const { backend } = project.tickets;
    const gone = (await backend.list()).tickets.filter(({ ticket }) => isGone(ticket.title));
    await backend.commit({
      ...{ operationId: `delete-${gone[0]?.revision}`, actor: { kind: "person", id: "ann" } },
      ...{ subject: "Delete tickets", at: "2026-05-01T00:00:00Z" },
      changes: gone.map(({ ticket, revision }) => ({ id: ticket.id, expected: revision, next: null })),
    });
    return gone.map(({ ticket }) => ticket.id);
  } finally {
    await project.close();
  }
}

// P5
test("what was deleted here stays so when its source is imported again, until --restore asks for it", async () => {
  const repository = await createRepository();
  try {
    const source = join(repository.root, "plain.jsonl");
    const records = [
      { id: "p-1", title: "One" },
      { id: "p-2", title: "Two", depends_on: ["p-1"] },
    ];
    writeFileSync(source, jsonLines(records));
    const typed = ["ticket", "import", "--from", "jsonl", "plain.jsonl"];
    await repository.succeed(typed);
    const [id = ""] = await deleteTickets(repository, (title) => title === "One");
    const again = await repository.wiggum(typed);
    expect([again.exitCode, lastLineOf(again.stdout)]).toEqual([
      0,
      "Import complete: of 2 records 0 created, 1 there already, 1 deleted here and left so (--restore makes them again)",
    ]);
    expect(await titles(repository)).toEqual(["Two"]);
    // What is new goes in all the same, and its link to what is gone is told.
    writeFileSync(source, jsonLines([...records, { id: "p-3", title: "Three", depends_on: ["p-1"] }]));
    const third = await repository.wiggum(typed);
    expect(third.exitCode).toBe(0);
    expect(third.stderr).toContain("p-1");
    expect(await titles(repository)).toEqual(["Three", "Two"]);
    const planned = await repository.succeed([...typed, "--dry-run"]);
    expect(planned).toContain(
      "skip    p-1  -  One  (was imported before and deleted here; --restore makes it again)",
    );
    const restored = await repository.wiggum([
      "ticket",
      "import",
      "--restore",
      "--from",
      "jsonl",
      "plain.jsonl",
    ]);
    expect([restored.exitCode, lastLineOf(restored.stdout)]).toEqual([
      0,
      "Import complete: of 3 records 1 created, 2 there already",
    ]);
    expect(await titles(repository)).toEqual(["One", "Three", "Two"]);
    expect((await repository.json<Listed>(["ticket", "show", id])).id).toBe(id);
    // Restored, it is a ticket like others: nothing changes any more.
    expect(lastLineOf(await repository.succeed(typed))).toBe(
      "Import complete: of 3 records 0 created, 3 there already",
    );
  } finally {
    await repository.remove();
  }
}, 120_000);

test("of our own JSONL the id counts; other sources and other tickets are not held back", async () => {
  const repository = await createRepository();
  try {
    await repository.succeed(["ticket", "create", "Mine"]);
    await repository.succeed(["ticket", "export", "--to", "jsonl", "all.jsonl"]);
    await deleteTickets(repository, (title) => title === "Mine");
    const typed = ["ticket", "import", "--from", "jsonl", "all.jsonl"];
    expect(lastLineOf(await repository.succeed(typed))).toContain("1 deleted here and left so");
    expect(lastLineOf(await repository.succeed([...typed, "--restore"]))).toBe(
      "Import complete: of 1 records 1 created, 0 there already",
    );
    expect(await titles(repository)).toEqual(["Mine"]);
    for (const { name, bytes } of tkFiles(3)) {
      repository.write(join("a", name), "");
      writeFileSync(join(repository.root, "a", name), bytes);
    }
    const tk = ["ticket", "import", "--from", "tk", "a"];
    await repository.succeed(tk);
    expect(await deleteTickets(repository, (title) => title !== "Mine")).toHaveLength(3);
    expect(lastLineOf(await repository.succeed(tk))).toContain("0 created");
    // Another source with the same ids.
    expect(lastLineOf(await repository.succeed([...tk, "--source", "other"]))).toContain("3 created");
  } finally {
    await repository.remove();
  }
}, 120_000);
