// What people and machines do to tmux behind Wiggum's back: each has its sentence, and the work goes on.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";
import { isTmuxThere } from "./tmux-terminal.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function inPanes(program?: string) {
  const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-odd-")));
  ends.push(() => rmSync(sockets, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const repository = await createRepository({
    ...(program === undefined ? {} : { agent: program }),
    environment: () => ({ WIGGUM_RUNNER: "tmux", TMUX_TMPDIR: sockets, TERM: "xterm" }),
  });
  ends.push(async () => {
    await repository.wiggum(["teardown", "--force"]);
    await repository.remove();
  });
  const id = await repository.succeed(["ticket", "create", "In a pane"]);
  const agent = await repository.succeed(["spawn", "worker", id]);
  await eventually("it says hello", async () =>
    (await repository.succeed(["logs", agent])).includes("hello"),
  );
  const [folder = ""] = readdirSync(sockets);
  const [socket = ""] = readdirSync(join(sockets, folder));
  const tmux = (...words: readonly string[]) =>
    execFileSync("tmux", ["-S", join(sockets, folder, socket), ...words], {
      env: repository.environment,
      encoding: "utf8",
    }).trimEnd();
  return { repository, id, agent, tmux };
}

async function stateOf(repository: Repository, agent: string): Promise<string | undefined> {
  const agents = await repository.json<{ agentId: string; state: string }[]>(["list"]);
  return agents.find(({ agentId }) => agentId === agent)?.state;
}

describe.skipIf(!isTmuxThere)("what became of the panes (needs tmux)", { timeout: 120_000 }, () => {
  test("the session is renamed: agents are reached, the next one starts beside them, attach finds it", async () => {
    const { repository, agent, tmux } = await inPanes();
    tmux("rename-session", "mine");
    expect(await stateOf(repository, agent)).toBe("running");
    expect((await repository.wiggum(["send-keys", agent, "x"])).exitCode).toBe(0);
    const second = await repository.succeed(["ticket", "create", "Beside it"]);
    await repository.succeed(["spawn", "worker", second]);
    expect(tmux("list-sessions", "-F", "#{session_name}")).toBe("mine");
    const agents = tmux("list-panes", "-a", "-F", "#{@wiggum_agent}").split("\n").toSorted();
    expect(agents).toEqual(["worker-0", "worker-1"]);
    expect((await repository.json<{ command: string[] }>(["attach"])).command).toContain("attach-session");
  });

  test("a pane is closed by hand: the agent is lost, each command says so, its work is gone on with", async () => {
    const { repository, id, agent, tmux } = await inPanes();
    const second = await repository.succeed(["ticket", "create", "Keeps the server"]);
    await repository.succeed(["spawn", "worker", second]);
    const panes = tmux("list-panes", "-a", "-F", "#{pane_id} #{@wiggum_agent}").split("\n");
    tmux("kill-pane", "-t", panes.find((line) => line.endsWith(agent))?.split(" ")[0] ?? "");
    await eventually("it is lost", async () => (await stateOf(repository, agent)) === "lost");
    const keys = await repository.wiggum(["send-keys", agent, "x"]);
    expect(keys.exitCode).toBe(1);
    expect(keys.stderr).toContain(`[error] ${agent} has no pane any more\n`);
    const ping = await repository.wiggum(["ping", agent, "hello"]);
    expect(ping.exitCode).toBe(1);
    expect(ping.stderr).toContain(`${agent} was not reached: its session has ended`);
    expect(await repository.succeed(["logs", agent])).toContain("hello from");
    await eventually("somebody works on it again", async () => {
      await repository.wiggum(["run", "--once"]);
      return (await stateOf(repository, agent)) === "running";
    });
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ assignedAgentId: agent });
  });

  test.each([
    { how: "ended", signal: undefined },
    { how: "killed", signal: "SIGKILL" as const },
  ])("the tmux server is $how: attach is exit 3 and says what goes on, and it does", async ({ signal }) => {
    const { repository, agent, tmux } = await inPanes();
    if (signal === undefined) tmux("kill-server");
    else process.kill(Number(tmux("display-message", "-p", "#{pid}")), signal);
    await eventually("it is lost", async () => (await stateOf(repository, agent)) === "lost");
    expect(await repository.succeed(["status"])).toMatch(new RegExp(`${agent} .* lost`));
    const attach = await repository.wiggum(["attach"]);
    expect(attach).toMatchObject({ exitCode: 3, stdout: "" });
    expect(attach.stderr).toContain("[error] Session 'wiggum-project' not found\n");
    expect(attach.stderr).toContain("next: Its panes are gone, and the agents with them");
    await eventually("it is in a new pane", async () => {
      await repository.wiggum(["run", "--once"]);
      return (await stateOf(repository, agent)) === "running";
    });
    expect(tmux("list-panes", "-a", "-F", "#{@wiggum_agent}")).toBe(agent);
  });

  test("the project is moved while an agent runs: attach shows its pane, in whichever folder", async () => {
    const { repository, agent, tmux } = await inPanes();
    const moved = `${repository.root}-moved`;
    renameSync(repository.root, moved);
    ends.push(() => {
      // What its agent's processes still wrote to its former place.
      rmSync(repository.root, { recursive: true, force: true });
      renameSync(moved, repository.root);
    });
    const attach = await repository.wiggum(["attach", "--json"], { cwd: moved });
    expect(attach.stderr).toBe("");
    const { command } = (JSON.parse(attach.stdout) as { data: { command: string[] } }).data;
    const paneId = tmux("list-panes", "-a", "-f", `#{==:#{@wiggum_agent},${agent}}`, "-F", "#{pane_id}");
    expect(command).toEqual(expect.arrayContaining(["select-pane", paneId, "attach-session"]));
    await repository.succeed(["teardown", "--force"], { cwd: moved });
  });

  test("tmux is missing all at once, and agents run in it: attach says that, and not that they have ended", async () => {
    const { repository, agent } = await inPanes();
    // All that the command itself needs, without tmux.
    for (const program of ["git", "node", "sh"]) {
      const path = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
      symlinkSync(path, join(repository.programs, program));
    }
    const environment = { PATH: repository.programs };
    for (const typed of [["attach"], ["attach", "--session", "wiggum-project"]]) {
      const attach = await repository.wiggum(typed, { environment });
      expect(attach).toMatchObject({ exitCode: 3, stdout: "" });
      expect(attach.stderr).toContain("next: tmux is not installed");
    }
    expect(await stateOf(repository, agent)).toBe("running");
  });

  test("the pane is closed under an agent that goes on: attach does not say that it has ended", async () => {
    const { repository, agent, tmux } = await inPanes("trap '' HUP; echo hello; while :; do sleep 1; done");
    tmux("kill-pane", "-t", tmux("list-panes", "-a", "-F", "#{pane_id}"));
    const attach = await repository.wiggum(["attach"]);
    expect(attach).toMatchObject({ exitCode: 3, stdout: "" });
    expect(attach.stderr).toContain(
      `next: The panes are gone, and an agent goes on without: wiggum logs ${agent} --follow`,
    );
    expect(await stateOf(repository, agent)).toBe("running");
  });

  test("all panes are gone: every command counts nobody at work, though nothing has settled the registry", async () => {
    const { repository, tmux } = await inPanes();
    const other = await repository.succeed(["ticket", "create", "Another"]);
    await repository.succeed(["spawn", "worker", other]);
    expect(await repository.succeed(["status"])).toContain("\n  Panes: 2\n");
    const busy = await repository.wiggum(["teardown"]);
    expect(busy.stderr).toContain("[error] Active workers detected. Use --force to kill anyway.\n");
    tmux("kill-server");
    await eventually("both are lost", async () => {
      const agents = await repository.json<{ state: string }[]>(["list"]);
      return agents.every(({ state }) => state === "lost");
    });
    const status = await repository.succeed(["status"]);
    expect(status).toContain("\n  (not running)\n");
    expect(status).toMatch(/worker-0 .* lost\n[\s\S]*worker-1 .* lost\n/);
    expect(await repository.succeed(["status", "--format", "tmux"])).toBe(
      "#[fg=green]0#[default] #[fg=yellow]0#[default]",
    );
    expect(await repository.succeed([])).toContain(
      "\nNEXT:\n  wiggum run\n    2 tickets were begun, and no agent runs",
    );
    expect(await repository.wiggum(["teardown"])).toMatchObject({ exitCode: 0, stdout: "" });
    expect(await repository.json(["list"])).toEqual([]);
  });

  test("one pane of two is closed by hand: one agent is at work", async () => {
    const { repository, agent, tmux } = await inPanes();
    const other = await repository.succeed(["ticket", "create", "Another"]);
    await repository.succeed(["spawn", "worker", other]);
    const panes = tmux("list-panes", "-a", "-F", "#{pane_id} #{@wiggum_agent}").split("\n");
    const [pane = ""] = panes.find((line) => line.endsWith(` ${agent}`))?.split(" ") ?? [];
    tmux("respawn-pane", "-k", "-t", pane, "exec sleep 600");
    await eventually("it is lost", async () => (await stateOf(repository, agent)) === "lost");
    expect(await repository.succeed(["status"])).toContain("\n  Panes: 1\n");
    expect(await repository.succeed([])).toContain("\n    2 tickets were begun, and only 1 agent runs");
    expect(await repository.succeed(["inbox"])).toBe(
      "2 tickets were begun, and only 1 agent runs\n  wiggum run",
    );
    expect(await repository.wiggum(["teardown"])).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("an agent that has ended, runs without a pane, or was put away: what to type instead", async () => {
    const { repository, id, agent, tmux } = await inPanes();
    repository.write("../programs/agent.sh", "until [ -e end ]; do sleep 0.1; done; exit 7\n");
    const short = await repository.succeed(["ticket", "create", "Ends soon"]);
    const ended = await repository.succeed(["spawn", "worker", short]);
    repository.write(`worktrees/${ended}/end`, "");
    await eventually("it has ended", async () => (await stateOf(repository, ended)) === "exited");
    const shown = "#{T:pane-border-format}";
    const borders = async () => {
      // tmux learns the code a moment after that its program has gone, or when Wiggum looks at the pane.
      await repository.succeed(["list"]);
      return tmux("list-panes", "-a", "-F", shown)
        .split("\n")
        .map((border) => border.trim());
    };
    await expect
      .poll(borders, { timeout: 60_000, interval: 100 })
      .toEqual(expect.arrayContaining([`${agent}:${id}`, `${ended}:${short} — ended with code 7`]));
    const keys = await repository.wiggum(["send-keys", ended, "x"]);
    expect(keys).toMatchObject({ exitCode: 1, stdout: "" });
    expect(keys.stderr).toBe(
      `[error] ${ended} has ended: nobody reads what is typed\n        next: 'wiggum logs ${ended}' shows what it printed; 'wiggum spawn worker ${short}' starts one that goes on.\n`,
    );

    repository.write("../programs/agent.sh", "sleep 600\n");
    const apart = await repository.succeed(["ticket", "create", "Without a pane"]);
    const child = await repository.succeed(["spawn", "worker", apart, "--runner", "process"]);
    const anew = `To have it in a pane: wiggum kill ${child}, then wiggum spawn worker ${apart} --runner tmux\n`;
    const attach = await repository.wiggum(["attach", child]);
    expect(attach.stderr).toBe(
      `[error] ${child} has no pane\n        next: 'wiggum logs ${child} --follow' shows what it prints. ${anew}`,
    );
    expect((await repository.wiggum(["send-keys", child, "x"])).stderr).toContain(anew);
    await repository.succeed(["kill", child]);
    await repository.succeed(["spawn", "worker", apart, "--runner", "tmux"]);

    expect((await repository.wiggum(["attach", agent, "--session", "other"])).exitCode).toBe(3);
    await repository.succeed(["teardown", "--force"]);
    for (const typed of [
      ["ping", agent, "x"],
      ["send-keys", agent, "x"],
      ["attach", agent],
      ["kill", agent],
    ]) {
      const ran = await repository.wiggum(typed);
      expect(ran).toMatchObject({ exitCode: 4, stdout: "" });
      expect(ran.stderr).toContain(`[error] Agent not found in registry: ${agent}\n`);
    }
    expect(await repository.succeed(["logs", agent])).toContain("hello from");
    const none = "There is no agent here";
    const list = await repository.wiggum(["list"]);
    expect(list.exitCode).toBe(0);
    expect(list.stderr).toBe(`[info] ${none}. Start one: wiggum spawn worker <ticket>\n`);
    const teardown = await repository.wiggum(["teardown"]);
    expect(teardown.exitCode).toBe(3);
    expect(teardown.stderr).toContain(none);
  });
});
