import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { outsideSessions } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { createProcessRunner } from "./create-process-runner.js";
import { createLinuxProcesses } from "./linux-processes.js";
import type { ProcessEntry, ProcessTable } from "./process-table.js";
import { createPsProcesses } from "./ps-processes.js";
import { starterCommand } from "./testing/kit-runner.js";
import { carrying, createWorld, environmentOf, until, type World } from "./testing/world.js";

const waits = { terminateWaitMs: 300, killWaitMs: 1_000 };
const processes = createLinuxProcesses();

/** A program without any of its starter's variables (but the one by which this test's end finds it) in a session of its own; `$!` is it. */
const bare = (world: World, program: string) =>
  `env -i WIGGUM_TEST_ROOT="${world.root}" setsid sh -c '${program}' &`;
/** Writes its number into the file, then stays. */
const stays = (file: string) => `echo $$ > ${file}; exec /bin/sleep 120`;

/** One word of a shell command. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function live(pid: number): Promise<ProcessEntry> {
  const entry = await processes.read(pid);
  if (entry === undefined) throw new Error(`${pid} is not there`);
  return entry;
}

describe("stop ends what left its session and cleared its environment", () => {
  // P36
  test("while its parent lives", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(
      world.order(["sh", "-c", `${bare(world, stays("bare"))} exec sleep 120`]),
    );
    const pid = Number(await world.written("bare"));
    expect((await live(pid)).sessionId).toBe(pid);
    expect((await live(pid)).token).toBeUndefined();
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(await processes.read(pid)).toBeUndefined();
  });

  // P36
  test("when its parent ended at once: another took it over, and nothing in it names the agent", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(
      world.order(["sh", "-c", `sh -c ${quoted(bare(world, stays("bare")))}; exec sleep 120`]),
    );
    const pid = Number(await world.written("bare"));
    const keeper = (await live(pid)).parentPid;
    expect((await processes.read(keeper))?.token).not.toBe(handle.data["token"]);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(await processes.read(pid)).toBeUndefined();
  });

  // P36
  test("after the agent itself ended, and after its keeper was killed; until then it is discovered", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    for (const [agentId, end] of [
      ["tester-0", "exit 3"],
      ["tester-1", "kill -KILL $PPID; kill -KILL $$"],
    ] as const) {
      const script = `${bare(world, stays(`bare-${agentId}`))} while ! test -s bare-${agentId}; do sleep 0.02; done; ${end}`;
      const handle = await runner.start(world.order(["sh", "-c", script], { agentId }));
      const pid = Number(await world.written(`bare-${agentId}`));
      await until("only the bare process is left", async () => {
        const left = carrying(world.root);
        return left.length === 1 && left[0] === pid;
      });
      expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
      expect(await runner.stop(handle)).toMatchObject({ stopped: true, signalled: 1 });
      expect(await processes.read(pid)).toBeUndefined();
      expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([]);
    }
  });

  test("where processes are known by parents alone, with what it started before it", async () => {
    const world = await createWorld();
    const runner = createProcessRunner({ ...waits, processes: createPsProcesses("linux") });
    const inner = `(exec /bin/sleep 121) & ${stays("bare")}`;
    const handle = await runner.start(world.order(["sh", "-c", `${bare(world, inner)} exec sleep 120`]));
    await world.written("bare");
    expect(carrying(world.root)).toHaveLength(4);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toEqual([]);
  });
});

describe("stop leaves alone", () => {
  const outside = outsideSessions(["sh", "-c", `${stays("drain")}`])
    .map(quoted)
    .join(" ");
  /** As an agent's command starts what runs post-hooks. */
  const drain = (world: World) =>
    `env -i PATH="$PATH" WIGGUM_TEST_ROOT="${world.root}" WIGGUM_HOOK_DRAIN=1 setsid ${outside} &`;

  // P36
  test.each([
    ["/proc", createLinuxProcesses()],
    ["ps", createPsProcesses("linux")],
  ] as const)("what runs post-hooks, by %s: while the agent's command still lives", async (_, table) => {
    const world = await createWorld();
    const runner = createProcessRunner({ ...waits, processes: table });
    const handle = await runner.start(world.order(["sh", "-c", `${drain(world)} exec sleep 120`]));
    const pid = Number(await world.written("drain"));
    const before = await live(pid);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toEqual([pid]);
    expect((await live(pid)).startedAt).toBe(before.startedAt);
  });

  // P36
  test("what runs post-hooks, and what those start with an empty environment, after the agent's command ended", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const later = outsideSessions([
      "sh",
      "-c",
      `env -i WIGGUM_TEST_ROOT="${world.root}" sh -c '${stays("hook")}'`,
    ]);
    const words = later.map(quoted).join(" ");
    const command = `env -i PATH="$PATH" WIGGUM_TEST_ROOT="${world.root}" setsid ${words} &`;
    const script = `sh -c ${quoted(command)}; exec sleep 120`;
    const handle = await runner.start(world.order(["sh", "-c", script]));
    const pid = Number(await world.written("hook"));
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toContain(pid);
    expect((await live(pid)).mark).toBeUndefined();
  });

  // P36
  test("another agent that this one started, with its children, however they were started", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const inner = world.order(["sh", "-c", `${bare(world, stays("bare"))} echo $$ > inner; exec sleep 120`], {
      agentId: "tester-1",
    });
    const request = join(world.root, "request.json");
    await writeFile(request, JSON.stringify({ order: inner }));
    const handle = await runner.start(world.order(starterCommand(), { promptLine: request }));
    const pids = [Number(await world.written("bare")), Number(await world.written("inner"))];
    expect(await runner.stop(handle)).toMatchObject({ stopped: true });
    for (const pid of pids) await live(pid);
    const [other] = await runner.discover({ stateRoot: world.stateRoot });
    expect(other).toMatchObject({ agentId: "tester-1" });
    if (other !== undefined) expect(await runner.stop(other)).toMatchObject({ stopped: true });
    expect(carrying(world.root)).toEqual([]);
  });

  // P36
  test("a process that only seems to be a child: its parent's number was another's when it was read", async () => {
    const world = await createWorld();
    const stranger = spawn("sleep", ["120"], {
      detached: true,
      stdio: "ignore",
      env: environmentOf(world.root),
    });
    const table: ProcessTable = {
      read: processes.read,
      list: async () => {
        const all = await processes.list();
        const keeper = all.find(
          ({ command }) => command.includes("wiggum-keeper") && command.includes(world.root),
        );
        const isLate = ({ pid }: ProcessEntry) => pid === stranger.pid;
        return all.map((entry) =>
          keeper !== undefined && isLate(entry)
            ? { ...entry, parentPid: keeper.pid, mark: keeper.mark }
            : entry,
        );
      },
    };
    // As where there are no marks: parents alone say what belongs together.
    const unmarked: ProcessTable = {
      read: async (pid) => without(await table.read(pid)),
      list: async () => (await table.list()).map((entry) => without(entry)),
    };
    const runner = createProcessRunner({ ...waits, processes: unmarked });
    const handle = await runner.start(world.order(["sh", "-c", "echo $$ > pid; exec sleep 120"]));
    await world.written("pid");
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toEqual([stranger.pid]);
    expect(stranger.signalCode).toBeNull();
  });
});

test("the mark is the only thing that an agent's environment and limits show of it", async () => {
  const world = await createWorld();
  const runner = createProcessRunner(waits);
  const handle = await runner.start(
    world.order(["sh", "-c", "cat /proc/self/limits > limits; exec sleep 120"]),
  );
  const limits = await world.written("limits");
  const lines = (text: string) => text.split("\n").filter((line) => !line.startsWith("Max file locks"));
  expect(lines(limits)).toEqual(lines(await readFile("/proc/self/limits", "utf8")));
  expect(/^Max file locks\s+(\d+)\s+unlimited/m.exec(limits)?.[1]).toMatch(/^\d{17,18}$/);
  await runner.stop(handle);
});

function without<Entry extends ProcessEntry | undefined>(entry: Entry): Entry {
  return entry === undefined ? entry : ({ ...entry, mark: undefined } as Entry);
}
