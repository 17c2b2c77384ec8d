import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createProcessRunner } from "@wiggum/runner-process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { initProject } from "./init.js";
import { openProject } from "./open-project.js";
import type { Project, ProjectFinding } from "./project.js";
import { type ProjectPaths, type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";
import { smallWiggumCommand } from "./testing/small-wiggum-command.js";
import { contentOf, type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";
import { newUlid } from "./ulid.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;
let project: Project;

beforeEach(async () => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
  await initProject({ cwd: repository.root, environment: repository.environment, agent: "sleep 600" });
  // An agent gets the line that names its prompt as an argument, which sleep would not take.
  writeFileSync(paths.configShell, `WIGGUM_AGENT_CMD="sh -c 'exec sleep 600'"\n`);
  project = await open();
});

afterEach(async () => {
  for (const { facts } of await project.agents().catch(() => []))
    await project.kill(facts.agentId, { force: true });
  await project.close();
  await repository.remove();
});

async function open(): Promise<Project> {
  return openProject(repository.root, {
    environment: repository.environment,
    runner: createProcessRunner(),
    wiggumCommand: smallWiggumCommand,
  });
}

async function create(title = "A ticket"): Promise<string> {
  const record = await project.write(undefined, (context) => project.tickets.create({ title }, context));
  return record.ticket.id;
}

/** What of the files is nobody's business: git's and our own bookkeeping, stamps and databases that looking at them may touch. */
const isBookkeeping = (path: string) =>
  [".git/", ".wiggum/state/", ".wiggum/owners/", ".wiggum/tickets/.git/", ".wiggum/tickets.git/wiggum/"].some(
    (folder) => path.startsWith(folder),
  ) || /\/worktrees\/.*\/\.git\/|\.db(-\w+)?$/.test(path);

const snapshot = () => contentOf(repository.root, isBookkeeping);

/** What is wrong; what is only good to know is not looked at here. */
async function found(project: Project): Promise<readonly ProjectFinding[]> {
  return (await project.doctor()).filter(({ severity }) => severity !== "note");
}

const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code).sort();

/** Applies what doctor plans, as `doctor --fix` does; answers what a second look finds. */
async function fixAll(): Promise<string[]> {
  for (const { fix } of await found(project)) await fix?.apply();
  await project.close();
  project = await open();
  return codes(await found(project));
}

// P13
test("a healthy project with a ticket and an agent: nothing is found and nothing is changed", async () => {
  const id = await create();
  await project.spawn("worker", id);
  const before = snapshot();
  const tip = (await project.tickets.list()).asOf;
  expect(await found(project)).toEqual([]);
  expect(snapshot()).toEqual(before);
  expect((await project.tickets.list()).asOf).toBe(tip);
});

describe("each fault is found, mended, and nothing unrelated is touched", () => {
  interface Fault {
    readonly code: string;
    plant(id: string): Promise<void>;
    /** Files that the mending may change. */
    readonly touches?: RegExp;
    readonly check?: (id: string) => Promise<void>;
  }

  const faults: Readonly<Record<string, Fault>> = {
    "a hook that is not executable": {
      code: "HOOK_NOT_EXECUTABLE",
      plant: async () => chmodSync(join(paths.hooksDirectory, "on-claim"), 0o644),
    },
    "a marker that is gone": { code: "MARKER_MISSING", plant: async () => rmSync(paths.marker) },
    "ignore lines that are gone": {
      code: "IGNORE_LINES_MISSING",
      plant: async () =>
        writeFileSync(
          join(repository.root, ".gitignore"),
          "dist/\n.claude/settings.local.json\nworktrees/\n",
        ),
      touches: /^\.gitignore$/,
      check: async () =>
        expect(readFileSync(join(repository.root, ".gitignore"), "utf8")).toMatch(/^dist\/\n/),
    },
    "a store that git clean would delete": {
      code: "STORE_FAULT",
      plant: async () => rmSync(join(paths.ticketStore, ".git")),
    },
    "a lost store": {
      code: "STORE_BROKEN",
      plant: async () => renameSync(paths.ticketStore, join(repository.base, "stolen")),
      touches: /^\.wiggum\/tickets\.git\//,
      check: async (id) => expect((await project.tickets.show(id)).ticket.title).toBe("A ticket"),
    },
    "a people's view that is gone": {
      code: "VIEW_MISSING",
      plant: async () => rmSync(paths.ticketView, { recursive: true }),
      touches: /^\.wiggum\/tickets\//,
    },
    "a file of a view that was deleted": {
      code: "FILE_DELETED",
      plant: async (id) => rmSync(join(paths.ticketView, `${id}.md`)),
    },
    "a view that is behind": {
      code: "VIEW_BEHIND",
      // Written past any view, as another program would.
      plant: async (id) =>
        void (await project.tickets.update(
          id,
          (ticket) => ({ ...ticket, priority: 0 }),
          project.writeContext(),
        )),
      touches: /^\.wiggum\/tickets(\.git)?\//,
    },
    "a registry that is no database": {
      code: "REGISTRY_BROKEN",
      plant: async () => {
        await project.close();
        writeFileSync(paths.agentsDatabase, "this is no database, whatever its name says".repeat(50));
        project = await open();
      },
      touches: /^\.wiggum\/(agents\.db\.damaged|panels\.json)/,
    },
    "an outbox that is no database": {
      code: "OUTBOX_BROKEN",
      plant: async () => {
        await project.close();
        writeFileSync(paths.outboxDatabase, "this is no database, whatever its name says".repeat(50));
        project = await open();
      },
      touches: /^\.wiggum\/outbox\.db\.damaged/,
    },
  };

  test.each(Object.entries(faults))("%s", async (_name, { code, plant, touches, check }) => {
    const id = await create();
    const whole = snapshot();
    await plant(id);
    expect(codes(await found(project))).toEqual([code]);
    expect(await fixAll()).toEqual([]);
    await check?.(id);
    const after = snapshot();
    const changed = [...new Set([...whole.keys(), ...after.keys()])].filter(
      (path) => whole.get(path) !== after.get(path),
    );
    expect(changed.filter((path) => touches?.test(path) !== true)).toEqual([]);
  });

  test("an agent's view that borrows from nowhere", async () => {
    const id = await create();
    const { worktree } = await project.spawn("worker", id);
    const alternates = join(worktreePaths(worktree).ticketView, ".git", "objects", "info", "alternates");
    writeFileSync(alternates, "/nowhere/objects\n");
    expect(codes(await found(project))).toContain("STORE_FAULT");
    expect(await fixAll()).toEqual([]);
    expect(readFileSync(alternates, "utf8")).not.toContain("nowhere");
  });
});

describe("agents", () => {
  async function worker() {
    const id = await create();
    const { agentId, worktree } = await project.spawn("worker", id);
    const handle = (await project.registry.read(agentId))?.session?.handle;
    if (handle === undefined) throw new Error("no session");
    return { id, agentId, worktree, handle };
  }

  test("a session that is over although the registry says that it runs", async () => {
    const { agentId, handle } = await worker();
    await project.runner.stop(handle);
    expect(codes(await found(project))).toEqual(["SESSION_OVER"]);
    expect((await project.registry.read(agentId))?.isLive).toBe(true);
    expect(await fixAll()).toEqual([]);
    expect((await project.registry.read(agentId))?.isLive).toBe(false);
  });

  test("processes that run although the registry says that the session is over", async () => {
    const { agentId, handle } = await worker();
    await project.registry.recordEnd(agentId, handle.generation, { reason: "lost" });
    expect(codes(await found(project))).toEqual(["AGENT_ORPHANED"]);
    expect(await fixAll()).toEqual([]);
    expect(await project.runner.discover({ stateRoot: paths.stateRoot })).toEqual([]);
  });

  test("a start that was cut off", async () => {
    const id = await create();
    const other = await open();
    await other.registry.reserve({
      role: "worker",
      ticketId: id,
      usesSlot: () => true,
      isTaken: () => false,
      isSupervised: false,
    });
    expect(await found(project)).toEqual([]);
    // The process that was starting it is gone.
    await other.close();
    expect(codes(await found(project))).toEqual(["SPAWN_UNFINISHED"]);
    expect(await fixAll()).toEqual([]);
    expect(await project.registry.list()).toEqual([]);
  });

  test("a worktree with work in it that an ended agent left: saved, then removed", async () => {
    const { id, agentId, worktree, handle } = await worker();
    writeFileSync(join(worktree, "unsaved.txt"), "precious\n");
    await project.runner.stop(handle);
    await project.kill(agentId, { release: true });
    expect(existsSync(join(worktree, "unsaved.txt"))).toBe(true);
    expect(codes(await found(project))).toEqual(["WORKTREE_LEFT"]);
    expect(await fixAll()).toEqual([]);
    expect(existsSync(worktree)).toBe(false);
    const [saved] = await project.salvage.list();
    expect(saved?.files).toContain("unsaved.txt");
    expect((await project.tickets.show(id)).ticket.state).toBe("ready");
  });

  test("a worktree that somebody removed under its agent, with the way on; what was committed is there for the next one", async () => {
    const { id, agentId, worktree } = await worker();
    execFileSync("git", ["commit", "-q", "--allow-empty", "-m", "Begun"], {
      cwd: worktree,
      env: repository.environment,
    });
    rmSync(worktree, { recursive: true });
    const [finding, ...others] = (await project.doctor()).filter(({ severity }) => severity !== "note");
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: "WORKTREE_GONE",
      severity: "error",
      id,
      message: expect.stringContaining("its session still runs"),
      hint: expect.stringContaining(`'wiggum kill ${agentId}', then 'wiggum spawn worker ${id}'`),
    });
    expect(finding?.fix).toBeUndefined();
    await project.kill(agentId);
    const next = await project.spawn("worker", id);
    expect(next.agentId).not.toBe(agentId);
    expect(repository.git("log", "-1", "--format=%s", next.branch).trim()).toBe("Begun");
    expect(codes((await project.doctor()).filter(({ severity }) => severity !== "note"))).toEqual([]);
  });

  test("salvage points whose time is over are named, and dropped by a fix; younger ones stay", async () => {
    const old = "refs/wiggum/salvage/worker-7/01H00000000000000000000000";
    const young = `refs/wiggum/salvage/worker-7/${newUlid()}`;
    for (const ref of [old, young]) repository.git("update-ref", ref, "HEAD");
    const [finding, ...others] = (await project.doctor()).filter(({ severity }) => severity !== "note");
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: "SALVAGE_EXPIRED",
      message: expect.stringContaining("worker-7/01H0"),
    });
    expect(finding?.message).not.toContain(young.slice(-10));
    expect(await fixAll()).toEqual([]);
    expect(repository.git("for-each-ref", "--format=%(refname)", "refs/wiggum/salvage/").trim()).toBe(young);
  });

  test("the ticket wins: a holder that was ended is named, and left for a person to decide", async () => {
    const { id, agentId } = await worker();
    await project.kill(agentId, { force: true });
    const findings = await found(project);
    expect(findings).toMatchObject([
      { code: "HOLDER_GONE", id, hint: expect.stringContaining(`wiggum ticket release ${id}`) },
    ]);
    expect(findings[0]?.fix).toBeUndefined();
  });

  test("an agent that runs for a ticket that is over", async () => {
    const { id } = await worker();
    await project.tickets.update(id, (ticket) => ({ ...ticket, state: "closed" }), {
      ...project.writeContext(),
      override: "test",
    });
    await project.read();
    expect(codes(await found(project))).toEqual(["TICKET_OVER"]);
  });
});

test("what only a person can decide is named with the next step, and without a fix", async () => {
  const id = await create();
  appendFileSync(paths.configShell, "WIGGUM_MAX_AGENT=3\nsource other.sh\n");
  appendFileSync(join(paths.promptsDirectory, "worker.md"), "\n{TICKET_NAME}\n");
  writeFileSync(join(paths.promptsDirectory, "tester.md"), "---\ncomand: x\n---\n");
  writeFileSync(
    join(paths.ticketView, `${id}.md`),
    readFileSync(join(paths.ticketView, `${id}.md`), "utf8").replace("priority: 2", "priority: 1"),
  );
  writeFileSync(join(paths.hooksDirectory, "on-claim"), "#!/bin/sh\necho broken; exit 3\n", { mode: 0o755 });
  await project.close();
  project = await open();
  await project.transition(id, "in-progress", { claimFor: "manual" });
  // Three runs, by this process or the one that the transition woke.
  while (!(await project.hooks.pending()).some(({ status }) => status === "failed")) {
    await project.hooks.drain({ patienceMs: 1_000 });
    await project.clock.sleep(20);
  }
  const findings = await found(project);
  expect(codes(findings)).toEqual([
    "EDIT_NOT_SUBMITTED",
    "HOOK_FAILED",
    "PLACEHOLDER_UNKNOWN",
    "SETTINGS_INVALID",
    "SETTING_UNREAD",
    "SETTING_UNREAD",
  ]);
  for (const finding of findings) {
    expect(finding.fix).toBeUndefined();
    expect(finding.hint).toBeTruthy();
  }
  const messages = findings.map(({ message }) => message).join("\n");
  expect(messages).toContain(".wiggum/config.sh:2: WIGGUM_MAX_AGENT ");
  expect(messages).toContain(".wiggum/prompts/tester.md:2: comand");
  expect(messages).toContain("{TICKET_NAME}");
});

test("git fsck of the store stays clean through all of it", async () => {
  await create();
  await found(project);
  execFileSync("git", ["fsck", "--strict"], { cwd: paths.ticketStore, stdio: "ignore" });
});
