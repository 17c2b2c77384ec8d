import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLinuxProcesses } from "./linux-processes.js";
import { type ProcessTable, signalProcess } from "./process-table.js";
import { createPsProcesses } from "./ps-processes.js";
import { isAlive, until } from "./testing/world.js";

const tables: readonly (readonly [string, ProcessTable])[] = [
  ["/proc", createLinuxProcesses()],
  ["ps", createPsProcesses("linux")],
];

describe.each(tables)("processes by %s", (_, processes) => {
  test("a process shows its token, group, parent, and a start time that stays", async () => {
    const child = sleeper({ WIGGUM_SESSION_TOKEN: "abc123" });
    const entry = await seen(processes, child);
    expect(entry).toMatchObject({
      pid: child.pid,
      parentPid: process.pid,
      groupId: child.pid,
      token: "abc123",
    });
    expect(entry.command).toBe("sleep 60");
    expect(await processes.read(entry.pid)).toEqual(entry);
    expect((await processes.list()).filter(({ pid }) => pid === child.pid)).toEqual([entry]);
  });

  test("a process that has ended is not there, not even as a zombie", async () => {
    // `exec` turns the shell into a program that never waits for the shell's child.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    endAfterwards(parent);
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    await until("the child is no more", async () => (await processes.read(pid)) === undefined);
    expect((await processes.list()).map((entry) => entry.pid)).not.toContain(pid);
  });

  // P36
  test("a pid that was given again is not signalled", async () => {
    const child = sleeper({});
    const entry = await seen(processes, child);
    const former = { ...entry, startedAt: `${entry.startedAt}0` };
    expect(await signalProcess(processes, former, "SIGKILL")).toBe("gone");
    expect(isAlive(entry.pid)).toBe(true);
    expect(await signalProcess(processes, entry, "SIGKILL")).toBe("sent");
    // One that has just lost its memory is dying, and there for a moment still.
    await until("the process is gone", async () => (await processes.read(entry.pid)) === undefined);
    expect(await signalProcess(processes, entry, "SIGKILL")).toBe("gone");
  });

  test("neither the calling process nor init is ever signalled", async () => {
    const own = await processes.read(process.pid);
    const init = await processes.read(1);
    if (own === undefined || init === undefined) throw new Error("every process sees itself and init");
    expect(await signalProcess(processes, own, "SIGTERM")).toBe("refused");
    expect(await signalProcess(processes, init, "SIGTERM")).toBe("refused");
  });
});

test("a program's name may hold spaces and parentheses", async () => {
  const folder = await mkdtemp(join(tmpdir(), "wiggum-names-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, ") R 1 (x");
  await copyFile("/bin/sleep", program);
  const child = spawn(program, ["60"], { detached: true, stdio: "ignore" });
  endAfterwards(child);
  const entry = await seen(createLinuxProcesses(), child);
  expect(entry).toMatchObject({ parentPid: process.pid, groupId: child.pid, sessionId: child.pid });
});

function sleeper(environment: Record<string, string>): ChildProcess {
  const child = spawn("sleep", ["60"], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"] ?? "", ...environment, LAST: "x" },
  });
  endAfterwards(child);
  return child;
}

function endAfterwards(child: ChildProcess): void {
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
}

/** As soon as it is the program that it is to be. */
async function seen(processes: ProcessTable, child: ChildProcess) {
  return until("the program runs", async () => {
    const entry = await processes.read(child.pid ?? 0);
    return entry?.command.endsWith(" 60") === true ? entry : undefined;
  });
}
