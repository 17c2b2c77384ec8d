// `logs --follow` of the built command: in panes and without, of agents of the other kind, to the end of the agent or of the reader.
import { type ChildProcess, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Prints what is written into its `say` file, a line each; `end` ends it with code 4. */
const talking =
  'echo first; echo second; touch say; tail -n +1 -f say | while read -r line; do test "$line" != end || exit 4; echo "$line"; done; exit 4';

async function project(agent = talking): Promise<Repository> {
  const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
  ends.push(() => rmSync(sockets, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const repository = await createRepository({
    agent,
    environment: () => ({ TMUX_TMPDIR: sockets, TERM: "xterm" }),
  });
  const server = `wiggum-${createHash("sha256").update(repository.root).digest("hex").slice(0, 12)}`;
  ends.push(async () => {
    await repository.remove();
    spawnSync("tmux", ["-L", server, "kill-server"], { env: repository.environment });
  });
  return repository;
}

async function spawned(repository: Repository, runner: string): Promise<string> {
  const id = await repository.succeed(["ticket", "create", "Followed"]);
  const agent = await repository.succeed(["spawn", "worker", id, "--runner", runner]);
  await eventually("its first words", async () =>
    (await repository.succeed(["logs", agent])).includes("second"),
  );
  return agent;
}

function say(repository: Repository, agent: string, line: string): void {
  const file = join(repository.root, "worktrees", agent, "say");
  spawnSync("sh", ["-c", 'printf "%s\\n" "$1" >> "$2"', "sh", line, file]);
}

interface Following {
  readonly child: ChildProcess;
  /** Lines, without those that a terminal adds. */
  lines(): readonly string[];
  readonly ended: Promise<number | null>;
}

function follow(repository: Repository, typed: readonly string[], runner: string): Following {
  const child = repository.start(["logs", ...typed, "--follow"], { environment: { WIGGUM_RUNNER: runner } });
  const parts: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => parts.push(part));
  return {
    child,
    lines: () =>
      Buffer.concat(parts)
        .toString()
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    ended: new Promise((resolve) => child.once("close", resolve)),
  };
}

const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).error === undefined;
/** Where the agent runs, and where the one who looks would start his. */
const pairs = [
  ["process", "process"],
  ["process", "tmux"],
  ["tmux", "tmux"],
  ["tmux", "process"],
] as const;

describe.each(pairs)("logs --follow, %s agent, %s reader", { timeout: 120_000 }, (own, asked) => {
  const isMissing = own === "tmux" && !isTmuxThere;
  test.skipIf(isMissing)("last lines, new ones once, its end", async () => {
    const repository = await project();
    const agent = await spawned(repository, own);
    const all = follow(repository, [agent], asked);
    const last = follow(repository, [agent, "--tail", "1"], asked);
    const none = follow(repository, [agent, "--tail", "0"], asked);
    await eventually("the tails", async () => all.lines().length === 2 && last.lines().length === 1);
    // What prints nothing at first says nothing of where it begins.
    let count = 0;
    await eventually("the one without a tail", async () => {
      say(repository, agent, `line ${count++}`);
      return none.lines().length > 0;
    });
    say(repository, agent, "third");
    for (const one of [all, last, none])
      await eventually("the third line", async () => one.lines().includes("third"));
    expect(all.lines().slice(0, 3)).toEqual(["first", "second", "line 0"]);
    expect(last.lines().slice(0, 2)).toEqual(["second", "line 0"]);
    expect(none.lines()).not.toContain("second");
    for (const one of [all, last, none]) expect(new Set(one.lines()).size).toBe(one.lines().length);
    none.child.kill("SIGINT");
    expect(await none.ended).toBe(0);
    say(repository, agent, "the last");
    say(repository, agent, "end");
    for (const one of [all, last]) {
      expect(await one.ended).toBe(0);
      expect(one.lines()).toContain("the last");
      expect(new Set(one.lines()).size).toBe(one.lines().length);
    }
    const after = follow(repository, [agent, "--tail", "2"], asked);
    expect(await after.ended).toBe(0);
    expect(after.lines()).toContain("the last");
  });

  test.skipIf(isMissing)("the reader ends when the agent is killed", async () => {
    const repository = await project();
    const agent = await spawned(repository, own);
    const one = follow(repository, [agent], asked);
    await eventually("its tail", async () => one.lines().length >= 2);
    await repository.succeed(["kill", agent, "--force"]);
    expect(await one.ended).toBe(0);
  });
});

describe("logs --follow", { timeout: 120_000 }, () => {
  test("--json is refused, arguments come before session before agent", async () => {
    const repository = await project();
    expect((await repository.wiggum(["logs", "--follow"])).exitCode).toBe(2);
    expect((await repository.wiggum(["logs", "worker-0", "-f"])).exitCode).toBe(3);
    const agent = await spawned(repository, "process");
    expect((await repository.wiggum(["logs", agent, "-f", "--json"])).exitCode).toBe(2);
    expect((await repository.wiggum(["logs", "worker-9", "-f"])).exitCode).toBe(4);
    const short = follow(repository, [agent, "--tail=1"], "process");
    await eventually("its tail", async () => short.lines().includes("second"));
    short.child.kill("SIGTERM");
    expect(await short.ended).toBe(0);
  });
});

test("an agent that 'wiggum run' starts again is followed into its next session, and to its end", {
  timeout: 120_000,
}, async () => {
  const repository = await project(
    'echo "session $WIGGUM_GENERATION begins"; while ! test -e "go-$WIGGUM_GENERATION"; do sleep 0.1; done; echo "session $WIGGUM_GENERATION ends"; exit 1',
  );
  await repository.succeed(["ticket", "create", "Started twice"]);
  const run = repository.start(["run", "--plain"]);
  run.stdout?.resume();
  let said = "";
  run.stderr?.on("data", (part: Buffer) => {
    said += part.toString();
  });
  const ran = new Promise((resolve) => run.once("close", resolve));
  await eventually("its first words", async () =>
    (await repository.wiggum(["logs", "worker-0"])).stdout.includes("session 1 begins"),
  );
  const one = follow(repository, ["worker-0"], "process");
  await eventually("its tail", async () => one.lines().length === 1);
  // An agent that ends sooner is one that could not be started.
  await eventually("it counts as started", async () => said.includes("spawn worker"));
  const go = (generation: number) => repository.write(`worktrees/worker-0/go-${generation}`, "");
  go(1);
  await eventually("the second session", async () => one.lines().includes("session 2 begins"));
  expect(one.lines()).toEqual(["session 1 begins", "session 1 ends", "session 2 begins"]);
  run.kill("SIGINT");
  await ran;
  // Nobody starts it again: what follows ends with it.
  go(2);
  expect(await one.ended).toBe(0);
  expect(one.lines().slice(-1)).toEqual(["session 2 ends"]);
});
