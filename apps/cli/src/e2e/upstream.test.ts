// Two hosts with one upstream, as their people and agents see them.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const unasked = { environment: { WIGGUM_ON_CHANGE: "none" } };
const patience = 120_000;

interface Status {
  readonly upstream: {
    readonly ahead: number;
    readonly syncedAt: string | null;
    readonly failure: { readonly code: string } | null;
    readonly refused: number;
  } | null;
}

/** A repository that is removed at the end of the test; an empty upstream lies beside it. */
async function host(options: Parameters<typeof createRepository>[0] = {}) {
  const repository = await createRepository({ ...options, isInitialised: false });
  onTestFinished(() => repository.remove());
  return repository;
}

/** Two hosts with the same ticket. No timer of theirs syncs: the interval is a week. */
async function twoHosts() {
  const [first, second] = [await host(), await host()];
  const path = join(dirname(first.root), "tickets-upstream.git");
  execFileSync("git", ["init", "-q", "--bare", path]);
  const settings = `upstream:\n  url: ${path}\n  intervalMs: 604800000\n`;
  await first.succeed(["init", "--upstream", path]);
  first.write(".wiggum/config.yaml", settings);
  const id = await first.succeed(["ticket", "create", "Shared"]);
  await first.succeed(["ticket", "sync"]);
  await second.succeed(["init", "--upstream", path]);
  second.write(".wiggum/config.yaml", settings);
  return { first, second, path, id };
}

async function upstreamOf(repository: Repository) {
  return (await repository.json<Status>(["status"])).upstream;
}

describe("two hosts with one upstream", { timeout: patience }, () => {
  test("a further host begins with the tickets; what both write goes together", async () => {
    const { first, second, id } = await twoHosts();
    expect(await second.succeed(["ticket", "list"])).toContain(id);
    // Drawn where nobody sees what others draw: long enough to be alone.
    expect(id).toMatch(/^tk-[0-9a-f]{8}$/);
    await first.succeed(["ticket", "comment", id, "ann", "from the first"]);
    await second.succeed(["ticket", "comment", id, "bob", "from the second"]);
    expect(await upstreamOf(second)).toMatchObject({ ahead: 1, failure: null });
    await first.succeed(["ticket", "sync"]);
    const synced = await second.wiggum(["ticket", "sync"]);
    expect([synced.exitCode, synced.stderr]).toEqual([
      0,
      expect.stringMatching(/Upstream: 1 change taken in, 2 sent\n.*Synced tickets/s),
    ]);
    await first.succeed(["ticket", "sync", "--pull"]);
    for (const repository of [first, second]) {
      expect(await upstreamOf(repository)).toMatchObject({ ahead: 0, failure: null, refused: 0 });
      // The file that people look at, too.
      const text = readFileSync(join(repository.root, ".wiggum/tickets", `${id}.md`), "utf8");
      expect(text).toContain("from the first");
      expect(text).toContain("from the second");
    }
  });

  test("the claim that is sent second is refused: exit 9, its agent stops at 10 and is told, doctor names it", async () => {
    const { first, second, id } = await twoHosts();
    const agent = await second.succeed(["spawn", "worker", id]);
    await first.succeed(["ticket", "claim", id, "worker-0"]);
    await first.succeed(["ticket", "sync"]);
    const synced = await second.wiggum(["ticket", "sync"]);
    expect(synced.exitCode).toBe(9);
    expect(synced.stderr).toContain(`${id} is 'in-progress', held by worker-0: another host was first`);
    expect(synced.stderr).not.toContain("Synced tickets");

    const cwd = join(second.root, "worktrees", agent);
    for (const typed of [
      ["ticket", "comment", id, agent, "still here"],
      ["ticket", "transition", id, "review"],
      ["branch", "merge", id],
    ]) {
      const ran = await second.wiggum(typed, { cwd, ...unasked });
      expect([typed.join(" "), ran.exitCode]).toEqual([typed.join(" "), 10]);
      expect(ran.stderr).toContain("refused by the upstream");
    }
    const inbox = await eventually("the agent has a message", async () => {
      const path = join(cwd, ".wiggum/inbox.jsonl");
      return existsSync(path) && readFileSync(path, "utf8");
    });
    expect(inbox).toContain(`Your claim of ${id} was refused by the upstream`);

    const doctor = await second.json<{ findings: { code: string; fix: string | null }[] }>(["doctor"]);
    expect(doctor.findings).toContainEqual(expect.objectContaining({ code: "WRITE_REFUSED", id }));
    expect(await upstreamOf(second)).toMatchObject({ refused: 1 });
    await second.wiggum(["doctor", "--fix"]);
    expect(await upstreamOf(second)).toMatchObject({ refused: 0 });
    expect((await second.wiggum(["ticket", "sync"])).exitCode).toBe(0);
  });

  test("without its upstream a host works on, says so with 12, and sends all of it later", async () => {
    const { first, second, path, id } = await twoHosts();
    first.write(".wiggum/config.yaml", "upstream:\n  url: git://127.0.0.1:1/nobody.git\n  timeoutMs: 5000\n");
    await first.succeed(["ticket", "comment", id, "ann", "written offline"]);
    const offline = await first.wiggum(["ticket", "sync"]);
    expect([offline.exitCode, offline.stdout]).toEqual([12, ""]);
    expect(offline.stderr).toMatch(/cannot be reached: .*\n.*next: Nothing is lost/);
    expect(await upstreamOf(first)).toMatchObject({ syncedAt: null, failure: { code: "OFFLINE" } });
    first.write(".wiggum/config.yaml", `upstream:\n  url: ${path}\n`);
    await first.succeed(["ticket", "sync", "--push"]);
    await second.succeed(["ticket", "sync"]);
    expect(await second.succeed(["ticket", "show", id])).toContain("written offline");
  });

  test("a new host whose upstream does not answer makes no store of its own", async () => {
    const repository = await host();
    const typed = ["init", "--upstream", "git://127.0.0.1:1/nobody.git"];
    expect((await repository.wiggum(typed)).exitCode).toBe(12);
    expect(existsSync(join(repository.root, ".wiggum/tickets.git"))).toBe(false);
    // And later, when it does: nothing has to be cleared away.
    expect((await repository.wiggum(["init"])).exitCode).toBe(0);
  });

  test("a clone of the code finds the branch of the tickets by itself", async () => {
    const first = await host();
    const code = join(dirname(first.root), "code.git");
    execFileSync("git", ["init", "-q", "--bare", code]);
    first.git("remote", "add", "origin", code);
    first.git("push", "-q", "origin", "HEAD:main");
    await first.succeed(["init", "--upstream", "origin"]);
    const id = await first.succeed(["ticket", "create", "Beside the code"]);
    await first.succeed(["ticket", "sync"]);

    const second = await host();
    second.git("remote", "add", "origin", code);
    second.git("fetch", "-q", "origin");
    await second.succeed(["init"]);
    expect(await second.succeed(["ticket", "list"])).toContain(id);
    expect(second.read(".wiggum/config.yaml")).toContain('url: "origin"');
    // Run again, it changes nothing; another address is refused.
    const before = second.read(".wiggum/config.yaml");
    await second.succeed(["init"]);
    expect(second.read(".wiggum/config.yaml")).toBe(before);
    expect((await second.wiggum(["init", "--upstream", "/elsewhere.git"])).exitCode).toBe(2);
    // The branch of the code is none of tickets.
    second.write(".wiggum/config.yaml", "upstream:\n  url: origin\n  branch: main\n");
    expect((await second.wiggum(["ticket", "sync"])).exitCode).toBe(1);
  });

  test("the scheduler takes in what came before it starts anybody, and sends what was done", async () => {
    const { first, second, id } = await twoHosts();
    await first.succeed(["ticket", "claim", id, "ann"]);
    await first.succeed(["ticket", "sync"]);
    rmSync(join(second.root, ".wiggum/tickets.git/wiggum/uplink/state.json"));
    const run = await second.wiggum(["run", "--once"]);
    expect(run.exitCode, run.stderr).toBe(0);
    // Somebody works on it: no agent is started for it here.
    expect((await second.wiggum(["list", "--format", "ids"])).stdout).toBe("");
    expect(await second.succeed(["ticket", "show", id])).toContain("assigned_agent_id: ann");
  });

  test("a command after which it is time has the exchange made by a process that nobody waits for", async () => {
    const { first, second, path, id } = await twoHosts();
    first.write(".wiggum/config.yaml", `upstream:\n  url: ${path}\n  intervalMs: 1\n`);
    await first.succeed(["ticket", "comment", id, "ann", "sent by itself"]);
    await eventually("the comment is at the upstream", async () => {
      await second.succeed(["ticket", "sync", "--pull"]);
      return (await second.succeed(["ticket", "show", id])).includes("sent by itself");
    });
    // The other host's interval is a week: it asks nobody.
    expect(await second.json(["ticket", "sync", "--if-due"])).toEqual({ upstream: null });
  });
});
