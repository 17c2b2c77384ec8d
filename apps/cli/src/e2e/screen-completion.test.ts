// The Tab key in real shells, with the built command.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { isTmuxThere, openTerminal } from "./tmux-terminal.js";

const isThere = (name: string) => spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined;

let repository: Repository;
let id: string;
let asked: string;
beforeAll(async () => {
  repository = await createRepository();
  id = await repository.succeed(["ticket", "create", "日本語: a title with 'quotes' and $(dollars)"]);
  asked = await repository.succeed(["ticket", "create", "Another"]);
  await repository.succeed(["spawn", "worker", id]);
  repository.write("prompts for me/own.md", "Do it.\n");
});
afterAll(() => repository.remove());

/** Shells without anybody's settings. */
const shells = [
  { shell: "bash", start: "exec bash --norc --noprofile -i", use: 'eval "$(wiggum completion bash)"' },
  {
    shell: "zsh",
    start: "exec zsh -f -i",
    use: 'autoload -Uz compinit; compinit -u -D; eval "$(wiggum completion zsh)"',
  },
  {
    shell: "fish",
    start: "exec fish --no-config -i",
    use: "wiggum completion fish | source",
  },
];

describe.each(shells)("in $shell", ({ shell, start, use }) => {
  test.skipIf(!isTmuxThere || !isThere(shell))(
    "commands, flags, states, tickets, agents, roles and files are completed",
    async () => {
      const terminal = openTerminal(repository, { columns: 110, rows: 40, command: start });
      try {
        terminal.type(use);
        terminal.press("Enter");
        terminal.type("echo rea''dy");
        terminal.press("Enter");
        await terminal.shows(/^ready/m);
        const completes = async (typed: string, completed: string) => {
          terminal.type(typed);
          terminal.press("Tab");
          await terminal.shows(completed);
          terminal.press("C-u");
        };
        await completes("wiggum has", "wiggum has-capacity");
        await completes("wiggum ticket transi", "wiggum ticket transition");
        await completes("wiggum --quiet ticket transition --no-h", "ticket transition --no-hooks");
        await completes(`wiggum ticket show ${id.slice(0, -1)}`, `wiggum ticket show ${id}`);
        await completes(`wiggum ticket transition ${id} rev`, `wiggum ticket transition ${id} review`);
        await completes("wiggum ticket list --state=rev", "wiggum ticket list --state=review");
        await completes("wiggum logs wor", "wiggum logs worker-0");
        await completes("wiggum spawn review", "wiggum spawn reviewer");
        await completes("wiggum spawn worker --prompt prom", "prompts\\ for\\ me/");
        // Not another state than this ticket can go to.
        terminal.press("C-l");
        terminal.type(`wiggum ticket transition ${asked} `);
        terminal.press("Tab");
        if (shell === "bash") terminal.press("Tab");
        const states = await terminal.shows("closed");
        expect(states).toContain("in-progress");
        expect(states).not.toContain("review");
        terminal.press("C-u");
        terminal.press("C-l");
        if (shell === "bash") return;
        terminal.type("wiggum ticket show ");
        terminal.press("Tab");
        if (shell === "zsh") {
          await terminal.shows("show tk-");
          terminal.press("Tab");
        }
        expect(await terminal.shows("Another")).toContain("日本語: a title with 'quotes' and $(dollars)");
      } finally {
        terminal.end();
      }
    },
    120_000,
  );
});

test("what is proposed outside a project: commands and flags, and not a word on standard error", async () => {
  const cwd = join(repository.programs);
  for (const words of [
    ["ticket", "show", ""],
    ["logs", ""],
    ["ticket", "transition", "x", ""],
  ]) {
    const ran = await repository.wiggum(["complete", "--", ...words], { cwd });
    expect(ran).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  }
  const ran = await repository.wiggum(["complete", "--", "kil"], { cwd });
  expect(ran).toEqual({ exitCode: 0, stdout: "kill\tEnd an agent; its work is kept\n", stderr: "" });
});

test("a project whose settings cannot be read: the same", async () => {
  const broken = await createRepository();
  try {
    broken.write(".wiggum/config.yaml", "{{{");
    const ran = await broken.wiggum(["complete", "--", "ticket", "show", ""]);
    expect(ran).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  } finally {
    broken.write(".wiggum/config.yaml", "");
    await broken.remove();
  }
});

test("proposing changes nothing: the store and the person's view stay as they are", async () => {
  const view = `.wiggum/tickets/${asked}.md`;
  const before = readFileSync(join(repository.root, view), "utf8");
  repository.write(view, `${before}\nA note\n`);
  const tip = repository.git("--git-dir", join(repository.root, ".wiggum/tickets.git"), "rev-parse", "main");
  await repository.succeed(["complete", "--", "ticket", "show", ""]);
  expect(repository.git("--git-dir", join(repository.root, ".wiggum/tickets.git"), "rev-parse", "main")).toBe(
    tip,
  );
  expect(repository.read(view)).toBe(`${before}\nA note\n`);
});

test("a shell that there is no script for: exit 2, and which there are", async () => {
  const ran = await repository.wiggum(["completion", "tcsh"]);
  expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ran.stderr).toContain("'tcsh' is none of bash, zsh, fish");
});
