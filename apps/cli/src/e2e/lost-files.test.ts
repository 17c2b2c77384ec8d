// What people do to a project's files, and what every command then says.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRepository, program, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

/** Runs the command in a folder that is removed before it starts. */
function inGoneFolder(typed: readonly string[]) {
  const folder = join(repository.root, "gone");
  mkdirSync(folder);
  const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const words = ["-c", script, "sh", folder, process.execPath, program, ...typed];
  return spawnSync("sh", words, { env: repository.environment, encoding: "utf8" });
}

test("a folder that was removed under the caller: one sentence with the next step, no stack", () => {
  for (const typed of [["status"], ["ticket", "list"], ["init"], ["doctor"], ["run", "--once"]]) {
    const { status, stdout, stderr } = inGoneFolder(typed);
    expect([typed, status, stdout]).toEqual([typed, 1, ""]);
    expect(stderr).toMatch(
      /^\[error\] The folder \S+\/gone is gone: it was removed while a program stood in it\n {8}next: .+\n$/,
    );
  }
});

// P13
test("'git clean -fdx' under a running agent: no second one, doctor names it, kill ends it", async () => {
  const id = await repository.succeed(["ticket", "create", "Under an agent"]);
  expect(await repository.succeed(["spawn", "worker", id])).toBe("worker-0");
  // What runs after a spawn may write while git takes the folders away: then git leaves them, and says so.
  await eventually("all is cleaned", async () => isDone(() => repository.git("clean", "-fdxq")));
  const looked = await repository.wiggum(["doctor"]);
  expect(looked.stdout).toContain("worker-0 (runs) (REGISTRY_MISSING)");
  await repository.wiggum(["init"]);
  const second = await repository.wiggum(["spawn", "worker", id]);
  expect(second).toMatchObject({ exitCode: 9, stdout: "" });
  expect(second.stderr).toContain(`worker-0 is the worker of ${id} already`);
  expect(await repository.succeed(["list", "--format", "ids"])).toBe("worker-0");
  expect((await repository.wiggum(["kill", "worker-0", "--force"])).exitCode).toBe(0);
  const again = await repository.wiggum(["kill", "worker-0", "--force"]);
  expect(again.exitCode).toBe(4);
  expect(await repository.succeed(["spawn", "worker", id])).toBe("worker-1");
});

function isDone(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

// P39
test("wrong settings stop every command but doctor, which tells them with all else that it finds", async () => {
  const right = repository.read(".wiggum/config.sh");
  // Else nobody could end the agents of this file when it is through.
  onTestFinished(() => void repository.write(".wiggum/config.sh", right));
  repository.write(".wiggum/config.sh", `${right}WIGGUM_MAX_AGENTS=many\n`);
  expect((await repository.wiggum(["status"])).exitCode).toBe(1);
  const ran = await repository.wiggum(["doctor", "--json"]);
  expect(ran.exitCode).toBe(1);
  const { data, error } = JSON.parse(ran.stdout) as {
    data?: { findings: readonly { code: string; message: string }[] };
    error?: unknown;
  };
  expect(error).toBeUndefined();
  expect(data?.findings).toContainEqual(
    expect.objectContaining({
      code: "SETTINGS_INVALID",
      message: expect.stringMatching(/^\.wiggum\/config\.sh:\d+: WIGGUM_MAX_AGENTS must be/),
    }),
  );
});
