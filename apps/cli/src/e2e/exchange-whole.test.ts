// What an import or an export leaves out is said, with the built program: twins, values without end, what was given up, attachments.
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

interface Report {
  readonly isComplete: boolean;
  readonly counts: Readonly<Record<"records" | "created" | "skipped" | "refused" | "stale", number>>;
  readonly records: readonly { readonly line?: number; readonly action: string; readonly title: string }[];
}

const lastLineOf = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";
const ticketsOf = async (repository: Repository) =>
  (await repository.json<{ tickets: { id: string; title: string; state: string }[] }>(["ticket", "list"]))
    .tickets;

describe("imports", () => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await createRepository();
  });
  afterAll(() => repository.remove());

  test("an id that stands twice: INCOMPLETE, exit 1, the twin is named with its line", async () => {
    const twins =
      '{"id":"bd-1","title":"One"}\n{"id":"bd-1","title":"dup id"}\n{"id":"bd-2","title":"Two"}\n';
    repository.write("twins.jsonl", twins);
    const typed = ["ticket", "import", "--from", "beads", "twins.jsonl"];
    const ran = await repository.wiggum(typed);
    expect([ran.exitCode, lastLineOf(ran.stdout)]).toEqual([
      1,
      "Import INCOMPLETE: of 3 records 2 created, 0 there already, 1 broken or refused",
    ]);
    expect(ran.stderr).toBe(
      "[error] twins.jsonl:2: bd-1: its id stands at twins.jsonl:1, too, with something else\n",
    );
    expect((await ticketsOf(repository)).map(({ title }) => title).toSorted()).toEqual(["One", "Two"]);
  });

  test("--json names each record once, by its own line and title", async () => {
    repository.write("more.jsonl", '{"id":"m-1","title":"One"}\n{"id":"m-1","title":"dup"}\n');
    const ran = await repository.wiggum(["ticket", "import", "--from", "beads", "more.jsonl", "--json"]);
    const { data } = JSON.parse(ran.stdout) as { data: Report };
    expect(data.isComplete).toBe(false);
    expect(data.records.map(({ line, action, title }) => [line, action, title])).toEqual([
      [1, "create", "One"],
      [2, "refuse", "dup"],
    ]);
  });

  test("a value of 5,000 lists is named with its line, and the next record goes in; a text of 9 MB does, too", {
    timeout: 60_000,
  }, async () => {
    repository.write(
      "deep.jsonl",
      `{"id":"d-1","title":"Deep","x":${"[".repeat(5000)}${"]".repeat(5000)}}\n{"id":"d-2","title":"Good"}\n`,
    );
    const deep = await repository.wiggum(["ticket", "import", "--from", "beads", "deep.jsonl"]);
    expect([deep.exitCode, lastLineOf(deep.stdout)]).toEqual([
      1,
      "Import INCOMPLETE: of 2 records 1 created, 0 there already, 1 broken or refused",
    ]);
    expect(deep.stderr).toMatch(/^\[error\] deep\.jsonl:1: d-1: The record is nested too deeply/);
    repository.write(
      "long.json",
      JSON.stringify([{ number: 1, title: "Long", state: "OPEN", body: "y".repeat(9_000_000) }]),
    );
    const long = await repository.wiggum(["ticket", "import", "--from", "github", "long.json"]);
    expect([long.exitCode, lastLineOf(long.stdout)]).toEqual([
      0,
      "Import complete: of 1 records 1 created, 0 there already",
    ]);
  });
});

describe("attachments", () => {
  let from: Repository;
  let id: string;
  let other: string;
  beforeAll(async () => {
    from = await createRepository();
    id = await from.succeed(["ticket", "create", "With files"]);
    other = await from.succeed(["ticket", "create", "Without"]);
    await from.succeed(["ticket", "close", other]);
    from.write("empty.txt", "");
    writeFileSync(
      join(from.root, "bytes.bin"),
      Uint8Array.from({ length: 3000 }, (_, index) => index % 256),
    );
    await from.succeed(["ticket", "attachment", "add", id, "empty.txt"]);
    await from.succeed(["ticket", "attachment", "add", id, "bytes.bin"]);
  });
  afterAll(() => from.remove());

  const attached = async (repository: Repository) => {
    const [ticket] = (await ticketsOf(repository)).filter(({ title }) => title === "With files");
    const attachments = await repository.json<{ name: string; bytes: number; revision: string }[]>([
      "ticket",
      "attachment",
      "list",
      ticket?.id ?? "",
    ]);
    return attachments.map(({ name, bytes, revision }) => ({ name, bytes, revision }));
  };

  // P40
  test.each([
    ["jsonl", "out/tickets.jsonl", "out/tickets.jsonl.attachments"],
    ["work-items", "out/work-items", "out/work-items/open"],
  ])("%s takes them along, and they come back, once", { timeout: 60_000 }, async (format, path, folder) => {
    const ran = await from.wiggum(["ticket", "export", "--to", format, path]);
    expect([ran.exitCode, lastLineOf(ran.stdout)]).toEqual([
      0,
      `Export complete: 2 tickets and 2 attachments written to ${path}`,
    ]);
    expect(readdirSync(join(from.root, folder))).toContain(id);
    const to = await createRepository();
    try {
      const typed = ["ticket", "import", "--from", format, join(from.root, path)];
      const imported = await to.wiggum(typed);
      expect([imported.exitCode, lastLineOf(imported.stdout)]).toEqual([
        0,
        "Import complete: of 2 records 2 created, 0 there already",
      ]);
      expect(imported.stdout).toMatch(/(?:attachments|artifacts)\/<name> +kept +2 +attachment/);
      expect(await attached(to)).toEqual(await attached(from));
      expect((await ticketsOf(to)).map(({ state }) => state).toSorted()).toEqual(["closed", "ready"]);
      // Taken away here since: importing again does not bring it back, and changes nothing at all.
      const [ticket] = (await ticketsOf(to)).filter(({ title }) => title === "With files");
      await to.succeed(["ticket", "attachment", "remove", ticket?.id ?? "", "empty.txt"]);
      const before = to.git("-C", ".wiggum/tickets.git", "rev-parse", "main");
      expect((await to.wiggum(typed)).exitCode).toBe(0);
      expect(to.git("-C", ".wiggum/tickets.git", "rev-parse", "main")).toBe(before);
      expect((await attached(to)).map(({ name }) => name)).toEqual(["bytes.bin"]);
    } finally {
      await to.remove();
    }
  });

  test.each([
    ["beads", "left/issues.jsonl"],
    ["tk", "left/.tickets"],
    ["backlog", "left/backlog"],
    ["taskmaster", "left/tasks.json"],
  ])("%s has no place for them: counted as dropped, INCOMPLETE, exit 1", async (format, path) => {
    const ran = await from.wiggum(["ticket", "export", "--to", format, path]);
    expect([ran.exitCode, lastLineOf(ran.stdout)]).toEqual([
      1,
      `Export INCOMPLETE: 2 tickets written to ${path}; 2 attachments left behind`,
    ]);
    expect(ran.stdout).toMatch(/^attachments +dropped +2 +has no place there$/m);
  });

  test("jsonl to standard output says that they stay behind", async () => {
    const ran = await from.wiggum(["ticket", "export", "--to", "jsonl"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(ran.stderr).toContain("Export INCOMPLETE: 2 tickets written; 2 attachments left behind");
    const dash = await from.wiggum(["ticket", "export", "--to", "jsonl", "-"]);
    expect([dash.exitCode, dash.stdout]).toEqual([1, ran.stdout]);
    expect(existsSync(join(from.root, "-"))).toBe(false);
  });

  test("what cannot be attached is named, and not all is in", async () => {
    const to = await createRepository();
    try {
      const item = join(to.root, "work-items/open/i-1");
      mkdirSync(join(item, "artifacts/deeper"), { recursive: true });
      writeFileSync(join(item, "item.md"), "---\nid: i-1\ntitle: One\n---\n");
      writeFileSync(join(item, "artifacts/deeper/log.txt"), "a log");
      writeFileSync(join(item, "artifacts/good.txt"), "good");
      writeFileSync(join(item, "artifacts/big.bin"), new Uint8Array(10 * 1024 * 1024 + 1));
      const ran = await to.wiggum(["ticket", "import", "--from", "work-items", "."]);
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain(
        "artifacts/big.bin: i-1: It cannot be attached: it is over 10485760 bytes",
      );
      expect(ran.stderr).toContain("artifacts/deeper/log.txt: i-1: It cannot be attached: its name is none");
      const [ticket] = await ticketsOf(to);
      const attachments = await to.json<{ name: string }[]>([
        "ticket",
        "attachment",
        "list",
        ticket?.id ?? "",
      ]);
      expect(attachments.map(({ name }) => name)).toEqual(["good.txt"]);
    } finally {
      await to.remove();
    }
  });

  test("a folder of attachments that lies there already, and a link, are in the way of an export", async () => {
    mkdirSync(join(from.root, "taken.jsonl.attachments/tk-ffff"), { recursive: true });
    const ran = await from.wiggum(["ticket", "export", "--to", "jsonl", "taken.jsonl"]);
    expect([ran.exitCode, existsSync(join(from.root, "taken.jsonl"))]).toEqual([1, false]);
    expect(ran.stderr).toContain("'taken.jsonl.attachments' is there already; nothing was written");
    mkdirSync(join(from.root, "real"));
    symlinkSync("real", join(from.root, "link"));
    const linked = await from.wiggum(["ticket", "export", "--to", "tk", "link"]);
    expect(linked.exitCode).toBe(1);
    expect(linked.stderr).toContain("'link' is there already; nothing was written");
    expect(readdirSync(join(from.root, "real"))).toEqual([]);
  });
});
