// `wiggum run` as processes: two at once, killed ones, and what it says of a ticket that nobody can be started for.
import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

describe("two at once", () => {
  /** Starts one and waits until it is at work. */
  async function startRun() {
    const child = repository.start(["run"]);
    let said = "";
    child.stderr?.on("data", (part: Buffer) => {
      said += part.toString();
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    await eventually("it supervises", async () => said.includes("Supervising"));
    return { child, ended };
  }

  // P9
  test("the second is refused and says where the first is; after SIGKILL of that the next takes over", async () => {
    const first = await startRun();
    const second = await repository.wiggum(["run", "--once"]);
    expect(second.exitCode).toBe(9);
    expect(second.stdout).toBe("");
    expect(second.stderr).toMatch(
      new RegExp(`^\\[error\\] .*process ${first.child.pid} on ${hostname()}, since \\d{4}-.*\\n +next: `),
    );
    // Looking and deciding by hand are not what the first one is alone with.
    expect((await repository.wiggum(["run", "--dry-run"])).exitCode).toBe(0);
    expect(await repository.succeed(["status"])).toMatch(
      new RegExp(`\\n {2}Supervisor: process ${first.child.pid}, since \\d{4}-`),
    );
    first.child.kill("SIGKILL");
    await first.ended;
    expect(await repository.succeed(["status", "--verbose"])).toContain("  Supervisor: none (wiggum run)\n");
    const third = await startRun();
    third.child.kill("SIGTERM");
    await third.ended;
    expect((await repository.wiggum(["run", "--once"])).exitCode).toBe(0);
  }, 120_000);
});

test("a ticket that nobody can be started for: said once, shown by status, counted on by the next run", async () => {
  const other = await createRepository();
  try {
    const id = await other.succeed(["ticket", "create", "Nobody can"]);
    other.write(".wiggum/prompts/worker.md", "---\nneeds: [structuredState]\n---\nWork.\n");
    const first = await other.wiggum(["run", "--once"]);
    expect(first.exitCode).toBe(1);
    expect(first.stderr.match(/structuredState/g)).toHaveLength(1);
    const status = await other.succeed(["status"]);
    expect(status).toMatch(new RegExp(`NOT STARTED:\\n +${id} \\(worker\\): failed once, .*structuredState`));
    const rest = await other.wiggum(["run", "--until-done"]);
    expect(rest.exitCode).toBe(1);
    // The third attempt in all was the last.
    expect(rest.stderr.match(/\[warn\] Failed: spawn/g)?.length ?? 0).toBeLessThanOrEqual(2);
    expect(await other.succeed(["status"])).toMatch(/A PERSON MUST ACT:\n.*3 attempts of a worker/);
  } finally {
    await other.remove();
  }
}, 120_000);
