// What a message advises is typed here, and works.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function project(options: Parameters<typeof createRepository>[0] = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

describe("advice that works", { timeout: 120_000 }, () => {
  test("a ticket whose agent was torn down: doctor's way back is typed, and the ticket is free", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Held by nobody"]);
    await repository.succeed(["spawn", "worker", id]);
    await repository.succeed(["teardown", "--force"]);
    const found = await repository.wiggum(["doctor"]);
    expect(found.stdout).toContain(`${id} (in-progress) is held by worker-0, which was ended`);
    const advised = /'wiggum (ticket release \S+)' gives the ticket back, 'wiggum (spawn \S+ \S+)'/.exec(
      found.stdout,
    );
    expect(advised?.[2]).toBe(`spawn worker ${id}`);
    await repository.succeed((advised?.[1] ?? "").split(" "));
    expect(await repository.succeed(["ticket", "ready"])).toBe(id);
    expect((await repository.wiggum(["doctor"])).stdout).not.toContain("is held by");
    expect(await repository.succeed((advised?.[2] ?? "").split(" "))).toBe("worker-1");
  });

  test("attach without tmux on this host: to install it, or to follow the log; not a command that cannot help", async () => {
    const repository = await project({
      environment(base) {
        // All that PATH has, without tmux.
        const folder = join(base, "without-tmux");
        mkdirSync(folder);
        for (const from of (process.env["PATH"] ?? "").split(delimiter).filter((path) => existsSync(path))) {
          for (const name of readdirSync(from)) {
            if (name !== "tmux" && !existsSync(join(folder, name)))
              try {
                symlinkSync(join(from, name), join(folder, name));
              } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
              }
          }
        }
        return { PATH: `${join(base, "programs")}${delimiter}${folder}` };
      },
    });
    const before = await repository.wiggum(["attach"]);
    expect(before.exitCode).toBe(3);
    const id = await repository.succeed(["ticket", "create", "Without panes"]);
    await repository.succeed(["spawn", "worker", id]);
    const during = await repository.wiggum(["attach"]);
    expect(during.exitCode).toBe(1);
    for (const { stderr } of [before, during]) {
      expect(stderr).toMatch(/tmux.*install it/);
      expect(stderr).toContain("wiggum logs <agent> --follow");
      expect(stderr).not.toMatch(/--runner tmux|WIGGUM_RUNNER=tmux/);
    }
    const named = await repository.wiggum(["attach", "worker-0"]);
    expect(named.exitCode).toBe(1);
    expect(named.stderr).toMatch(/wiggum logs worker-0 --follow.*tmux.*install it/s);
    expect(named.stderr).not.toContain("--runner tmux");
  });

  test("a role that is misspelt is asked about before anything is claimed or started", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Misspelt"]);
    const ran = await repository.wiggum(["spawn", "wrker", id]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(
      /^\[warn\] There is no prompt for the role wrker .*; did you mean worker\?\n[\s\S]*\[ok\] Spawned wrker-0\n$/,
    );
    // Any name is a role: it is started all the same, beside the ticket, which it does not claim.
    expect(await repository.succeed(["ticket", "ready"])).toBe(id);
    const other = await repository.wiggum(["spawn", "translator", id, "--dry-run"]);
    expect(other.stderr).toContain("There is no prompt for the role translator");
    expect(other.stderr).not.toContain("did you mean");
  });

  test("kill --release where something keeps the worktree: the ticket is free, the work stays and is named", async () => {
    const repository = await project();
    const id = await repository.succeed(["ticket", "create", "Given back"]);
    await repository.succeed(["spawn", "worker", id]);
    const worktree = join(repository.root, "worktrees/worker-0");
    const visitor = spawn("sleep", ["600"], { cwd: worktree, stdio: "ignore" });
    ends.push(() => void visitor.kill("SIGKILL"));
    const ran = await repository.wiggum(["kill", "worker-0", "--release"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(`[info] Gave ${id} back: it can be claimed again\n`);
    expect(ran.stderr).toContain(`process ${visitor.pid} (sleep 600) works in it`);
    expect(existsSync(worktree)).toBe(true);
    expect(await repository.succeed(["ticket", "ready"])).toBe(id);
    expect((await repository.succeed(["kill", "--help"])).replace(/\s+/g, " ")).toContain(
      "also where its worktree or branch has to stay",
    );
    // Whoever takes it next works somewhere else.
    expect(await repository.succeed(["spawn", "worker", id])).toBe("worker-1");
    const ended = new Promise((resolve) => visitor.once("close", resolve));
    visitor.kill("SIGKILL");
    await ended;
    await repository.succeed(["kill", "worker-0"]);
    expect(existsSync(worktree)).toBe(false);
    const uncommitted = join(repository.root, "worktrees/worker-1/loose.txt");
    repository.write("worktrees/worker-1/loose.txt", "loose\n");
    const kept = await repository.json<{ released: string[]; keptWorktree: string }>([
      "kill",
      "worker-1",
      "--release",
    ]);
    expect(kept).toMatchObject({ released: [id], keptWorktree: join(repository.root, "worktrees/worker-1") });
    expect(existsSync(uncommitted)).toBe(true);
  });
});
