import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wakeDrain } from "./hook-wake.js";
import { type HookFixture, hookFixture } from "./testing/hook-fixture.js";

let fixture: HookFixture;
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(() => {
  fixture.remove();
});

/** Waits for a file that the woken process writes. */
async function textOf(path: string): Promise<string> {
  for (let tries = 0; tries < 1_500; tries++) {
    try {
      const text = readFileSync(path, "utf8");
      if (text !== "") return text;
    } catch {
      // not yet
    }
    await sleep(20);
  }
  throw new Error(`no ${path}`);
}

const program = (script: string) => {
  const path = join(fixture.paths.root, "fake.mjs");
  writeFileSync(path, script);
  return [process.execPath, path];
};

test("a drain is a process of its own: its own session, the main root, no mark of agent or hook, output in the log", async () => {
  const answer = join(fixture.paths.root, "answer.json");
  const wiggumCommand = program(`
import { readFileSync, renameSync, writeFileSync } from "node:fs";
const status = readFileSync("/proc/self/stat", "utf8");
const session = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[3]);
console.log("drained");
writeFileSync(${JSON.stringify(`${answer}.new`)}, JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env, pid: process.pid, session }));
renameSync(${JSON.stringify(`${answer}.new`)}, ${JSON.stringify(answer)});
`);
  const pid = await wakeDrain({
    paths: fixture.paths,
    wiggumCommand,
    environment: {
      PATH: process.env["PATH"],
      WIGGUM_AGENT_ID: "reviewer-0",
      WIGGUM_GENERATION: "1",
      WIGGUM_SESSION_TOKEN: "t",
      WIGGUM_HOOK_RUN: "r",
      WIGGUM_EVENT_ID: "e",
      WIGGUM_HOOK_DEPTH: "2",
      WIGGUM_BIN: "/opt/wiggum",
      WIGGUM_MAX_AGENTS: "3",
      GIT_DIR: "/x",
    },
  });
  const seen = JSON.parse(await textOf(answer));
  expect(seen).toMatchObject({ args: ["hook", "drain"], cwd: fixture.paths.root, pid, session: pid });
  expect(
    Object.keys(seen.env)
      .filter((name) => /^(WIGGUM|GIT)_/.test(name))
      .sort(),
  ).toEqual(["WIGGUM_BIN", "WIGGUM_HOOK_DRAIN", "WIGGUM_MAX_AGENTS"]);
  expect(await textOf(join(fixture.paths.hookLogs, "drain.log"))).toBe("drained\n");
});

test("a program that is not there wakes nobody, and a long log makes room for a new one", async () => {
  const { paths } = fixture;
  expect(await wakeDrain({ paths, wiggumCommand: ["/no/such/wiggum"], environment: {} })).toBeUndefined();
  const log = join(paths.hookLogs, "drain.log");
  writeFileSync(log, "x".repeat(1024 * 1024 + 1));
  const wiggumCommand = program(`console.log("new");`);
  expect(await wakeDrain({ paths, wiggumCommand, environment: {} })).toEqual(expect.any(Number));
  expect(await textOf(log)).toBe("new\n");
  expect(readFileSync(`${log}.old`, "utf8")).toHaveLength(1024 * 1024 + 1);
});
