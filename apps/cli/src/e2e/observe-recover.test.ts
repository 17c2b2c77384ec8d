// `wiggum recover` by the built command, after real processes were killed without warning.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const made: Repository[] = [];
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove();
});

async function project(): Promise<Repository> {
  const repository = await createRepository();
  made.push(repository);
  return repository;
}

/** Processes whose environment says that they belong to this repository's agents: keeper, agent, and what it started. */
function processesOf({ root }: Repository, agentId: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return (
          environment.includes(`WIGGUM_AGENT_ID=${agentId}`) &&
          environment.some((entry) => entry.startsWith(`WIGGUM_SESSION_DIRECTORY=${root}/`))
        );
      } catch {
        return false;
      }
    });
}

async function killWithoutWarning(repository: Repository, agentId: string): Promise<void> {
  await eventually(`no process of ${agentId}`, async () => {
    const left = processesOf(repository, agentId);
    for (const pid of left) process.kill(pid, "SIGKILL");
    return left.length === 0;
  });
}

interface Recovered {
  readonly done: readonly string[];
  readonly agents: readonly {
    readonly agentId: string;
    readonly outcome: string;
    readonly why: string;
    readonly next: string | null;
  }[];
}
const recover = (repository: Repository, ...flags: string[]) =>
  repository.json<Recovered>(["recover", ...flags]);

describe("recover", { timeout: 120_000 }, () => {
  test("nothing to do is said, twice the same, also before any agent was started", async () => {
    const repository = await project();
    for (let times = 0; times < 2; times += 1) {
      const ran = await repository.wiggum(["recover"]);
      expect(ran).toEqual({ exitCode: 0, stdout: "", stderr: "[info] Nothing was left half done\n" });
    }
    expect(await recover(repository)).toEqual({ done: [], agents: [] });
  });

  // P26
  test("after SIGKILL of agents each is adopted, resumable or released; --resume starts those again", async () => {
    const repository = await project();
    const ids: string[] = [];
    const agents: string[] = [];
    for (const title of ["Lives", "Killed", "Given back"]) {
      const id = await repository.succeed(["ticket", "create", title]);
      ids.push(id);
      agents.push(await repository.succeed(["spawn", "worker", id]));
    }
    const [lives = "", killed = "", released = ""] = agents;
    repository.write(`worktrees/${killed}/precious.txt`, "precious\n");
    await killWithoutWarning(repository, killed);
    await killWithoutWarning(repository, released);
    await repository.succeed(["ticket", "release", ids[2] ?? ""]);
    const first = await repository.wiggum(["recover"]);
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain(`[ok] Recovered: ${killed}: `);
    expect(first.stdout).toMatch(new RegExp(`^${lives} +adopted +running `, "m"));
    expect(first.stdout).toMatch(
      new RegExp(`^${killed} +resumable .*next: wiggum spawn worker ${ids[1]}$`, "m"),
    );
    expect(first.stdout).toMatch(new RegExp(`^${released} +released `, "m"));
    const again = await recover(repository);
    expect(again.done).toEqual([]);
    expect(again.agents.map(({ agentId, outcome }) => [agentId, outcome])).toEqual([
      [lives, "adopted"],
      [killed, "resumable"],
      [released, "released"],
    ]);
    const missing = { environment: { WIGGUM_AGENT_CMD: "no-such-program" } };
    const failed = await repository.wiggum(["recover", "--resume"], missing);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain(`[warn] ${killed} could not be started again: `);
    expect(failed.stdout).toMatch(new RegExp(`^${killed} +resumable `, "m"));
    const resumed = await recover(repository, "--resume");
    expect(resumed.agents.find(({ agentId }) => agentId === killed)).toMatchObject({
      outcome: "resumed",
      why: `started again as ${killed}, session 2`,
    });
    expect(repository.read(`worktrees/${killed}/precious.txt`)).toBe("precious\n");
    expect(processesOf(repository, killed).length).toBeGreaterThan(0);
    const last = await repository.json<Recovered>(["recover", "--resume"]);
    expect(last.agents.find(({ agentId }) => agentId === killed)?.outcome).toBe("adopted");
  });

  test("a start that was killed half-way is undone, and the ticket, which was nobody's yet, is ready as before", async () => {
    const repository = await project();
    repository.write(".wiggum/config.yaml", "worktree:\n  setUp: sh -c 'touch begun; exec sleep 3600'\n");
    const id = await repository.succeed(["ticket", "create", "Half-way"]);
    const spawning = repository.start(["spawn", "worker", id]);
    const ended = new Promise((resolve) => spawning.once("close", resolve));
    await eventually("the set-up", async () => existsSync(join(repository.root, "worktrees/worker-0/begun")));
    const listed = await repository.wiggum(["list"]);
    expect(listed).toMatchObject({ exitCode: 3, stdout: "" });
    expect(listed.stderr).toContain("Not started yet: worker-0.");
    spawning.kill("SIGKILL");
    await ended;
    const { done, agents } = await recover(repository);
    expect(done).toContain("spawn of worker-0: undone");
    expect(agents).toEqual([]);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "ready" });
    expect(await repository.succeed(["ticket", "ready"])).toBe(id);
    expect(existsSync(join(repository.root, "worktrees/worker-0"))).toBe(false);
  });

  test("hooks that nobody runs any more are run, and counted", async () => {
    const repository = await project();
    repository.write(".wiggum/hooks/on-claim", '#!/bin/sh\ntouch "$MAIN_PROJECT_ROOT/ran"\n', 0o755);
    const id = await repository.succeed(["ticket", "create", "Hooked"]);
    // As after a kill between the commit and the start of its hooks.
    const environment = { WIGGUM_SANDBOXED: "1" };
    await repository.succeed(["ticket", "claim", id, "somebody"], { environment });
    const { done } = await recover(repository);
    expect(done.join("\n")).toMatch(/^ran \d+ hooks? that had to wait$/);
    expect(repository.read("ran")).toBe("");
  });
});
