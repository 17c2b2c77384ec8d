import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HookCall } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listHooks } from "./hook-files.js";
import { createHookRunner } from "./hook-runner.js";
import { call, type HookFixture, hookFixture, record } from "./testing/hook-fixture.js";

let fixture: HookFixture;
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(() => {
  fixture.remove();
});

/** A `wiggum` that writes down how it is called, and answers each verb with an exit code. */
function fakeWiggum(answers: Readonly<Record<string, number>> = {}, table = ""): string {
  const path = join(fixture.paths.root, "wiggum");
  const cases = Object.entries(answers).map(([verb, code]) => `  ${verb}) exit ${code} ;;`);
  writeFileSync(join(fixture.paths.root, "table"), table);
  writeFileSync(
    path,
    `#!/bin/sh
for argument; do printf '%s|' "$argument"; done >>calls
echo >>calls
[ "$1" = ticket ] && cat table
case $1 in
${cases.join("\n")}
  *) exit 0 ;;
esac
`,
  );
  chmodSync(path, 0o755);
  return path;
}

interface Run {
  readonly status: string;
  readonly lines: readonly string[];
  readonly calls: readonly string[];
}

async function run(
  name: string,
  {
    hookCall = {},
    answers = {},
    state = "",
    assignee = "worker-0",
    table = "",
  }: {
    readonly hookCall?: Partial<HookCall>;
    readonly answers?: Readonly<Record<string, number>>;
    readonly state?: string;
    readonly assignee?: string | undefined;
    readonly table?: string;
  } = {},
): Promise<Run> {
  const wiggumProgram = fakeWiggum(answers, table);
  const runner = createHookRunner({
    ...fixture.options,
    wiggumProgram,
    readTicket: async () =>
      record({ state: state || (hookCall.to ?? "review"), assignedAgentId: assignee || undefined }),
  });
  const before = calls().length;
  const result = await runner.run(
    call({ name, phase: "post", eventId: "OP:tk-1a2b", at: "2026-01-03T00:00:00Z", ...hookCall }),
  );
  const output = "output" in result ? result.output : result.status;
  const exit = result.status === "failed" ? `failed ${result.exitCode}` : result.status;
  return { status: exit, lines: output.trim().split("\n"), calls: calls().slice(before) };
}

function calls(): readonly string[] {
  try {
    return readFileSync(join(fixture.paths.root, "calls"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

const approved: Partial<HookCall> = { from: "review", to: "qa", agentId: "reviewer-3" };
const rejected: Partial<HookCall> = { from: "review", to: "in-progress", agentId: "reviewer-3" };
const message = "Review comment added to your ticket. Please address and re-submit.";

describe("the shipped hooks", () => {
  test("are executable, and there is one for each stage", () => {
    const { defaults, project } = listHooks(fixture.paths, fixture.options.defaultsDirectory);
    expect(project).toEqual([]);
    expect(defaults).toEqual([
      "on-claim",
      "on-close",
      "on-draft-done",
      "on-qa-done",
      "on-qa-rejected",
      "on-review-done",
      "on-review-rejected",
    ]);
  });

  test("on-draft-done spawns a reviewer", async () => {
    expect(await run("on-draft-done")).toEqual({
      status: "passed",
      lines: ["[hook] a reviewer was started for tk-1a2b"],
      calls: ["spawn|reviewer|tk-1a2b|"],
    });
  });

  test.each([
    [9, "passed"],
    [12, "later"],
    [1, "failed 1"],
    [7, "failed 7"],
  ])("a spawn that ends with %i makes on-draft-done %s", async (code, status) => {
    const done = await run("on-draft-done", { answers: { spawn: code } });
    expect(done.status).toBe(status);
    expect(done.lines[0]).toMatch(/^\[hook\] /);
  });

  test("they know the exit codes by themselves, too", async () => {
    fixture = { ...fixture, options: { ...fixture.options, exitCodes: {} } };
    expect((await run("on-draft-done", { answers: { spawn: 12 } })).status).toBe("later");
    expect((await run("on-review-done", { hookCall: approved, answers: { kill: 4, spawn: 9 } })).status).toBe(
      "passed",
    );
    expect(
      (await run("on-qa-rejected", { hookCall: { ...rejected, agentId: "qa-0" }, answers: { kill: 3 } }))
        .status,
    ).toBe("passed");
  });

  test("a ticket that has moved on gets nobody for the stage that it left", async () => {
    expect(await run("on-draft-done", { state: "in-progress" })).toMatchObject({
      status: "passed",
      calls: [],
    });
    expect(await run("on-review-done", { hookCall: approved, state: "done" })).toMatchObject({
      status: "passed",
      calls: ["kill|reviewer-3|--force|"],
    });
  });

  test("on-review-done ends the reviewer before it spawns QA; a person's approval ends nobody", async () => {
    expect(await run("on-review-done", { hookCall: approved })).toMatchObject({
      status: "passed",
      calls: ["kill|reviewer-3|--force|", "spawn|qa|tk-1a2b|"],
    });
    expect(await run("on-review-done", { hookCall: { ...approved, agentId: "worker-0" } })).toMatchObject({
      calls: ["spawn|qa|tk-1a2b|"],
    });
  });

  test.each([3, 4])("a second run finds the reviewer gone (exit %i) and QA at work: done", async (code) => {
    const again = await run("on-review-done", { hookCall: approved, answers: { kill: code, spawn: 9 } });
    expect(again).toMatchObject({
      status: "passed",
      calls: ["kill|reviewer-3|--force|", "spawn|qa|tk-1a2b|"],
    });
  });

  test("a reviewer that cannot be ended does not keep QA from starting, and is not passed over", async () => {
    expect(await run("on-review-done", { hookCall: approved, answers: { kill: 1 } })).toMatchObject({
      status: "failed 1",
      calls: ["kill|reviewer-3|--force|", "spawn|qa|tk-1a2b|"],
    });
    expect(await run("on-review-done", { hookCall: approved, answers: { spawn: 12 } })).toMatchObject({
      status: "later",
    });
  });

  test.each([
    ["on-review-rejected", "reviewer-3"],
    ["on-qa-rejected", "qa-1"],
  ])("%s tells the ticket's agent and ends the one that rejected", async (name, agentId) => {
    const hookCall = { ...rejected, agentId };
    const expected = [`ping|worker-0|${message}|`, `kill|${agentId}|--force|`];
    expect(await run(name, { hookCall })).toMatchObject({ status: "passed", calls: expected });
    // It reads the ticket when it is started again.
    expect(await run(name, { hookCall, answers: { ping: 4, kill: 4 } })).toMatchObject({
      status: "passed",
      calls: expected,
    });
  });

  // P38
  test("a rejection that reaches nobody is an error", async () => {
    const result = await run("on-review-rejected", { hookCall: rejected, assignee: "" });
    expect(result).toMatchObject({ status: "failed 1", calls: ["kill|reviewer-3|--force|"] });
    expect(result.lines[0]).toContain("belongs to nobody");
  });

  test("on-qa-done ends QA and says when nothing is in progress", async () => {
    const hookCall = { from: "qa", to: "done", agentId: "qa-0" };
    const table = `\nID         STATE      TYPE       PRI TITLE\n${"-".repeat(79)}\n`;
    const row = "tk-ffff    review     task       2   `touch pwned` $(touch pwned)\n";
    expect(await run("on-qa-done", { hookCall, table: `${table}\n` })).toMatchObject({
      status: "passed",
      lines: ["[hook] qa-0 has ended", "[hook] no ticket is in progress, in review or in QA"],
      calls: ["kill|qa-0|--force|", "ticket|list|--state|in-progress,review,qa|"],
    });
    const busy = await run("on-qa-done", { hookCall, table: `${table}${row}${row}\n` });
    expect(busy.lines[1]).toBe("[hook] tickets in progress, in review or in QA: 2");
    expect(await run("on-qa-done", { hookCall, answers: { ticket: 1 } })).toMatchObject({ status: "passed" });
  });

  test("on-close tells when the ticket began and ended", async () => {
    expect(await run("on-close", { hookCall: { from: "qa", to: "done" } })).toMatchObject({
      status: "passed",
      lines: [
        "[metrics] tk-1a2b created 2026-01-02T03:04:05Z",
        "[metrics] tk-1a2b closed 2026-01-03T00:00:00Z",
      ],
      calls: [],
    });
  });
});
