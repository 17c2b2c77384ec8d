import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { underLock } from "./kernel-lock.js";
import { sourceProgram } from "./testing/source-programs.js";

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "below", "the.lock");
}

test("one at a time, in one process, and the next after a failure", async () => {
  const path = lockPath();
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    throw new Error("work fails");
  };
  const runs = await Promise.allSettled(Array.from({ length: 20 }, () => underLock(path, 20_000, work)));
  expect(runs.map((run) => run.status === "rejected" && String(run.reason))).toEqual(
    Array.from({ length: 20 }, () => "Error: work fails"),
  );
});

// P9
test("a process that holds it keeps others out, and is let go of by SIGKILL", async () => {
  const path = lockPath();
  const [node = "", ...words] = sourceProgram("hold-lock.ts");
  const holder = spawn(node, [...words, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  await expect(underLock(path, 50, async () => "in")).rejects.toMatchObject({
    code: "RUNNER_FAILED",
    message: expect.stringContaining("held by another process"),
  });
  holder.kill("SIGKILL");
  expect(await underLock(path, 20_000, async () => "in")).toBe("in");
});
