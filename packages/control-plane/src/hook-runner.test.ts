import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { TicketError } from "@wiggum/ticket-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHookRunner } from "./hook-runner.js";
import { call, type HookFixture, hookFixture, record } from "./testing/hook-fixture.js";

let fixture: HookFixture;
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(() => {
  fixture.remove();
});

const run = (extra = {}, options = {}) =>
  createHookRunner({ ...fixture.options, ...options }).run(call(extra));

/** Is there a process with this number, apart from one that is only waiting to be collected? */
function isRunning(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/\) [ZX]/.test(status);
  } catch {
    return false;
  }
}

function variablesIn(output: string): Map<string, string> {
  return new Map(
    output.split("\n").map((line) => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)]),
  );
}

describe("which file is run", () => {
  test("the project's, if it is executable, else the shipped one, else none", async () => {
    fixture.hook("on-claim", "#!/bin/sh\necho mine\n");
    expect(await run({ name: "on-claim" })).toEqual({ status: "passed", output: "mine\n" });
    fixture.hook("on-claim", "#!/bin/sh\necho mine\n", 0o644);
    expect(await run({ name: "on-claim" })).toEqual({
      status: "passed",
      output: "[hook] tk-1a2b was claimed by worker-0\n",
    });
    expect(await run({ name: "pre-review" })).toEqual({ status: "absent" });
  });

  test("a name that is a path, a folder or a link to nowhere has no file", async () => {
    const outside = join(fixture.paths.root, "outside");
    writeFileSync(outside, "#!/bin/sh\ntouch ran\n", { mode: 0o755 });
    mkdirSync(join(fixture.paths.hooksDirectory, "folder"));
    symlinkSync("/nowhere/at/all", join(fixture.paths.hooksDirectory, "broken-link"));
    for (const name of ["../../outside", outside, "folder", "broken-link", "", ".", "-rf", "a\nb"]) {
      expect(await run({ name })).toEqual({ status: "absent" });
    }
    expect(existsSync(join(fixture.worktree, "ran"))).toBe(false);
  });
});

describe("what a hook is told", () => {
  const show = "#!/bin/sh\nenv\necho ARG=$1\necho CWD=$(pwd)\n";

  test("before a transition: in the caller's worktree, with the ticket of its view", async () => {
    fixture.hook("check", show);
    const result = await run();
    if (result.status !== "passed") throw new Error(JSON.stringify(result));
    const variables = variablesIn(result.output);
    const expected = {
      ARG: "tk-1a2b",
      CWD: fixture.worktree,
      WIGGUM_TICKET_ID: "tk-1a2b",
      WIGGUM_TICKET_PATH: join(fixture.worktree, ".wiggum/tickets/tk-1a2b.md"),
      WIGGUM_PREV_STATE: "in-progress",
      WIGGUM_NEW_STATE: "review",
      WIGGUM_CURRENT_STATE: "in-progress",
      WIGGUM_HOOK_PHASE: "pre",
      WIGGUM_HOOK_NAME: "check",
      WIGGUM_HOOK_DEPTH: "1",
      WIGGUM_AGENT_ID: "worker-0",
      WIGGUM_ASSIGNEE: "worker-0",
      WIGGUM_SESSION: "wiggum-test",
      WIGGUM_HOOKS_DIR: join(fixture.paths.root, ".wiggum/hooks"),
      WIGGUM_BIN: "/opt/wiggum/bin/wiggum",
      PROJECT_ROOT: fixture.worktree,
      MAIN_PROJECT_ROOT: fixture.paths.root,
      WIGGUM_DIR: join(fixture.worktree, ".wiggum"),
      MAIN_WIGGUM_DIR: join(fixture.paths.root, ".wiggum"),
      TICKETS_DIR: join(fixture.worktree, ".wiggum/tickets"),
      HOOKS_DIR: join(fixture.paths.root, ".wiggum/hooks"),
      PROMPTS_DIR: join(fixture.paths.root, ".wiggum/prompts"),
      WIGGUM_DEFAULTS: fixture.options.defaultsDirectory,
      WIGGUM_ON_CHANGE: "none",
      EXIT_TRY_LATER: "12",
      EXIT_HELD: "9",
      WIGGUM_TICKET_CREATED_AT: "2026-01-02T03:04:05Z",
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, variables.get(name)]))).toEqual(
      expected,
    );
    expect(result.output).toContain("WIGGUM_TICKET_CONTENT=---\nid: tk-1a2b\n---\n\n# A ticket\n");
    expect(variables.has("WIGGUM_EVENT_ID")).toBe(false);
  });

  test("after it: in the main root, with the main view, the event and the time", async () => {
    fixture.hook("check", show);
    const result = await run({ phase: "post", eventId: "OP:tk-1a2b", at: "2026-01-03T00:00:00Z", depth: 3 });
    if (result.status !== "passed") throw new Error(JSON.stringify(result));
    const variables = variablesIn(result.output);
    const expected = {
      CWD: fixture.paths.root,
      WIGGUM_TICKET_PATH: join(fixture.paths.root, ".wiggum/tickets/tk-1a2b.md"),
      PROJECT_ROOT: fixture.paths.root,
      WIGGUM_DIR: join(fixture.paths.root, ".wiggum"),
      TICKETS_DIR: join(fixture.paths.root, ".wiggum/tickets"),
      WIGGUM_HOOK_PHASE: "post",
      WIGGUM_HOOK_DEPTH: "3",
      WIGGUM_EVENT_ID: "OP:tk-1a2b",
      WIGGUM_EVENT_AT: "2026-01-03T00:00:00Z",
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, variables.get(name)]))).toEqual(
      expected,
    );
  });

  test("a before-hook reads the transition as JSON; one that does not read is not waited for", async () => {
    fixture.hook("check", "#!/bin/sh\ncat\n");
    const result = await run();
    if (result.status !== "passed") throw new Error(JSON.stringify(result));
    expect(JSON.parse(result.output)).toMatchObject({
      schemaVersion: 1,
      phase: "pre",
      ticketId: "tk-1a2b",
      from: "in-progress",
      to: "review",
      revision: "r1",
      ticket: { id: "tk-1a2b", title: "A ticket" },
    });
    fixture.hook("check", "#!/bin/sh\nexec <&-\nexit 0\n");
    const large = record({ body: "x".repeat(2_000_000) });
    expect(await run({}, { readTicket: async () => large })).toEqual({ status: "passed", output: "" });
  });

  test("a ticket that fits in no variable is cut, a NUL in it harms nothing, one that is gone is empty", async () => {
    fixture.hook(
      "check",
      '#!/bin/sh\nprintf %s "$WIGGUM_TICKET_CONTENT" | wc -c\necho "$WIGGUM_TICKET_CONTENT_IS_CUT"\n',
    );
    const long = record({}, `${"é".repeat(300_000)}\0`);
    const result = await run({}, { readTicket: async () => long });
    expect(result).toEqual({ status: "passed", output: `${96 * 1024}\ntrue\n` });
    const nul = record({}, "a\0b");
    expect(await run({}, { readTicket: async () => nul })).toEqual({ status: "passed", output: "2\n\n" });
    const gone = async () => {
      throw new TicketError("TICKET_NOT_FOUND", "gone", { id: "tk-1a2b" });
    };
    expect(await run({}, { readTicket: gone })).toEqual({ status: "passed", output: "0\n\n" });
  });

  test("an after-hook belongs to no agent; a before-hook stays a part of the agent that calls", async () => {
    fixture.hook("check", show);
    const environment = {
      ...fixture.options.environment,
      WIGGUM_AGENT_ID: "reviewer-1",
      WIGGUM_GENERATION: "2",
      WIGGUM_SESSION_TOKEN: "secret",
      WIGGUM_EPOCH: "7",
      WIGGUM_TICKET_ID: "tk-ffff",
      WIGGUM_HOOK_RUN: "outer",
      WIGGUM_BIN: "/opt/wiggum",
      WIGGUM_MAX_AGENTS: "2",
      GIT_DIR: "/somewhere/.git",
      GIT_AUTHOR_NAME: "Me",
    };
    const after = await run({ phase: "post", agentId: "reviewer-1", eventId: "E" }, { environment });
    const before = await run({ agentId: "reviewer-1" }, { environment });
    if (after.status !== "passed" || before.status !== "passed")
      throw new Error(JSON.stringify([after, before]));
    const [outside, inside] = [variablesIn(after.output), variablesIn(before.output)];
    for (const name of ["WIGGUM_GENERATION", "WIGGUM_SESSION_TOKEN", "WIGGUM_EPOCH", "GIT_DIR"]) {
      expect([name, outside.get(name)]).toEqual([name, undefined]);
    }
    expect(outside.get("WIGGUM_AGENT_ID")).toBe("reviewer-1");
    expect(outside.get("WIGGUM_TICKET_ID")).toBe("tk-1a2b");
    expect(outside.get("WIGGUM_HOOK_RUN")).not.toBe("outer");
    expect(outside.get("WIGGUM_BIN")).toBe("/opt/wiggum");
    expect(outside.get("WIGGUM_MAX_AGENTS")).toBe("2");
    expect(outside.get("GIT_AUTHOR_NAME")).toBe("Me");
    expect([inside.get("WIGGUM_AGENT_ID"), inside.get("WIGGUM_GENERATION")]).toEqual(["reviewer-1", "2"]);
    expect(inside.get("GIT_DIR")).toBeUndefined();
  });
});

describe("what a hook does", () => {
  test("a failure, exit 12 and a signal come back as they are", async () => {
    fixture.hook("check", "#!/bin/sh\necho no >&2\nexit 3\n");
    expect(await run()).toEqual({ status: "failed", exitCode: 3, output: "no\n" });
    fixture.hook("check", "#!/bin/sh\necho full\nexit 12\n");
    expect(await run()).toEqual({ status: "later", output: "full\n" });
    fixture.hook("check", "#!/bin/sh\nkill -9 $$\n");
    expect(await run()).toEqual({ status: "failed", exitCode: 137, output: "" });
  });

  test("a bad interpreter is broken, a file without one is run by sh, binary rubbish does no harm", async () => {
    fixture.hook("check", "#!/no/such/interpreter\n");
    expect(await run()).toMatchObject({ status: "broken" });
    fixture.hook("check", "echo plain\n");
    expect(await run()).toEqual({ status: "passed", output: "plain\n" });
    fixture.hook("check", "\u0000\u0001\u0002\u007fELF\n");
    expect((await run()).status).toMatch(/broken|failed/);
  });

  test("a folder that is gone is broken, not a crash", async () => {
    fixture.hook("check", "#!/bin/sh\n");
    rmSync(fixture.worktree, { recursive: true });
    expect(await run()).toMatchObject({ status: "broken", reason: expect.stringContaining("is gone") });
  });

  test("one that hangs is ended with all that it started, also what ignores TERM or left its session", async () => {
    fixture.hook(
      "check",
      `#!/bin/sh
trap '' TERM
echo $$ >pids
sh -c 'trap "" TERM; while :; do sleep 1; done' & echo $! >>pids
setsid sh -c 'trap "" TERM; echo $$ >>pids; while :; do sleep 1; done' &
while [ "$(wc -l <pids)" -lt 3 ]; do sleep 0.05; done
echo waiting
while :; do sleep 1; done
`,
    );
    const result = await run({ timeoutMs: 1_500 });
    expect(result).toMatchObject({ status: "timed-out", afterMs: 1_500, output: "waiting\n" });
    const pids = readFileSync(join(fixture.worktree, "pids"), "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(3);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test("one that leaves a process behind with its streams open is not waited for", async () => {
    fixture.hook("check", "#!/bin/sh\n(sleep 600) &\necho $! >left\necho done\n");
    expect(await run({ timeoutMs: 60_000 })).toEqual({ status: "passed", output: "done\n" });
    const left = Number(readFileSync(join(fixture.worktree, "left"), "utf8"));
    expect(isRunning(left)).toBe(true); // what a hook starts on purpose may go on
    process.kill(left, "SIGKILL");
  });

  test("100 MB of output are read and let go; the beginning and the end are kept", async () => {
    fixture.hook("check", "#!/bin/sh\necho first\nyes flood | head -c 100000002\necho last\n");
    const result = await run({ timeoutMs: 60_000 });
    if (result.status !== "passed") throw new Error(result.status);
    expect(result.output.length).toBeLessThan(70_000);
    expect(result.output.startsWith("first\nflood\n")).toBe(true);
    expect(result.output.endsWith("flood\nlast\n")).toBe(true);
    expect(result.output).toMatch(/\[… \d+ bytes are left out …\]/);
  });

  test("control characters in its output are shown escaped", async () => {
    fixture.hook("check", "#!/bin/sh\nprintf 'a\\033[2Jb\\007\\tc\\r\\n'\n");
    expect(await run()).toEqual({ status: "passed", output: "a\\u001b[2Jb\\u0007\tc\n" });
  });

  test("ticket text is data: a ticket that looks like a command runs none", async () => {
    fixture.hook("check", '#!/bin/sh\nprintf "%s" "$WIGGUM_TICKET_CONTENT"\n');
    const text = `$(touch pwned) \`touch pwned\` '; touch pwned; '`;
    const result = await run({ ticketId: "$(touch pwned)" }, { readTicket: async () => record({}, text) });
    expect(result).toEqual({ status: "passed", output: text });
    expect(existsSync(join(fixture.worktree, "pwned"))).toBe(false);
  });

  test("an abort ends it", async () => {
    fixture.hook("check", "#!/bin/sh\necho $$ >pid\nsleep 600\n");
    const controller = new AbortController();
    const running = run({ timeoutMs: 60_000 }, { signal: controller.signal });
    while (!existsSync(join(fixture.worktree, "pid")))
      await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();
    expect(await running).toMatchObject({ status: "failed", exitCode: 130 });
  });
});

describe("logs and left-overs", () => {
  test("what came of an after-hook is in a file of its own, a before-hook leaves none", async () => {
    fixture.hook("check", "#!/bin/sh\necho said\nexit 4\n");
    await run();
    expect(existsSync(fixture.paths.hookLogs)).toBe(false);
    await run({ phase: "post", eventId: "OP:tk-1a2b" });
    const [file, ...others] = readdirSync(fixture.paths.hookLogs);
    expect(others).toEqual([]);
    const log = readFileSync(join(fixture.paths.hookLogs, file ?? ""), "utf8");
    expect(log).toContain("check tk-1a2b: in-progress → review");
    expect(log).toContain("event: OP:tk-1a2b");
    expect(log).toContain("result: exit 4");
    expect(log).toContain("said\n");
  });

  test("what a killed run of the same event left behind is ended before the hook runs again", async () => {
    fixture.hook(
      "check",
      "#!/bin/sh\nsetsid sh -c 'echo $$ >first; sleep 600' >/dev/null 2>&1 </dev/null &\nwhile [ ! -s first ]; do sleep 0.05; done\n",
    );
    await run({ phase: "post", eventId: "OP:tk-1a2b" });
    const first = Number(readFileSync(join(fixture.paths.root, "first"), "utf8"));
    expect(isRunning(first)).toBe(true);
    fixture.hook("check", "#!/bin/sh\n");
    await run({ phase: "post", eventId: "OTHER:tk-1a2b" });
    expect(isRunning(first)).toBe(true);
    await run({ phase: "post", eventId: "OP:tk-1a2b" });
    expect(isRunning(first)).toBe(false);
  });
});
