// What only a person at a terminal sees: questions, colours, escaped text. Needs the `script` program for a pseudo-terminal.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, program, type Repository, type RunOptions } from "./built-wiggum.js";

const hasScript =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

/** Runs the command on a pseudo-terminal of its own; `answer` is typed when a question is asked. */
async function onTerminal(typed: readonly string[], answer?: string, options: RunOptions = {}) {
  const words = [process.execPath, program, ...typed].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const child = spawn("script", ["-qec", words.join(" "), "/dev/null"], {
    cwd: options.cwd ?? repository.root,
    env: { ...repository.environment, TERM: "xterm", ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let shown = "";
  let isAnswered = false;
  child.stdout.on("data", (part: Buffer) => {
    shown += part.toString();
    if (answer === undefined || isAnswered || !shown.includes("[y/N]")) return;
    isAnswered = true;
    child.stdin.write(`${answer}\n`);
  });
  const exitCode = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  return { exitCode, shown: shown.replaceAll("\r\n", "\n"), isAnswered };
}

describe.skipIf(!hasScript)("on a terminal", () => {
  test("prefixes are coloured, unless NO_COLOR is set", async () => {
    const coloured = await onTerminal(["ticket", "show", "tk-00ff00ff"]);
    expect(coloured).toMatchObject({ exitCode: 5 });
    expect(coloured.shown).toContain("\u001b[31m[error]\u001b[0m Ticket not found");
    const plain = await onTerminal(["ticket", "show", "tk-00ff00ff"], undefined, {
      environment: { NO_COLOR: "1" },
    });
    expect(plain.shown).toContain("[error] Ticket not found");
    expect(plain.shown).not.toContain("\u001b[");
  });

  test("show escapes what would steer the terminal, and starts no pager", async () => {
    const id = await repository.succeed([
      "ticket",
      "create",
      "Escapes",
      "-d",
      "red \u001b[31m\u009b1m\u202e end\n\ttab",
    ]);
    const { exitCode, shown } = await onTerminal(["ticket", "show", id], undefined, {
      environment: { PAGER: "false" },
    });
    expect(exitCode).toBe(0);
    expect(shown).toContain("red \\x1b[31m\\x9b1m\\u202e end\n\ttab");
    expect(shown).not.toMatch(/[\u001b\u009b\u202e]/);
  });

  // P20: a person is asked, a program is told.
  test("a change since it was seen is shown and asked about: yes goes on, no is exit 8", async () => {
    const id = await repository.succeed(["ticket", "create", "Asked"]);
    const agent = await repository.succeed(["spawn", "worker", id]);
    const cwd = join(repository.root, "worktrees", agent);
    const change = async (text: string) => {
      await repository.wiggum(["ticket", "list"], { cwd });
      await repository.succeed(["ticket", "comment", id, agent, text], { cwd });
    };
    await repository.succeed(["ticket", "show", id]);
    await change("first");
    const no = await onTerminal(["ticket", "edit", id, "--priority", "1"], "n");
    expect(no).toMatchObject({ exitCode: 8, isAnswered: true });
    expect(no.shown).toContain(`${id} changed since you saw it`);
    expect(no.shown).toContain(agent);
    await change("second");
    const yes = await onTerminal(["ticket", "edit", id, "--priority", "1"], "y");
    expect(yes).toMatchObject({ exitCode: 0, isAnswered: true });
    expect(yes.shown).toContain(`Updated ${id}`);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ priority: 1 });
  });
});
