import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runProgram } from "./bounded-program.js";
import { endProcesses, processesOf } from "./end-processes.js";
import { createHookRunner } from "./hook-runner.js";
import { startKept } from "./kept-program.js";
import { examineAbandonedHooks } from "./project-doctor-outbox.js";
import { killChildren, startChild } from "./testing/child-process.js";
import { call, type HookFixture, hookFixture } from "./testing/hook-fixture.js";

let fixture: HookFixture;
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(() => {
  killChildren();
  // A test that fails leaves nothing behind.
  for (const file of files.filter(isWritten))
    if (isRunning(pidIn(file))) process.kill(pidIn(file), "SIGKILL");
  fixture.remove();
});

/** Is there a process with this number, apart from one that is only waiting to be collected? */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
}

const pidIn = (file: string) => Number(readFileSync(join(fixture.worktree, file), "utf8"));
const isWritten = (file: string) => existsSync(join(fixture.worktree, file)) && pidIn(file) > 0;

/** Into which hooks of these tests write their numbers. */
const files = ["hook", "background", "stubborn", "stray"];

/** Starts the hook `check` in a process of its own and kills that with SIGKILL while the hook is at it. */
async function killDuring(begun: readonly string[]): Promise<void> {
  const command = startChild(new URL("./testing/run-hook.ts", import.meta.url), [
    fixture.paths.root,
    "check",
  ]);
  await until(() => begun.every(isWritten) || command.process.exitCode !== null);
  await command.kill();
  expect(command.errors()).toBe("");
}

// P9 P36
test("a before-hook whose command is killed ends with it, although nobody types another command", async () => {
  fixture.hook(
    "check",
    "#!/bin/sh\nsleep 600 & echo $! >background\nsh -c 'trap \"\" TERM; echo $$ >stubborn; while :; do sleep 1; done' &\necho $$ >hook\nwait\n",
  );
  const begun = ["hook", "background", "stubborn"];
  await killDuring(begun);
  await until(() => !begun.map(pidIn).some(isRunning));
}, 60_000);

// P9
test("what left the group of a killed before-hook is ended before that hook runs again", async () => {
  fixture.hook(
    "check",
    "#!/bin/sh\nsetsid sh -c 'echo $$ >stray; exec sleep 600' </dev/null >/dev/null 2>&1 &\necho $$ >hook\nsleep 600\n",
  );
  await killDuring(["hook", "stray"]);
  // Started once more it says which of the first run is still there.
  fixture.hook(
    "check",
    '#!/bin/sh\nfor pid in $(cat hook stray); do grep -s State: "/proc/$pid/status"; done; exit 0\n',
  );
  const again = await createHookRunner(fixture.options).run(call());
  expect(again).toMatchObject({ status: "passed" });
  expect("output" in again && again.output).not.toMatch(/State:\t[^ZX]/);
  expect(isRunning(pidIn("stray"))).toBe(false);
  expect(readdirSync(join(fixture.paths.stateRoot, "before-hooks"))).toEqual([]);
}, 60_000);

// P13
test("what goes on of a killed before-hook is found by a doctor, which ends it on demand", async () => {
  fixture.hook(
    "check",
    "#!/bin/sh\nsetsid sh -c 'echo $$ >stray; exec sleep 600' </dev/null >/dev/null 2>&1 &\necho $$ >hook\nsleep 600\n",
  );
  await killDuring(["hook", "stray"]);
  await until(() => !isRunning(pidIn("hook")));
  const [finding, ...others] = examineAbandonedHooks(fixture);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    code: "HOOK_ABANDONED",
    message: expect.stringContaining("check of tk-1a2b"),
  });
  expect(isRunning(pidIn("stray"))).toBe(true);
  await finding?.fix?.apply();
  expect(isRunning(pidIn("stray"))).toBe(false);
  expect(examineAbandonedHooks(fixture)).toEqual([]);
}, 60_000);

/** No environment, no parent, no session of the hook's: only the kernel's mark is left. */
const hidden =
  "env -i PATH=\"$PATH\" setsid sh -c 'echo $$ >stray; exec sleep 600' </dev/null >/dev/null 2>&1 &\n";

test("what cleared its environment as well is found after a kill, by a doctor and by the next run", async () => {
  fixture.hook("check", `#!/bin/sh\n${hidden}echo $$ >hook\nsleep 600\n`);
  await killDuring(["hook", "stray"]);
  await until(() => !isRunning(pidIn("hook")));
  expect(isRunning(pidIn("stray"))).toBe(true);
  expect(examineAbandonedHooks(fixture).map(({ code }) => code)).toEqual(["HOOK_ABANDONED"]);
  fixture.hook("check", "#!/bin/sh\nexit 0\n");
  expect(await createHookRunner(fixture.options).run(call())).toMatchObject({ status: "passed" });
  expect(isRunning(pidIn("stray"))).toBe(false);
  expect(examineAbandonedHooks(fixture)).toEqual([]);
}, 60_000);

test.each(["pre", "post"] as const)(
  "what cleared its environment as well ends with the time of its %s-hook",
  async (phase) => {
    fixture.hook(
      "check",
      `#!/bin/sh\n${hidden}until [ -s stray ]; do sleep 0.05; done\necho ready\nsleep 600\n`,
    );
    const event = phase === "post" ? { eventId: "01AAAAAAAAAAAAAAAAAAAAAAAA" } : {};
    const result = await createHookRunner(fixture.options).run(call({ phase, timeoutMs: 3_000, ...event }));
    expect(result).toMatchObject({ status: "timed-out", output: expect.stringContaining("ready") });
    const stray = phase === "post" ? join(fixture.paths.root, "stray") : join(fixture.worktree, "stray");
    expect(isRunning(Number(readFileSync(stray, "utf8")))).toBe(false);
  },
  60_000,
);

test("where only a list of processes is to be had, a run is known by the name of its keeper", async () => {
  const runs = ["01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB"].map((runId) => {
    const environment = { PATH: process.env["PATH"] ?? "" };
    const args = ["-c", "trap '' TERM; while :; do sleep 1; done"];
    return startKept({ file: "sh", args, cwd: fixture.worktree, environment, stdin: "ignore", name: runId });
  });
  const [mine, other] = runs.map(({ pid }) => pid ?? 0);
  const traces = { keepers: ["01AAAAAAAAAAAAAAAAAAAAAAAA"] };
  try {
    expect(processesOf(traces, "list")).toEqual([mine]);
    expect(await endProcesses(traces, 100, "list")).toEqual([]);
    expect(processesOf({ session: mine }, "list")).toEqual([]);
    expect(processesOf({ session: other }, "list")).toEqual([other]);
  } finally {
    expect(await endProcesses({ session: other }, 0)).toEqual([]);
  }
}, 60_000);

test("a hook that another live process runs at the same time is left alone", async () => {
  fixture.hook("check", "#!/bin/sh\necho $$ >hook\nuntil [ -e go ]; do sleep 0.05; done\necho through\n");
  const other = startChild(new URL("./testing/run-hook.ts", import.meta.url), [fixture.paths.root, "check"]);
  await until(() => isWritten("hook"));
  fixture.hook("second", "#!/bin/sh\ntouch go\n");
  expect(await createHookRunner(fixture.options).run(call({ name: "second" }))).toMatchObject({
    status: "passed",
  });
  expect(JSON.parse(await other.line())).toEqual({ status: "passed", output: "through\n" });
}, 60_000);

// P9 P36: set-up programs of worktrees and checks of merges are run this way.
test("a program whose caller is killed ends with it, with what it started", async () => {
  const script = "sleep 600 & echo $! >background; echo $$ >hook; wait";
  const command = startChild(new URL("./testing/run-program.ts", import.meta.url), [
    fixture.worktree,
    script,
  ]);
  await until(() => ["hook", "background"].every(isWritten));
  await command.kill();
  await until(() => !["hook", "background"].map(pidIn).some(isRunning));
}, 60_000);

test("what stands in the way of a start is told, and is not taken for the program's own end", async () => {
  const end = (script: string) => runProgram({ ...plain, command: ["sh", "-c", script] });
  const plain = {
    cwd: fixture.worktree,
    environment: { PATH: process.env["PATH"] ?? "" },
    timeoutMs: 60_000,
  };
  const missing = await runProgram({ ...plain, command: ["no-such-program"] });
  expect(missing).toEqual({ isTimeout: false, output: "there is no program no-such-program" });
  expect(await end("echo mine; exit 127")).toEqual({ exitCode: 127, isTimeout: false, output: "mine" });
  expect(await end("kill -9 $$")).toEqual({ exitCode: 137, isTimeout: false, output: "" });
});
