// Rows of the contract that want a scene of their own: what is typed has its effect, and the effect is looked at.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { privateServerName } from "@wiggum/runner-tmux";
import { afterEach, describe, expect, test } from "vitest";
import { app } from "../app.js";
import { allLeaves, rootCommands } from "../tree.js";
import { createRepository, type Repository, type RepositoryOptions } from "./built-wiggum.js";
import { eventually } from "./eventually.js";
import { isTmuxThere } from "./tmux-terminal.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function project(options: RepositoryOptions = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

interface Waiting {
  readonly eventId: string;
  readonly hook: string;
  readonly status: string;
}

const pendingOf = (repository: Repository) => repository.json<Waiting[]>(["hook", "pending"]);

describe("hooks that wait", { timeout: 120_000 }, () => {
  test("hook drop gives a failed hook up: it waits no more and never runs again", async () => {
    const repository = await project();
    repository.write(
      ".wiggum/hooks/on-claim",
      '#!/bin/sh\necho run >> "$MAIN_PROJECT_ROOT/runs"\nexit 3\n',
      0o755,
    );
    const id = await repository.succeed(["ticket", "create", "Given up"]);
    await repository.succeed(["ticket", "claim", id, "worker-7"]);
    const failed = await eventually("it failed", async () =>
      (await pendingOf(repository)).find(({ hook, status }) => hook === "on-claim" && status === "failed"),
    );
    const dropped = await repository.wiggum(["hook", "drop", failed.eventId, "on-claim"]);
    expect(dropped).toMatchObject({ exitCode: 0, stdout: "" });
    expect(dropped.stderr).toContain(`[ok] on-claim of ${id} was given up\n`);
    expect(await pendingOf(repository)).toEqual([]);
    const runs = repository.read("runs");
    repository.write(".wiggum/hooks/on-claim", '#!/bin/sh\ntouch "$MAIN_PROJECT_ROOT/ran-again"\n', 0o755);
    expect(await repository.json(["hook", "drain"])).toMatchObject({ ran: 0, waiting: 0 });
    expect(repository.read("runs")).toBe(runs);
    expect(existsSync(join(repository.root, "ran-again"))).toBe(false);
    expect((await repository.wiggum(["hook", "drop", failed.eventId, "on-claim"])).exitCode).toBe(2);
  });

  test("hook drain runs what waits because the process that ran it was killed", async () => {
    const repository = await project();
    const script = [
      "#!/bin/sh",
      'if [ ! -e "$MAIN_PROJECT_ROOT/killed" ]; then',
      // The process that drains is above the hook's shell, and says so in its command line.
      "  pid=$$",
      '  until tr "\\0" " " < /proc/$pid/cmdline | grep -q "hook drain"; do pid=$(cut -d" " -f4 /proc/$pid/stat); done',
      '  echo "$pid" > "$MAIN_PROJECT_ROOT/killed"',
      '  kill -9 "$pid"',
      "  exit 0",
      "fi",
      'touch "$MAIN_PROJECT_ROOT/hook-ran"',
    ];
    repository.write(".wiggum/hooks/on-claim", `${script.join("\n")}\n`, 0o755);
    const id = await repository.succeed(["ticket", "create", "Cut off"]);
    await repository.succeed(["ticket", "claim", id, "worker-7"]);
    await eventually("its process was killed", async () => {
      if (!existsSync(join(repository.root, "killed"))) return false;
      return !existsSync(`/proc/${repository.read("killed").trim()}`);
    });
    expect(existsSync(join(repository.root, "hook-ran"))).toBe(false);
    expect(await repository.json(["hook", "drain"])).toMatchObject({ ran: 1, waiting: 0 });
    expect(existsSync(join(repository.root, "hook-ran"))).toBe(true);
    expect(await pendingOf(repository)).toEqual([]);
  });
});

describe("tickets and branches", { timeout: 120_000 }, () => {
  test("ticket reopen: 6 where the type has no such edge; where it has one, the ticket is there again, with the reason", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Over"]);
    await repository.succeed(["ticket", "close", id]);
    const none = await repository.wiggum(["ticket", "reopen", id, "Again"]);
    expect(none).toMatchObject({ exitCode: 6, stdout: "" });
    expect(none.stderr).toContain(`Nothing to reopen: ${id} is in state 'closed'`);
    const types = JSON.parse(repository.read(".wiggum/ticket_types.json"));
    types.types.task.transitions.push({ name: "reopen", from: "closed", to: "ready" });
    repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
    const done = await repository.wiggum(["ticket", "reopen", id, "Happens again"]);
    expect(done).toMatchObject({ exitCode: 0, stdout: "" });
    expect(done.stderr).toContain(`[ok] Reopened ${id}: closed -> ready\n`);
    expect(await repository.succeed(["ticket", "ready"])).toBe(id);
    expect(await repository.succeed(["ticket", "show", id])).toMatch(/## Comments\n[\s\S]*Happens again/);
  });

  test("branch cleanup deletes the merged branches of the ticket, keeps the others and names them", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Merged"]);
    const other = await repository.succeed(["ticket", "create", "Another"]);
    for (const ticket of [id, other]) await repository.succeed(["spawn", "worker", ticket]);
    const worktree = join(repository.root, "worktrees/worker-0");
    repository.write("worktrees/worker-0/made.txt", "made\n");
    repository.git("-C", worktree, "add", "made.txt");
    repository.git("-C", worktree, "commit", "-qm", "Made");
    for (const state of ["review", "qa", "done"])
      await repository.succeed(["ticket", "transition", id, state, "--no-hooks"], { cwd: worktree });
    const branches = () => repository.git("branch", "--format=%(refname:short)").split("\n").sort();
    // Its agent stands on it, and its work is nowhere else.
    const early = await repository.wiggum(["branch", "cleanup", id]);
    expect(early.stderr).toContain(`[ok] Cleaned up 0 branches for ${id}\n`);
    expect(early.stderr).toMatch(new RegExp(`\\[warn\\] Kept feature/${id}: .+\\n`));
    expect(early.stderr).toMatch(/\[warn\] Kept worker-0: .+\n/);
    expect(branches()).toEqual([`feature/${id}`, `feature/${other}`, "main", "worker-0", "worker-1"].sort());
    await repository.succeed(["branch", "merge", id]);
    // Ended, with its branch left behind.
    await repository.succeed(["kill", "worker-0"]);
    repository.git("branch", "worker-0", `feature/${id}`);
    const cleaned = await repository.wiggum(["branch", "cleanup", id]);
    expect(cleaned).toMatchObject({ exitCode: 0, stdout: "" });
    expect(cleaned.stderr).toContain(`[ok] Cleaned up 2 branches for ${id}\n`);
    expect(branches()).toEqual([`feature/${other}`, "main", "worker-1"]);
  });
});

const composer = fileURLToPath(
  new URL("../../../../packages/runner-tmux/src/testing/composer.mjs", import.meta.url),
);

test.skipIf(!isTmuxThere)(
  "ping: [ok] where the program was seen to take the message (needs tmux)",
  { timeout: 120_000 },
  async () => {
    const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
    ends.push(() => rmSync(sockets, { recursive: true, force: true }));
    const repository = await createRepository({
      isInitialised: false,
      environment: (base) => ({
        WIGGUM_RUNNER: "tmux",
        TMUX_TMPDIR: sockets,
        TERM: "xterm",
        WIGGUM_AGENT_CMD: join(base, "programs/composer"),
      }),
    });
    ends.push(async () => {
      await repository.remove();
      spawnSync("tmux", ["-L", privateServerName(repository.root), "kill-server"], {
        env: repository.environment,
      });
    });
    repository.write(
      "../programs/composer",
      `#!/bin/sh\nexec '${process.execPath}' '${composer}' '{}'\n`,
      0o755,
    );
    await repository.succeed(["init"]);
    repository.write(
      ".wiggum/profiles/composer.yaml",
      `name: composer\ndescription: A program with a composer\nprograms: [composer]\nheadless:\n  prompt: ["{prompt_line}"]\npane:\n  prompt: ["{prompt_line}"]\nscreen:\n  messages: typed\n  idle: '^>$(?![\\s\\S])'\n  keysToClear: [C-u]\n`,
    );
    const id = await repository.succeed(["ticket", "create", "Called"]);
    const agent = await repository.succeed(["spawn", "worker", id]);
    const pinged = await repository.wiggum(["ping", agent, "Please", "look: $(touch pwned)"]);
    expect(pinged).toMatchObject({ exitCode: 0, stdout: "", stderr: `[ok] Pinged ${agent}\n` });
    expect(JSON.parse(repository.read(`worktrees/${agent}/got.json`)).submitted).toContain(
      "Please look: $(touch pwned)",
    );
    expect(await repository.json(["ping", agent, "again"])).toMatchObject({ status: "delivered" });
  },
);

/** Commands that need no project: they make one, print what is the same everywhere, or try a program of their own. */
const anywhere = new Set(["init", "completion", "complete", "conformance"]);

test("outside a project every command of the tree fails with the same sentence; help, version and what needs no project do not", {
  timeout: 300_000,
}, async () => {
  const nowhere = await createRepository({ kind: "no repository", isInitialised: false });
  ends.push(() => nowhere.remove());
  // What is to be imported is looked at first.
  nowhere.write(".tickets/a-1.md", "---\nid: a-1\nstatus: open\n---\n# Elsewhere\n");
  const leaves = [...allLeaves(rootCommands(app))].filter(({ words }) => !anywhere.has(words.join(" ")));
  expect(leaves.length).toBeGreaterThan(60);
  const asked = await Promise.all(
    leaves.map(async ({ words, leaf }) => ({ words, parameters: (await leaf.load()).default.parameters })),
  );
  for (const { words, parameters } of asked) {
    const { positional, flags = {} } = parameters;
    // A flag of given words that may not be left out.
    const needed = Object.entries(flags).flatMap(([name, flag]) => {
      const { kind, optional, values } = flag as typeof flag & { readonly optional?: boolean };
      return kind === "enum" && optional !== true ? [`--${name}`, String(values?.[0])] : [];
    });
    const given =
      positional === undefined
        ? []
        : positional.kind === "array"
          ? [words[0] === "ticket" ? "ticket" : "agent", "word", "word"]
          : positional.parameters.flatMap((one) =>
              "optional" in one && one.optional ? [] : [one.placeholder],
            );
    const typed = [...words, ...given.map((placeholder) => wordFor(placeholder ?? "")), ...needed];
    const ran = await nowhere.wiggum(typed, { input: "words\n" });
    expect({ typed, exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ typed, exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain("[error] Not in a wiggum project. Run 'wiggum init' first.\n");
    expect(ran.stderr).toContain("        next: ");
  }
  expect((await nowhere.wiggum(["list"])).stderr).toContain("Run 'wiggum init' first.");
  const init = await nowhere.wiggum(["init"]);
  expect(init).toMatchObject({ exitCode: 1, stdout: "" });
  expect(init.stderr).toContain("Not in a git repository. Run 'git init' first.");
  for (const typed of [["help"], ["--version"], ["completion", "bash"], ["complete", "--", "wiggum", ""]])
    expect((await nowhere.wiggum(typed)).exitCode).toBe(0);
});

/** A word that the argument of this name takes. */
function wordFor(placeholder: string): string {
  if (/ticket|^id$|dependency/i.test(placeholder)) return "tk-1234";
  if (/agent/i.test(placeholder)) return "worker-0";
  if (/path|file|folder/i.test(placeholder)) return ".";
  if (/number|index|criterion/i.test(placeholder)) return "1";
  return "word";
}
