// Every documented exit code, from the built program: a code that cannot occur is a lie in the table.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../exit-codes.js";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let worker: string;
let held: string;
let free: string;
beforeAll(async () => {
  repository = await createRepository();
  held = await repository.succeed(["ticket", "create", "Held"]);
  free = await repository.succeed(["ticket", "create", "Free"]);
  worker = await repository.succeed(["spawn", "worker", held]);
});
afterAll(() => repository.remove());

const inWorktree = () => ({ cwd: join(repository.root, "worktrees", worker) });

// P20: documented exit codes that really occur.
const causes: Readonly<
  Record<keyof typeof exitCodes, () => Promise<{ readonly exitCode: number; readonly stderr: string }>>
> = {
  EXIT_SUCCESS: () => repository.wiggum(["ticket", "list"]),
  EXIT_ERROR: () => repository.wiggum(["ticket", "list"], { cwd: repository.programs }),
  EXIT_INVALID_ARGS: () => repository.wiggum(["ticket", "create"]),
  async EXIT_SESSION_NOT_FOUND() {
    const fresh = await createRepository();
    const ran = await fresh.wiggum(["list"]);
    await fresh.remove();
    return ran;
  },
  EXIT_PANE_NOT_FOUND: () => repository.wiggum(["logs", "worker-77"]),
  EXIT_TICKET_NOT_FOUND: () => repository.wiggum(["ticket", "show", "tk-00ff00ff"]),
  EXIT_INVALID_TRANSITION: () => repository.wiggum(["ticket", "transition", free, "done"]),
  async EXIT_MERGE_CONFLICT() {
    for (const [place, text] of [
      ["", "ours"],
      [`worktrees/${worker}/`, "theirs"],
    ] as const) {
      repository.write(`${place}clash.txt`, text);
      repository.git("-C", join(repository.root, place), "add", "clash.txt");
      repository.git("-C", join(repository.root, place), "commit", "-qm", text);
    }
    repository.git("branch", "-f", `feature/${held}`, worker);
    return repository.wiggum(["branch", "merge", held]);
  },
  async EXIT_TICKET_CHANGED() {
    await repository.succeed(["ticket", "show", free]);
    await repository.succeed(["ticket", "list"], inWorktree());
    await repository.succeed(["ticket", "edit", free, "--priority", "0"]);
    const ran = await repository.wiggum(
      ["ticket", "comment", free, worker, "I saw it otherwise"],
      inWorktree(),
    );
    expect(ran.stderr).toMatch(/priority: 2 -> 0 \(manual, /);
    // The same command again goes through: nobody changed the ticket since.
    await repository.succeed(["ticket", "comment", free, worker, "Now I have seen it"], inWorktree());
    return ran;
  },
  EXIT_HELD: () => repository.wiggum(["ticket", "claim", held, "worker-55"]),
  async EXIT_FENCED() {
    await repository.succeed(["ticket", "release", held], { environment: { WIGGUM_ON_CHANGE: "none" } });
    await repository.succeed(["ticket", "claim", held, "worker-55"], {
      environment: { WIGGUM_ON_CHANGE: "none" },
    });
    const environment = { WIGGUM_ON_CHANGE: "none" };
    return repository.wiggum(["ticket", "criterion", "add", held, "mine?"], { ...inWorktree(), environment });
  },
  async EXIT_OUTCOME_UNKNOWN() {
    // Somebody replaces the file that the write lock is on, all the time: a writer that finds that cannot know whether it was alone.
    const lock = join(repository.root, ".wiggum", "tickets.git", "wiggum", "lock.db");
    const script = 'while :; do cp "$1" "$1.new" && mv "$1.new" "$1"; done';
    const replacing = spawn("sh", ["-c", script, "sh", lock], { stdio: "ignore" });
    try {
      for (let attempt = 0; attempt < 40; attempt++) {
        const ran = await repository.wiggum([
          "ticket",
          "comment",
          free,
          "me",
          `try ${attempt}`,
          "--operation-id",
          `01JU${attempt}`,
        ]);
        if (ran.exitCode !== 11) continue;
        expect(ran.stderr).toContain(`operation: 01JU${attempt}`);
        expect(ran.stderr).toContain(`wiggum ticket outcome 01JU${attempt}`);
        return ran;
      }
      throw new Error("the outcome was always known");
    } finally {
      replacing.kill("SIGKILL");
    }
  },
  async EXIT_TRY_LATER() {
    const one = await repository.succeed([
      "spawn",
      "worker",
      await repository.succeed(["ticket", "create", "One"]),
    ]);
    const ran = await repository.wiggum(["spawn", "worker", free], {
      environment: { WIGGUM_MAX_AGENTS: "1" },
    });
    await repository.succeed(["kill", one, "--force"]);
    return ran;
  },
};

for (const [name, exitCode] of Object.entries(exitCodes)) {
  test(`${exitCode} ${name}`, async () => {
    const ran = await causes[name as keyof typeof exitCodes]();
    expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({ exitCode, stderr: ran.stderr });
    if (exitCode !== 0) expect(ran.stderr).toMatch(/^\[error\] .+\n( {8}.+\n)* {8}next: .+\n$/m);
  });
}
