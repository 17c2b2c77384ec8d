// A ticket of a pull request that a person must act on: it waits in a state of its own, and leaves that when it is answered.
import { expect, test } from "vitest";
import { createRepository } from "./built-wiggum.js";

test("three failed attempts: waiting_for_human, in status and inbox with the reason; an answer leads back to the backlog", async () => {
  const repository = await createRepository({
    agent: "sleep 1; exit 3",
    environment: () => ({ WIGGUM_POLL_INTERVAL: "0.5" }),
  });
  try {
    const id = await repository.succeed(["ticket", "create", "A change", "--type", "pr-task"]);
    const run = await repository.wiggum(["run", "--until-done"]);
    expect(run.exitCode).toBe(1);
    const reason = "3 attempts of a worker ended without moving it out of in_progress";
    expect(run.stderr).toContain(`ask a person about ${id}: ${reason}`);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "waiting_for_human" });
    expect(await repository.succeed(["status"])).toContain(`A PERSON MUST ACT:\n  ${id}: ${reason}`);
    const inbox = await repository.succeed(["inbox"]);
    expect(inbox).toContain(`${id}: ${reason}`);
    expect(inbox).toContain(`wiggum answer ${id} "<answer>"`);
    const answered = await repository.wiggum(["answer", id, "Try the other one"]);
    expect(answered.exitCode).toBe(0);
    expect(answered.stderr).toBe(
      `[ok] Answered ${id}, which no longer waits for a person\n[ok] ${id} is in backlog again\n`,
    );
    expect(await repository.succeed(["ticket", "show", id])).toContain("Try the other one");
    const again = await repository.wiggum(["answer", id, "And once more"]);
    expect(again).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`Nobody asks anything on ${id}`),
    });
    expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "backlog" });
    expect(await repository.succeed(["run", "--dry-run"])).toContain(`spawn worker for ${id}`);
  } finally {
    await repository.remove();
  }
}, 180_000);
