import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenProjectOptions } from "./open-project.js";
import type { Project } from "./project.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";
import { contentOf } from "./testing/temporary-repository.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture();
});

afterEach(() => fixture.remove());

const open = (folder?: string, options?: OpenProjectOptions) => fixture.open(folder, options);
const create = (project: Project, title?: string) => fixture.create(project, title);

/** Waits until something is so; what it waits for is done by other processes. */
async function until(project: Project, what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000;
  while (!(await isSo())) {
    if (performance.now() > end) {
      const log = join(fixture.paths.hookLogs, "drain.log");
      throw new Error(`never: ${what}\n${existsSync(log) ? readFileSync(log, "utf8") : ""}`);
    }
    await project.clock.sleep(50);
  }
}

describe("from a ticket to merged code", () => {
  // The default hooks, the real runner: a reviewer that finishes ends with its worktree gone and QA started.
  test("a worker hands in, the reviewer and QA pass it on, the work is merged", async () => {
    const agent = fileURLToPath(new URL("./testing/tiny-agent.mjs", import.meta.url));
    writeFileSync(
      fixture.paths.configShell,
      `WIGGUM_AGENT_CMD="'${process.execPath}' '${agent}'"\nWIGGUM_MAX_AGENTS=1\n`,
    );
    const project = await open();
    const id = await create(project, "Write a file");
    const worker = await project.spawn("worker", id);
    expect(worker).toMatchObject({ agentId: "worker-0", branch: "worker-0" });
    await until(
      project,
      "the ticket is done",
      async () => (await project.tickets.show(id)).ticket.state === "done",
    );
    await until(project, "all hooks have run", async () => (await project.hooks.pending()).length === 0);
    await until(
      project,
      "QA is gone",
      async () => !(await project.agents()).some(({ facts }) => facts.role === "qa"),
    );

    const history = [];
    for await (const change of project.tickets.backend.history?.(id) ?? []) {
      if (change.before?.ticket.state !== change.after?.ticket.state)
        history.push([change.actor.id, change.after?.ticket.state]);
    }
    expect(history.slice(1)).toEqual([
      ["manual", "in-progress"],
      ["worker-0", "review"],
      ["reviewer-0", "qa"],
      ["qa-0", "done"],
    ]);
    expect(existsSync(join(fixture.paths.worktreesDirectory, "reviewer-0"))).toBe(false);
    expect(existsSync(join(fixture.paths.worktreesDirectory, "qa-0"))).toBe(false);
    const left = await project.branches.list();
    expect(left.map(({ branch }) => branch).filter((name) => /reviewer|qa/.test(name))).toEqual([]);

    expect(await project.branches.unmerged()).toEqual([id]);
    expect(await project.branches.merge(id)).toMatchObject({ status: "merged", into: "main" });
    expect(readFileSync(join(fixture.repository.root, `${id}.txt`), "utf8")).toBe("done by worker-0\n");
    expect(fixture.repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    expect(readFileSync(join(fixture.paths.ticketView, `${id}.md`), "utf8")).toContain("state: done");
  }, 120_000);
});

describe("who asks", () => {
  // P7
  test("the root, a sub-directory and an agent's worktree answer from one store", async () => {
    const project = await open();
    const id = await create(project);
    const worktree = join(fixture.paths.worktreesDirectory, "mine");
    fixture.repository.git("worktree", "add", "-q", "-b", "mine", worktree);
    mkdirSync(join(fixture.repository.root, "deep", "er"), { recursive: true });
    for (const folder of [
      fixture.repository.root,
      join(fixture.repository.root, "deep", "er"),
      worktree,
      fixture.paths.ticketView,
    ]) {
      const { asOf, tickets } = await (await open(folder)).tickets.list();
      expect(tickets.map(({ ticket }) => ticket.id)).toEqual([id]);
      expect(asOf).toBe((await project.tickets.list()).asOf);
    }
  });

  // P19
  test("TICKETS_DIR and WIGGUM_DIR pick no store", async () => {
    const project = await open(fixture.repository.root, {
      environment: { ...fixture.repository.environment, TICKETS_DIR: "/nowhere", WIGGUM_DIR: "/nowhere" },
    });
    const id = await create(project);
    expect((await (await open()).tickets.show(id)).ticket.id).toBe(id);
  });

  // P8
  test("ticket commands change no ref, index or file of the code, not even from a git hook", async () => {
    const environment = {
      ...fixture.repository.environment,
      GIT_DIR: join(fixture.repository.root, ".git"),
      GIT_WORK_TREE: fixture.repository.root,
      GIT_INDEX_FILE: join(fixture.repository.root, ".git", "index"),
    };
    const isTickets = (path: string) => path.startsWith(".wiggum/");
    const before = contentOf(fixture.repository.root, isTickets);
    const saved = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const project = await open(fixture.repository.root, { environment });
      const id = await create(project);
      await project.write(id, (context) =>
        project.tickets.addEvent(id, { kind: "comment", source: "me", text: "x" }, context),
      );
      await project.transition(id, "closed");
      await project.read();
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
      Object.assign(process.env, saved);
    }
    expect(contentOf(fixture.repository.root, isTickets)).toEqual(before);
  });

  // P15
  test("nothing writes core.hooksPath, no git hook is installed", async () => {
    const project = await open();
    const id = await create(project);
    await project.transition(id, "closed");
    const configs = [
      join(fixture.repository.root, ".git"),
      fixture.paths.ticketStore,
      join(fixture.paths.ticketView, ".git"),
    ];
    for (const folder of configs) {
      expect(readFileSync(join(folder, "config"), "utf8")).not.toMatch(/hookspath/i);
      const hooks = join(folder, "hooks");
      const active = existsSync(hooks) ? readdirSync(hooks).filter((name) => !name.endsWith(".sample")) : [];
      expect(active).toEqual([]);
    }
  });

  test("a project of the shell version is not touched by anything but init", async () => {
    rmSync(fixture.paths.marker);
    rmSync(join(fixture.paths.ticketStore, ".git"));
    await expect(open()).rejects.toMatchObject({
      code: "NOT_A_PROJECT",
      message: expect.stringContaining("wiggum init"),
    });
  });

  // P12
  test("a newer format is refused", async () => {
    writeFileSync(fixture.paths.marker, '{"tool":"wiggum","schemaVersion":9}');
    await expect(open()).rejects.toMatchObject({ code: "PROJECT_FORMAT_NEWER" });
  });

  test("after `git clean -fdx` the tickets are there", async () => {
    const id = await create(await open());
    fixture.repository.git("clean", "-fdxq");
    expect((await (await open()).tickets.show(id)).ticket.id).toBe(id);
  });

  test("without a runner tickets work, agents are refused by name", async () => {
    const project = await open(fixture.repository.root, { runner: undefined });
    const id = await create(project);
    expect(await project.agents()).toEqual([]);
    await expect(project.spawn("worker", id)).rejects.toMatchObject({ code: "RUNNER_UNSUPPORTED" });
    expect((await project.tickets.show(id)).ticket.state).toBe("ready");
  });
});

test("post-hooks whose process was killed are run after a person's next look", async () => {
  const project = await open();
  const id = await create(project);
  const proof = join(fixture.repository.base, "ran");
  writeFileSync(join(fixture.paths.hooksDirectory, "on-claim"), `#!/bin/sh\necho once >>'${proof}'\n`, {
    mode: 0o755,
  });
  // Nobody is there to run it: the drain could not be started.
  const alone = await open(undefined, { wiggumCommand: ["/nowhere/wiggum"] });
  await alone.transition(id, "in-progress", { claimFor: "worker-0" });
  expect(existsSync(proof)).toBe(false);
  await project.read();
  await until(
    project,
    "the hook has run",
    async () => existsSync(proof) && (await project.hooks.pending()).length === 0,
  );
  expect(readFileSync(proof, "utf8")).toBe("once\n");
});

test("a moved project goes on where it is", async () => {
  const project = await open();
  const id = await create(project);
  await project.close();
  const moved = join(fixture.repository.base, "moved");
  renameSync(fixture.repository.root, moved);
  const there = await open(moved);
  await there.write(id, (context) =>
    there.tickets.addEvent(id, { kind: "comment", source: "me", text: "moved" }, context),
  );
  expect(readFileSync(join(moved, ".wiggum", "tickets", `${id}.md`), "utf8")).toContain("moved");
  expect(
    execFileSync("git", ["status", "--porcelain"], {
      cwd: join(moved, ".wiggum", "tickets"),
      encoding: "utf8",
    }),
  ).toBe("");
});
