// Files of tickets with the built program: bytes, names, refusals, exit codes.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string) => repository.succeed(["ticket", "create", title]);
const allBytes = Buffer.from([...Array.from({ length: 256 }, (_item, byte) => byte), 13, 10]);

function file(name: string, content: string | Buffer): string {
  const path = join(repository.root, name);
  writeFileSync(path, content);
  return path;
}

describe("ticket attachment", () => {
  test("add, list, read, remove: bytes stay as they are, and every clone of the tickets has them", async () => {
    const id = await create("With files");
    file("all.bin", allBytes);
    const added = await repository.wiggum(["ticket", "attachment", "add", id, "all.bin"]);
    expect(added).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `[ok] Attached all.bin (258 bytes) to ${id}\n`,
    });
    await repository.succeed(["ticket", "attachment", "add", id, "-", "--name", "notes é.txt"], {
      input: "piped\n",
    });
    expect(await repository.succeed(["ticket", "attachment", "list", id])).toBe(
      "258\tall.bin\n6\tnotes é.txt",
    );
    const { stdout } = await repository.wiggum(["ticket", "attachment", "read", id, "notes é.txt"]);
    expect(stdout).toBe("piped\n");
    await repository.succeed(["ticket", "attachment", "read", id, "all.bin", "--output", "copy.bin"]);
    expect(readFileSync(join(repository.root, "copy.bin")).equals(allBytes)).toBe(true);
    const read = await repository.json<{ content: string }>(["ticket", "attachment", "read", id, "all.bin"]);
    expect(Buffer.from(read.content, "base64").equals(allBytes)).toBe(true);
    const shown = await repository.json<{ attachments: { name: string }[] }>(["ticket", "show", id]);
    expect(shown.attachments.map(({ name }) => name)).toEqual(["all.bin", "notes é.txt"]);
    repository.git("clone", "-q", ".wiggum/tickets.git", "clone");
    expect(readFileSync(join(repository.root, "clone", id, "attachments", "all.bin")).equals(allBytes)).toBe(
      true,
    );
    expect((await repository.wiggum(["doctor"])).stdout).not.toContain(id);
    expect(repository.git("-C", ".wiggum/tickets", "status", "--porcelain")).toBe("");
    const removed = await repository.wiggum(["ticket", "attachment", "remove", id, "all.bin"]);
    expect(removed.stderr).toBe(`[ok] Removed attachment all.bin of ${id}; the history keeps it\n`);
    expect(await repository.succeed(["ticket", "attachment", "list", id])).toBe("6\tnotes é.txt");
    expect(await repository.succeed(["ticket", "history", id])).toContain(id);
  });

  test("add: what is there stays unless --replace says otherwise, exit 9", async () => {
    const id = await create("Replaced");
    file("one.txt", "one");
    file("two.txt", "two");
    await repository.succeed(["ticket", "attachment", "add", id, "one.txt"]);
    const over = await repository.wiggum(["ticket", "attachment", "add", id, "two.txt", "--name", "one.txt"]);
    expect(over).toMatchObject({ exitCode: 9, stdout: "" });
    expect(over.stderr).toContain(
      `one.txt was not written to ${id}: there is an attachment of that name already`,
    );
    expect(over.stderr).toContain("with --replace");
    const same = await repository.wiggum(["ticket", "attachment", "add", id, "one.txt"]);
    expect(same.stderr).toContain("there is an attachment of that name already, of 3 bytes");
    await repository.succeed([
      "ticket",
      "attachment",
      "add",
      id,
      "two.txt",
      "--name",
      "one.txt",
      "--replace",
    ]);
    expect(await repository.succeed(["ticket", "attachment", "read", id, "one.txt"])).toBe("two");
  });

  test("the same --operation-id again attaches and removes once", async () => {
    const id = await create("Once");
    file("once.txt", "once");
    const add = ["ticket", "attachment", "add", id, "once.txt", "--operation-id", "01JATTACH"];
    await repository.succeed(add);
    const remove = ["ticket", "attachment", "remove", id, "once.txt", "--operation-id", "01JDETACH"];
    await repository.succeed(remove);
    const after = repository.git("-C", ".wiggum/tickets.git", "rev-parse", "main");
    expect((await repository.wiggum(add)).exitCode).toBe(0);
    expect((await repository.wiggum(remove)).exitCode).toBe(0);
    expect(repository.git("-C", ".wiggum/tickets.git", "rev-parse", "main")).toBe(after);
    expect(await repository.succeed(["ticket", "outcome", "01JATTACH"])).toBe("committed");
  });

  test("bad files, names and sizes are refused with a sentence, and nothing is attached", async () => {
    const id = await create("Refused");
    file("plain.txt", "x");
    file("big.bin", Buffer.alloc(10 * 1024 * 1024 + 1));
    mkdirSync(join(repository.root, "folder"));
    const refused = async (typed: readonly string[], expected: { exitCode: number; said: string }) => {
      const ran = await repository.wiggum(typed);
      expect([typed, ran.exitCode, ran.stdout]).toEqual([typed, expected.exitCode, ""]);
      expect(ran.stderr).toContain(expected.said);
      expect(ran.stderr).not.toContain("\u001b[2J");
    };
    const named = (name: string) => ["ticket", "attachment", "add", id, "plain.txt", "--name", name];
    const added = (path: string) => ["ticket", "attachment", "add", id, path];
    await refused(added("nothing.txt"), { exitCode: 2, said: "There is no file" });
    await refused(added("-"), { exitCode: 2, said: "Standard input has no name" });
    await refused(added("folder"), { exitCode: 2, said: "is a folder: pack it into a file first" });
    await refused(added("big.bin"), { exitCode: 2, said: "10485761 bytes; an attachment may have 10485760" });
    await refused(named("../x"), { exitCode: 2, said: "it holds a slash: a name is not a path" });
    await refused(named("a\u001b[2J"), { exitCode: 2, said: "it holds control or invisible characters" });
    await refused(named(".git"), { exitCode: 2, said: "it begins with a dot" });
    const none = { exitCode: 5, said: "Ticket not found: tk-zzzz" };
    await refused(["ticket", "attachment", "add", "tk-zzzz", "plain.txt"], none);
    await refused(["ticket", "attachment", "list", "tk-zzzz"], none);
    const missing = { exitCode: 5, said: `${id} has no attachment plain.txt` };
    await refused(["ticket", "attachment", "read", id, "plain.txt"], missing);
    await refused(["ticket", "attachment", "remove", id, "plain.txt"], missing);
    expect(await repository.succeed(["ticket", "attachment", "list", id])).toBe("");
    await repository.succeed(["ticket", "attachment", "add", id, "plain.txt"]);
    const kept = ["ticket", "attachment", "read", id, "plain.txt", "--output", "plain.txt"];
    const ran = await repository.wiggum(kept);
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining("exists; it was left alone")]);
  });
});
