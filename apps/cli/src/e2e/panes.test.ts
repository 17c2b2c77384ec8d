// Agents in panes of tmux, by the built program: a private server of the test's own, ended by its own name.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, program, type Repository, type RepositoryOptions } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const isThere = (name: string) => spawnSync(name, ["-V"], { stdio: "ignore" }).error === undefined;
const isTmuxThere = isThere("tmux");

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Stage {
  readonly repository: Repository;
  /** Folder of the sockets of this test's servers. */
  readonly sockets: string;
  /** Asks the project's server as a person would. */
  tmux(...words: readonly string[]): { readonly status: number | null; readonly text: string };
  spawned(title: string): Promise<{ readonly id: string; readonly agent: string }>;
}

async function createStage(options: RepositoryOptions = {}): Promise<Stage> {
  const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
  ends.push(() => rmSync(sockets, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const repository = await createRepository({
    ...options,
    environment: (base) => ({
      WIGGUM_RUNNER: "tmux",
      TMUX_TMPDIR: sockets,
      TERM: "xterm",
      ...options.environment?.(base),
    }),
  });
  const server = `wiggum-${createHash("sha256").update(repository.root).digest("hex").slice(0, 12)}`;
  const tmux = (...words: readonly string[]) => {
    const ran = spawnSync("tmux", ["-u", "-L", server, ...words], {
      env: repository.environment,
      encoding: "utf8",
    });
    return { status: ran.status, text: ran.stdout.trimEnd() };
  };
  ends.push(async () => {
    await repository.remove();
    tmux("kill-server");
  });
  return {
    repository,
    sockets,
    tmux,
    async spawned(title) {
      const id = await repository.succeed(["ticket", "create", title]);
      return { id, agent: await repository.succeed(["spawn", "worker", id]) };
    },
  };
}

/** Every socket below the folder: none = no server is left. */
const socketsIn = (folder: string) => readdirSync(folder).flatMap((user) => readdirSync(join(folder, user)));

/** The command on a pseudo-terminal; once `seen` is on it, `keys` are pressed one by one, again and again until it ends. */
async function onTerminal(
  { repository }: Stage,
  typed: readonly string[],
  seen = "",
  keys: readonly string[] = [],
): Promise<{ readonly exitCode: number; readonly shown: string }> {
  const words = [process.execPath, program, ...typed].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", `stty rows 40 cols 120; exec ${words}`, "/dev/null"], {
    cwd: repository.root,
    env: repository.environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let presses = 0;
  child.stdout.on("data", (part: Buffer) => {
    shown += part.toString();
  });
  // One at a time: tmux takes what comes at once for pasted, and for no key of its own.
  const pressing = setInterval(() => {
    const key = keys[presses % keys.length];
    if (key === undefined || !shown.includes(seen)) return;
    child.stdin.write(key);
    presses += 1;
  }, 150);
  child.stdin.on("error", () => {});
  const exitCode = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  clearInterval(pressing);
  return { exitCode, shown };
}

describe.skipIf(!isTmuxThere)("agents in panes (needs tmux)", { timeout: 60_000 }, () => {
  test("spawn opens a pane with the agent's name, and status, list, logs, ping and kill go with it", async () => {
    const stage = await createStage();
    const { repository, tmux } = stage;
    repository.write(".wiggum/tmux.conf", "set -g status-left MINE\n");
    const { id, agent } = await stage.spawned("In a pane");
    expect(tmux("list-panes", "-s", "-F", "#{pane_title} #{@wiggum_agent}").text).toBe(
      `${agent}:${id} ${agent}`,
    );
    expect(tmux("show-options", "-gv", "status-left").text).toBe("MINE");
    await eventually("its output", async () =>
      (await repository.succeed(["logs", agent])).includes(`hello from ${agent}`),
    );
    expect(await repository.succeed(["logs", "0"])).toContain(`hello from ${agent}`);
    expect(await repository.succeed(["status"])).toContain("  Panes: 1\n");
    expect(await repository.succeed(["status", "--verbose"])).toContain("panes: 1, socket ");
    const status = await repository.json<{ session: { tmux: { panes: number } } }>(["status"]);
    expect(status.session.tmux.panes).toBe(1);
    const registry = JSON.parse(await repository.succeed(["list", "--format", "json"]));
    expect(registry[agent].tmux_pane_id).toMatch(/^%\d+$/);
    expect(JSON.parse(repository.read(".wiggum/panels.json"))).toEqual(registry);
    // Nobody types into the pane of a program that nothing is known of: that is no plain success.
    const pinged = await repository.wiggum(["ping", agent, "hello there"]);
    expect(pinged.exitCode).toBe(0);
    expect(pinged.stderr).toMatch(
      new RegExp(
        `^\\[warn\\] Pinged ${agent}, .+ inbox .+'wiggum send-keys ${agent} <text> Enter' types\\n$`,
      ),
    );
    await repository.succeed(["kill", agent]);
    expect(socketsIn(stage.sockets)).toEqual([]);
  });

  test("an agent of the other runner is seen, followed and ended, whichever one is used now", async () => {
    const stage = await createStage();
    const { repository } = stage;
    const { agent } = await stage.spawned("In a pane");
    const other = await repository.succeed(["ticket", "create", "Without one"]);
    const process = { environment: { WIGGUM_RUNNER: "process" } };
    const child = await repository.succeed(["spawn", "worker", other, "--runner", "process"]);
    for (const how of [{}, process]) {
      const agents = await repository.json<{ agentId: string; state: string }[]>(["list"], how);
      expect(agents.map(({ agentId, state }) => [agentId, state])).toEqual([
        [agent, "running"],
        [child, "running"],
      ]);
    }
    expect((await repository.wiggum(["send-keys", child, "x"])).exitCode).toBe(1);
    expect((await repository.wiggum(["attach", child, "--json"], process)).exitCode).toBe(1);
    await repository.succeed(["kill", agent], process);
    await repository.succeed(["kill", child]);
    expect(socketsIn(stage.sockets)).toEqual([]);
  });

  test("send-keys presses keys in the pane and adds no Enter; 2, 3, 4 for what it cannot find", async () => {
    const agent = 'echo ready; read -r line; echo "got: $line"; read -r line; echo "then: $line"; sleep 600';
    const stage = await createStage({ agent });
    const { repository } = stage;
    expect((await repository.wiggum(["send-keys", "worker-0", "x"])).exitCode).toBe(3);
    const spawned = await stage.spawned("Typed to");
    const logs = () => repository.succeed(["logs", spawned.agent]);
    await eventually("it listens", async () => (await logs()).includes("ready"));
    expect((await repository.wiggum(["send-keys", spawned.agent])).exitCode).toBe(2);
    expect((await repository.wiggum(["send-keys", "worker-9", "x"])).exitCode).toBe(4);
    const sent = await repository.wiggum(["send-keys", spawned.agent, "-l"]);
    expect(sent).toMatchObject({ exitCode: 2 });
    const typed = await repository.wiggum(["send-keys", spawned.agent, "--", "-l; $(touch pwned);"]);
    expect(typed).toMatchObject({ exitCode: 0, stdout: "", stderr: `[ok] Sent keys to ${spawned.agent}\n` });
    await eventually("it is echoed", async () => (await logs()).includes("-l; $(touch pwned);"));
    expect(await logs()).not.toContain("got:");
    await repository.succeed(["send-keys", "0", "Enter"]);
    await eventually("the line", async () => (await logs()).includes("got: -l; $(touch pwned);"));
    await repository.succeed(["send-keys", spawned.agent, "yes, go on", "Enter"]);
    await eventually("the second", async () => (await logs()).includes("then: yes, go on"));
  });

  test("logs --follow streams what is printed in the pane from now on", async () => {
    const stage = await createStage({ agent: 'echo before; while read -r line; do echo "got $line"; done' });
    const { repository } = stage;
    const { agent } = await stage.spawned("Followed");
    await eventually("it listens", async () =>
      (await repository.succeed(["logs", agent])).includes("before"),
    );
    const following = repository.start(["logs", agent, "--tail", "1", "--follow"]);
    let shown = "";
    following.stdout?.on("data", (part: Buffer) => {
      shown += part.toString();
    });
    const ended = new Promise<number | null>((resolve) => following.once("close", (code) => resolve(code)));
    await eventually("the tail", async () => shown.includes("before"));
    await repository.succeed(["send-keys", agent, "one", "Enter"]);
    await eventually("what came then", async () => shown.includes("got one"));
    following.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(shown.match(/before/g)).toHaveLength(1);
  });

  test("attach: exit 3 without a session or under another name, 1 without a terminal or without panes", async () => {
    const stage = await createStage();
    const { repository } = stage;
    const none = await repository.wiggum(["attach"]);
    expect(none).toMatchObject({ exitCode: 3, stdout: "" });
    expect(none.stderr).toContain("[error] Session 'wiggum-project' not found");
    const { id } = await stage.spawned("First");
    const wrong = await repository.wiggum(["attach", "--session", "other"]);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toContain("[error] Session 'other' not found");
    const blind = await repository.wiggum(["attach"]);
    expect(blind.exitCode).toBe(1);
    expect(blind.stderr).toContain("There is no terminal here");
    for (const typed of [["attach"], ["attach", "--session", "wiggum-project"], ["attach", "worker-0"]]) {
      const { command } = await repository.json<{ command: string[] }>(typed);
      expect(command.at(-3)).toBe("attach-session");
    }
    expect((await repository.wiggum(["attach", "worker-9"])).exitCode).toBe(4);
    await repository.succeed(["kill", "worker-0"]);
    expect((await repository.wiggum(["attach"])).exitCode).toBe(3);
    const child = { environment: { WIGGUM_RUNNER: "process" } };
    await repository.succeed(["spawn", "worker", id], child);
    const unsupported = await repository.wiggum(["attach"], child);
    expect(unsupported.exitCode).toBe(1);
    expect(unsupported.stderr).toContain("The agents run without panes");
  });

  test.skipIf(!isThere("script"))(
    "attach shows the pane on a terminal, and the agent goes on after C-b d",
    async () => {
      const stage = await createStage();
      const { agent } = await stage.spawned("Watched");
      const { exitCode, shown } = await onTerminal(stage, ["attach", agent], `hello from ${agent}`, [
        "\u0002",
        "d",
      ]);
      expect({ exitCode, isDetached: shown.includes("[detached") }).toEqual({
        exitCode: 0,
        isDetached: true,
      });
      const [left] = await stage.repository.json<{ agentId: string; state: string }[]>(["list"]);
      expect(left).toMatchObject({ agentId: agent, state: "running" });
    },
  );

  test("a hook's bare tmux reaches the server of the agents", async () => {
    const stage = await createStage();
    const { repository } = stage;
    const { id, agent } = await stage.spawned("Hooked");
    repository.write(".wiggum/hooks/look", "#!/bin/sh\ntmux list-panes -a -F '#{@wiggum_agent}'\n", 0o755);
    expect(await repository.succeed(["hook", "run", "look", id])).toContain(agent);
    const child = { environment: { WIGGUM_RUNNER: "process" } };
    expect(await repository.succeed(["hook", "run", "look", id], child)).toContain(agent);
  });

  test("teardown: 1 while several work, --force ends all of them, session and server; then 3", async () => {
    const stage = await createStage();
    const { repository } = stage;
    expect((await repository.wiggum(["teardown"])).exitCode).toBe(3);
    const agents = [await stage.spawned("One"), await stage.spawned("Two")];
    repository.write(`worktrees/${agents[0]?.agent}/precious.txt`, "only here\n");
    // A pane that a person opened goes, too, also one that stands in a worktree.
    const cwd = join(repository.root, "worktrees", agents[1]?.agent ?? "");
    expect(stage.tmux("split-window", "-d", "-c", cwd, "exec sleep 600").status).toBe(0);
    const refused = await repository.wiggum(["teardown"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("[error] Active workers detected. Use --force to kill anyway.");
    expect(await repository.json<unknown[]>(["list"])).toHaveLength(2);
    const done = await repository.wiggum(["teardown", "--force"]);
    expect(done).toMatchObject({ exitCode: 0, stdout: "" });
    expect(done.stderr).toMatch(/\[ok\] Session terminated\n$/);
    expect(repository.read(".wiggum/panels.json")).toBe("{}\n");
    expect(socketsIn(stage.sockets)).toEqual([]);
    expect(existsSync(join(repository.root, "worktrees", agents[0]?.agent ?? ""))).toBe(false);
    expect(await repository.succeed(["salvage", "list"])).toContain("precious.txt");
    expect((await repository.wiggum(["teardown"])).exitCode).toBe(3);
  });

  test("teardown is refused while 'wiggum run' is at work, which would start the agents again", async () => {
    const stage = await createStage();
    const { repository } = stage;
    await stage.spawned("Supervised");
    const running = repository.start(["run"]);
    const ended = new Promise((resolve) => running.once("close", resolve));
    await eventually("it schedules", async () =>
      existsSync(join(repository.root, ".wiggum/state/supervisor.json")),
    );
    const refused = await repository.wiggum(["teardown", "--force"]);
    expect(refused.exitCode).toBe(9);
    expect(await repository.json<unknown[]>(["list"])).toHaveLength(1);
    running.kill("SIGINT");
    await ended;
    await repository.succeed(["teardown"]);
    expect(socketsIn(stage.sockets)).toEqual([]);
  });

  test("a person at a terminal gets panes by default, and whatever that starts does, too; a script does not", async () => {
    const stage = await createStage({ environment: () => ({ WIGGUM_RUNNER: "auto" }) });
    const { repository } = stage;
    const ids = await Promise.all(
      ["One", "Two"].map((title) => repository.succeed(["ticket", "create", title])),
    );
    await repository.succeed(["spawn", "worker", ids[0] ?? ""]);
    expect(socketsIn(stage.sockets)).toEqual([]);
    repository.write(
      ".wiggum/hooks/on-claim",
      '#!/bin/sh\necho "$WIGGUM_RUNNER" > "$MAIN_PROJECT_ROOT/told-$WIGGUM_TICKET_ID"\n',
      0o755,
    );
    expect((await onTerminal(stage, ["spawn", "worker", ids[1] ?? ""])).exitCode).toBe(0);
    expect(stage.tmux("list-panes", "-a", "-F", "#{@wiggum_agent}").text).toBe("worker-1");
    await eventually("the hook ran", async () => existsSync(join(repository.root, `told-${ids[1]}`)));
    expect(readFileSync(join(repository.root, `told-${ids[1]}`), "utf8")).toBe("tmux\n");
  });
});

test("without tmux agents run as child processes, and that is said", { timeout: 60_000 }, async () => {
  const repository = await createRepository({ environment: () => ({ WIGGUM_RUNNER: "tmux" }) });
  ends.push(() => repository.remove());
  // All programs of this machine but one.
  const environment = { PATH: `${repository.programs}:${pathWithout(repository, "tmux")}` };
  const id = await repository.succeed(["ticket", "create", "Without panes"], { environment });
  const ran = await repository.wiggum(["spawn", "worker", id], { environment });
  expect(ran).toMatchObject({ exitCode: 0, stdout: "worker-0\n" });
  expect(ran.stderr).toContain("[info] tmux is not installed: agents run without panes");
  expect((await repository.wiggum(["attach"], { environment })).exitCode).toBe(1);
  expect((await repository.wiggum(["send-keys", "worker-0", "x"], { environment })).exitCode).toBe(1);
  await repository.succeed(["teardown"], { environment });
});

/** A folder with links to every program but that one. */
function pathWithout(repository: Repository, name: string): string {
  const folder = join(repository.programs, "others");
  const script = `mkdir "$1" && IFS=: && for place in $PATH; do
    for file in "$place"/*; do base=\${file##*/}; [ "$base" = "$2" ] || [ -e "$1/$base" ] || ln -s "$file" "$1/"; done
  done`;
  const ran = spawnSync("sh", ["-c", script, "sh", folder, name], {
    env: repository.environment,
    encoding: "utf8",
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return folder;
}
