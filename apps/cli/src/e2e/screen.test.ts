// The live view of `wiggum run`, as a person sees it: the built command in a real terminal.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository, type RepositoryOptions } from "./built-wiggum.js";
import { eventually } from "./eventually.js";
import { isTmuxThere, openTerminal, type TerminalOptions, type TmuxTerminal } from "./tmux-terminal.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function stage(
  options: RepositoryOptions & { readonly terminal?: TerminalOptions } = {},
): Promise<{ repository: Repository; terminal: TmuxTerminal }> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  const terminal = openTerminal(repository, options.terminal);
  ends.push(() => terminal.end());
  return { repository, terminal };
}

const supervisorOf = (repository: Repository): number =>
  JSON.parse(readFileSync(join(repository.root, ".wiggum/state/supervisor.json"), "utf8")).pid;

const ordinary = { isAlternate: false, isCursorShown: true, isWrapping: true };
const taken = { isAlternate: true, isCursorShown: false, isWrapping: false };

/** Nothing of the screen is left among what scrolled away or stands there: only lines. */
function expectNoGarbage(terminal: TmuxTerminal): void {
  const all = terminal.scrolled().join("\n");
  expect(all).not.toContain("AGENTS:");
  expect(all).not.toMatch(/\[\?|\[2K|\^\[/);
}

describe.skipIf(!isTmuxThere)("wiggum run on a terminal (needs tmux)", { timeout: 120_000 }, () => {
  test("one screen: agents, tickets, events, what waits; q ends it and leaves a summary", async () => {
    const { repository, terminal } = await stage({ terminal: { columns: 100, rows: 24 } });
    const wide = await repository.succeed(["ticket", "create", "日本語のタイトル 🎉 and more"]);
    const asked = await repository.succeed(["ticket", "create", "Needs a person"]);
    await repository.succeed(["ticket", "action", "require", asked, "Which licence?"]);
    terminal.type("clear; wiggum run; echo ended with $?");
    terminal.press("Enter");
    await terminal.shows(new RegExp(`worker-0 +${wide} +in-progress +\\d+s +running`));
    const shown = await terminal.shows("[ok] spawn worker");
    expect(terminal.modes()).toEqual(taken);
    expect(terminal.title()).toBe("(1) wiggum project: waits for you");
    expect(shown).toMatch(/^wiggum run · \d+s · wiggum-project\n/);
    expect(shown).toContain(`${asked}: Which licence? → wiggum answer ${asked} "<answer>"`);
    const waiting = await repository.json<unknown[]>(["inbox"]);
    expect(shown).toContain(`WAITS FOR YOU: ${waiting.length}\n`);
    expect(shown).toContain("AGENTS: 1 running, at most 4 at work");
    expect(shown).toContain(`${wide}  in-progress  日本語のタイトル 🎉 and more`);
    expect(shown).toMatch(/\d\d:\d\d \[ok\] spawn worker for/);
    expect(shown).toMatch(/\nq: end · \?: keys$/);
    // What is printed elsewhere in this process is an event, and what changes meanwhile is shown.
    await repository.succeed(["ticket", "action", "clear", asked]);
    await terminal.shows("AGENTS: 2 running");
    expect(terminal.screen().join("\n")).not.toContain("Which licence?");
    terminal.press("?");
    await terminal.shows("KEYS");
    terminal.press("\u001b");
    await terminal.shows("EVENTS");
    terminal.press("?");
    await terminal.shows("KEYS");
    terminal.press("?");
    await terminal.shows("EVENTS");
    terminal.press("q");
    const after = await terminal.shows("ended with 0");
    expect(terminal.modes()).toEqual(ordinary);
    expect(after).toMatch(/\[info\] Supervised for \d+s: 2 actions done/);
    expect(after).toContain("[info] Tickets: in-progress 2");
    expect(after).toContain("[info] Agents run on: worker-0, worker-1");
    expectNoGarbage(terminal);
    expect(await repository.json<unknown[]>(["list"])).toHaveLength(2);
  });

  test("it follows the terminal's size, down to 20 columns and 5 rows, and scrolls nothing", async () => {
    const { repository, terminal } = await stage({ terminal: { columns: 20, rows: 5 } });
    const id = await repository.succeed(["ticket", "create", "Small \u{1f600} and long enough to be cut"]);
    terminal.type("wiggum run");
    terminal.press("Enter");
    await terminal.shows("agents: 1/4");
    expect(terminal.screen()).toHaveLength(5);
    expect(terminal.screen().at(-1)).toBe("q: end · ?: keys");
    terminal.resize(100, 24);
    await terminal.shows(new RegExp(`worker-0 +${id}`));
    terminal.resize(30, 12);
    await terminal.shows(/worker-0 +\d+s +running/);
    expect(terminal.screen()).toHaveLength(12);
    terminal.resize(1, 1);
    terminal.resize(20, 5);
    await terminal.shows("agents: 1/4");
    terminal.press("C-c");
    await eventually("it is gone", async () => !terminal.modes().isAlternate);
    terminal.resize(100, 40);
    await terminal.shows("Agents run on: worker-0");
    expectNoGarbage(terminal);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("%s gives the terminal back", async (signal) => {
    const { repository, terminal } = await stage();
    terminal.type("clear; wiggum run; echo ended");
    terminal.press("Enter");
    await terminal.shows("AGENTS: 0 running");
    process.kill(supervisorOf(repository), signal);
    await terminal.shows(/^ended/m);
    expect(terminal.modes()).toEqual(ordinary);
    expectNoGarbage(terminal);
    // Keys are seen, and lines are lines again.
    terminal.type("echo typed");
    terminal.press("Enter");
    await terminal.shows(/^typed/m);
  });

  test("an unexpected failure gives the terminal back, and what failed is read there", async () => {
    const { repository, terminal } = await stage();
    const planted = repository.write(
      "../programs/planted.mjs",
      'process.on("SIGUSR2", () => { throw new Error("planted failure"); });\n',
    );
    terminal.type(`NODE_OPTIONS='--import ${planted}' wiggum run; echo ended with $?`);
    terminal.press("Enter");
    await terminal.shows("AGENTS: 0 running");
    process.kill(supervisorOf(repository), "SIGUSR2");
    const after = await terminal.shows(/^ended with [1-9]/m);
    expect(after).toContain("planted failure");
    expect(terminal.modes()).toEqual(ordinary);
  });

  test("q waits for what is being done and says so; Ctrl-C then does not", async () => {
    const { repository, terminal } = await stage();
    await repository.succeed(["ticket", "create", "Slow to begin"]);
    repository.write(".wiggum/config.yaml", "worktree:\n  setUp: [sleep, '600']\n");
    terminal.type("clear; wiggum run; echo ended with $?");
    terminal.press("Enter");
    await terminal.shows("AGENTS: ");
    await eventually("it is at work", async () => existsSync(join(repository.root, "worktrees/worker-0")));
    terminal.press("q");
    await terminal.shows("wiggum run, ending");
    await terminal.shows("Ctrl-C again: end at once");
    await terminal.shows("Ending after what is being done now");
    terminal.press("C-c");
    await eventually("it is gone", async () => !terminal.modes().isAlternate);
    // The shell gives the rest of that line up, too, and what was typed before its next prompt, as whenever a program ends by Ctrl-C.
    await terminal.shows(/^[$#]$/m);
    terminal.type("echo ended with $?");
    terminal.press("Enter");
    await terminal.shows(/^ended with 130/m);
    expect(terminal.modes()).toEqual(ordinary);
    expectNoGarbage(terminal);
  });

  test("what is written meanwhile is an event, with its control characters escaped, and spoils nothing", async () => {
    const { repository, terminal } = await stage();
    const planted = repository.write(
      "../programs/planted.mjs",
      `process.on("SIGUSR2", () => process.stderr.write("[warn] planted \\u0007 line\\n"));\n`,
    );
    terminal.type(`clear; NODE_OPTIONS='--import ${planted}' wiggum run`);
    terminal.press("Enter");
    await terminal.shows("AGENTS: 0 running");
    process.kill(supervisorOf(repository), "SIGUSR2");
    await terminal.shows(/\d\d:\d\d \[warn\] planted \\x07 line/);
    expect(terminal.screen()[0]).toMatch(/^wiggum run/);
    terminal.press("q");
    const after = await terminal.shows("Supervised for");
    // A warning is told again where it stays.
    expect(after).toMatch(/\[warn\] planted \\x07 line/);
    expectNoGarbage(terminal);
  });

  test("Ctrl-Z gives the terminal back until fg", async () => {
    const { terminal } = await stage({ terminal: { command: "exec bash --norc -i" } });
    terminal.type("clear; wiggum run");
    terminal.press("Enter");
    await terminal.shows("AGENTS: 0 running");
    terminal.press("C-z");
    await terminal.shows("Stopped");
    expect(terminal.modes()).toEqual(ordinary);
    terminal.type("fg");
    terminal.press("Enter");
    await terminal.shows("AGENTS: 0 running");
    expect(terminal.modes()).toEqual(taken);
    terminal.press("q");
    await terminal.shows("Supervised for");
    expect(terminal.modes()).toEqual(ordinary);
  });

  test("until-done ends by itself: the summary and the last word stay", async () => {
    const { repository, terminal } = await stage();
    const id = await repository.succeed(["ticket", "create", "Soon over"]);
    terminal.type("clear; wiggum run --until-done; echo ended with $?");
    terminal.press("Enter");
    await terminal.shows("worker-0  ");
    const cwd = join(repository.root, "worktrees/worker-0");
    repository.git("-C", cwd, "commit", "-q", "--allow-empty", "-m", "Work");
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"], { cwd });
    await repository.succeed(["ticket", "close", id, "Not needed"], {
      environment: { WIGGUM_ON_CHANGE: "none" },
    });
    const after = await terminal.shows(/ended with \d/);
    expect(after).toContain("[info] Tickets: closed 1");
    expect(after).toContain("[ok] All tickets are done");
    expect(after).toContain("ended with 0");
    expect(terminal.modes()).toEqual(ordinary);
  });

  test("a run that is refused takes no screen: it says why", async () => {
    const { repository, terminal } = await stage();
    const first = repository.start(["run"]);
    const ended = new Promise((resolve) => first.once("close", resolve));
    await eventually("the first is there", async () =>
      existsSync(join(repository.root, ".wiggum/state/supervisor.json")),
    );
    terminal.type("clear; wiggum run; echo ended with $?");
    terminal.press("Enter");
    const shown = await terminal.shows("ended with 9");
    expect(shown).toContain(`process ${first.pid}`);
    expect(shown).not.toContain("AGENTS:");
    first.kill("SIGINT");
    await ended;
  });

  test.each([
    ["--plain", "wiggum run --plain"],
    ["NO_COLOR", "NO_COLOR=1 wiggum run"],
    ["TERM=dumb", "TERM=dumb wiggum run"],
    ["--verbose", "wiggum run --verbose"],
    ["standard error in a file", "wiggum run 2>lines; cat lines"],
    ["standard output in a pipe", "wiggum run | cat"],
  ])("%s: plain lines", async (_name, line) => {
    const { repository, terminal } = await stage({ terminal: { columns: 120 } });
    terminal.type(`clear; ${line}`);
    terminal.press("Enter");
    const file = join(repository.root, "lines");
    const isWritten = () => existsSync(file) && readFileSync(file, "utf8").includes("Supervising");
    if (line.includes("cat lines")) await eventually("it is in the file", async () => isWritten());
    else await terminal.shows("[info] Supervising, at most 4 agents at a time");
    expect(terminal.modes()).toEqual(ordinary);
    terminal.press("C-c");
    await terminal.shows(/\[info\] Supervising[^\n]*\n[^$]*\[info\] Ending after/);
    expectNoGarbage(terminal);
  });
});
