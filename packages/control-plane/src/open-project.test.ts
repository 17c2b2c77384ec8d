import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProcessRunner } from "@wiggum/runner-process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { initProject } from "./init.js";
import { type OpenProjectOptions, openProject } from "./open-project.js";
import type { Project } from "./project.js";
import { type ProjectPaths, type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";
import { smallWiggumCommand } from "./testing/small-wiggum-command.js";
import { contentOf, type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;
const opened: Project[] = [];

beforeEach(async () => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
  await initProject({ cwd: repository.root, environment: repository.environment, agent: "true" });
});

afterEach(async () => {
  for (const project of opened.splice(0)) {
    for (const { facts } of await project.agents().catch(() => []))
      await project.kill(facts.agentId, { force: true });
    await project.close();
  }
  repository.remove();
});

async function open(folder = repository.root, options: OpenProjectOptions = {}): Promise<Project> {
  const project = await openProject(folder, {
    environment: repository.environment,
    runner: createProcessRunner(),
    wiggumCommand: smallWiggumCommand,
    ...options,
  });
  opened.push(project);
  return project;
}

async function create(project: Project, title = "A ticket"): Promise<string> {
  const record = await project.write(undefined, (context) => project.tickets.create({ title }, context));
  return record.ticket.id;
}

/** Waits until something is so; what it waits for is done by other processes. */
async function until(project: Project, what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 50_000;
  while (!(await isSo())) {
    if (performance.now() > end) {
      const log = join(paths.hookLogs, "drain.log");
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
      paths.configShell,
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
    expect(existsSync(join(paths.worktreesDirectory, "reviewer-0"))).toBe(false);
    expect(existsSync(join(paths.worktreesDirectory, "qa-0"))).toBe(false);
    const left = await project.branches.list();
    expect(left.map(({ branch }) => branch).filter((name) => /reviewer|qa/.test(name))).toEqual([]);

    expect(await project.branches.unmerged()).toEqual([id]);
    expect(await project.branches.merge(id)).toMatchObject({ status: "merged", into: "main" });
    expect(readFileSync(join(repository.root, `${id}.txt`), "utf8")).toBe("done by worker-0\n");
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    expect(readFileSync(join(paths.ticketView, `${id}.md`), "utf8")).toContain("state: done");
  }, 120_000);
});

describe("who asks", () => {
  // P7
  test("the root, a sub-directory and an agent's worktree answer from one store", async () => {
    const project = await open();
    const id = await create(project);
    const worktree = join(paths.worktreesDirectory, "mine");
    repository.git("worktree", "add", "-q", "-b", "mine", worktree);
    mkdirSync(join(repository.root, "deep", "er"), { recursive: true });
    for (const folder of [repository.root, join(repository.root, "deep", "er"), worktree, paths.ticketView]) {
      const { asOf, tickets } = await (await open(folder)).tickets.list();
      expect(tickets.map(({ ticket }) => ticket.id)).toEqual([id]);
      expect(asOf).toBe((await project.tickets.list()).asOf);
    }
  });

  // P19
  test("TICKETS_DIR and WIGGUM_DIR pick no store", async () => {
    const project = await open(repository.root, {
      environment: { ...repository.environment, TICKETS_DIR: "/nowhere", WIGGUM_DIR: "/nowhere" },
    });
    const id = await create(project);
    expect((await (await open()).tickets.show(id)).ticket.id).toBe(id);
  });

  // P8
  test("ticket commands change no ref, index or file of the code, not even from a git hook", async () => {
    const environment = {
      ...repository.environment,
      GIT_DIR: join(repository.root, ".git"),
      GIT_WORK_TREE: repository.root,
      GIT_INDEX_FILE: join(repository.root, ".git", "index"),
    };
    const isTickets = (path: string) => path.startsWith(".wiggum/");
    const before = contentOf(repository.root, isTickets);
    const saved = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const project = await open(repository.root, { environment });
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
    expect(contentOf(repository.root, isTickets)).toEqual(before);
  });

  // P15
  test("nothing writes core.hooksPath, no git hook is installed", async () => {
    const project = await open();
    const id = await create(project);
    await project.transition(id, "closed");
    const configs = [join(repository.root, ".git"), paths.ticketStore, join(paths.ticketView, ".git")];
    for (const folder of configs) {
      expect(readFileSync(join(folder, "config"), "utf8")).not.toMatch(/hookspath/i);
      const hooks = join(folder, "hooks");
      const active = existsSync(hooks) ? readdirSync(hooks).filter((name) => !name.endsWith(".sample")) : [];
      expect(active).toEqual([]);
    }
  });

  test("a project of the shell version is not touched by anything but init", async () => {
    rmSync(paths.marker);
    rmSync(join(paths.ticketStore, ".git"));
    await expect(open()).rejects.toMatchObject({
      code: "NOT_A_PROJECT",
      message: expect.stringContaining("wiggum init"),
    });
  });

  // P12
  test("a newer format is refused", async () => {
    writeFileSync(paths.marker, '{"tool":"wiggum","schemaVersion":9}');
    await expect(open()).rejects.toMatchObject({ code: "PROJECT_FORMAT_NEWER" });
  });

  test("after `git clean -fdx` the tickets are there", async () => {
    const id = await create(await open());
    repository.git("clean", "-fdxq");
    expect((await (await open()).tickets.show(id)).ticket.id).toBe(id);
  });

  test("without a runner tickets work, agents are refused by name", async () => {
    const project = await open(repository.root, { runner: undefined });
    const id = await create(project);
    expect(await project.agents()).toEqual([]);
    await expect(project.spawn("worker", id)).rejects.toMatchObject({ code: "RUNNER_UNSUPPORTED" });
    expect((await project.tickets.show(id)).ticket.state).toBe("ready");
  });
});

describe("what others changed", () => {
  /** Two people with a view each would be two callers; here an agent and a person are. */
  async function twoCallers(onChange = "target") {
    const person = await open();
    const id = await create(person);
    const worktree = join(paths.worktreesDirectory, "supervised");
    repository.git("worktree", "add", "-q", "-b", "supervised", worktree);
    const own = worktreePaths(worktree);
    mkdirSync(own.controlDirectory, { recursive: true });
    await person.tickets.backend.views?.create(own.ticketView, "shared");
    writeFileSync(
      own.agentFile,
      JSON.stringify({
        agentId: "worker-9",
        role: "worker",
        generation: 1,
        ticketId: id,
        epoch: 0,
        isSupervised: false,
      }),
    );
    const lines: string[] = [];
    const agent = await open(worktree, {
      environment: { ...repository.environment, WIGGUM_ON_CHANGE: onChange },
      notify: (line) => lines.push(line),
    });
    await agent.read();
    return { person, agent, id, lines };
  }

  const comment = (project: Project, id: string, text: string) =>
    project.write(id, (context) =>
      project.tickets.addEvent(id, { kind: "comment", source: "x", text }, context),
    );

  test("a change of the target returns early and is shown; the same command again goes through", async () => {
    const { person, agent, id } = await twoCallers();
    await person.write(id, (context) =>
      person.tickets.update(id, (ticket) => ({ ...ticket, priority: 0 }), context),
    );
    await comment(person, id, "look at this");
    const before = (await person.tickets.show(id)).revision;
    const error = await comment(agent, id, "mine").catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "TICKET_CHANGED",
      data: {
        id,
        changes: expect.arrayContaining([
          expect.objectContaining({ field: "priority", before: 2, after: 0, by: "manual" }),
        ]),
      },
    });
    expect((await person.tickets.show(id)).revision).toBe(before);
    // The agent's file shows what it was told of.
    expect(readFileSync(join(agent.caller.viewFolder, `${id}.md`), "utf8")).toContain("look at this");
    await comment(agent, id, "mine");
    expect((await person.tickets.show(id)).ticket.body).toContain("mine");
  });

  test("a change of another ticket is one line, and nothing more", async () => {
    const { person, agent, id, lines } = await twoCallers();
    const other = await create(person, "Another");
    await comment(agent, id, "mine");
    expect(lines.filter((line) => line.includes(other))).toHaveLength(1);
    lines.splice(0);
    await comment(agent, id, "again");
    expect(lines).toEqual([]);
  });

  test("policy any: every change of others returns early; policy none: no change does", async () => {
    const any = await twoCallers("any");
    const other = await create(any.person, "Another");
    await expect(comment(any.agent, any.id, "mine")).rejects.toMatchObject({
      code: "TICKET_CHANGED",
      data: { id: other },
    });
    await comment(any.agent, any.id, "mine");
    const none = await open(any.agent.caller.contextRoot, {
      environment: { ...repository.environment, WIGGUM_ON_CHANGE: "none" },
    });
    await any.person.read();
    await comment(any.person, any.id, "later");
    await comment(none, any.id, "goes through");
  });

  test("reading tells it, and then it is known", async () => {
    const { person, agent, id } = await twoCallers();
    await comment(person, id, "news");
    const lines = await agent.read();
    expect(lines).toHaveLength(1);
    for (const word of [id, "news", "manual"]) expect(lines[0]).toContain(word);
    expect(await agent.read()).toEqual([]);
    await comment(agent, id, "mine");
  });

  test("something changed and changed back is no change; one's own writes are none either", async () => {
    const { person, agent, id } = await twoCallers();
    const setPriority = (priority: number) =>
      person.write(id, (context) =>
        person.tickets.update(id, (ticket) => ({ ...ticket, priority }), context),
      );
    await setPriority(0);
    await setPriority(2);
    await comment(agent, id, "one");
    await comment(agent, id, "two");
  });

  test("a hook writes past it, and moves nobody's mark", async () => {
    const { person, agent, id } = await twoCallers();
    await comment(agent, id, "news for the person");
    const hook = await open(repository.root, {
      environment: { ...repository.environment, WIGGUM_HOOK_DEPTH: "1", WIGGUM_HOOK_NAME: "on-test" },
    });
    await comment(hook, id, "from a hook");
    await hook.read();
    const lines = (await person.read()).join();
    expect(lines).toContain(id);
  });
});

describe("edits of files", () => {
  const file = (id: string) => join(paths.ticketView, `${id}.md`);
  const edit = (id: string, change: (text: string) => string) =>
    writeFileSync(file(id), change(readFileSync(file(id), "utf8")));

  test("a person's edit is submitted with every byte, and merged by field with what others did", async () => {
    const project = await open();
    const id = await create(project);
    edit(id, (text) => text.replace("priority: 2", "priority: 0   # urgent"));
    const other = await open(repository.root, { isSupervisor: true });
    await other.tickets.update(id, (ticket) => ({ ...ticket, labels: ["theirs"] }), other.writeContext());
    const report = await project.syncView({ direction: "both" });
    expect(report).toMatchObject({ submitted: [{ id }], refused: [], waiting: [] });
    const { ticket, text } = await project.tickets.show(id);
    expect(ticket).toMatchObject({ priority: 0, labels: ["theirs"] });
    expect(text).toContain("priority: 0   # urgent\n");
    expect(readFileSync(file(id), "utf8")).toBe(text);
    expect(await project.syncView({ direction: "both" })).toMatchObject({
      submitted: [],
      refused: [],
      waiting: [],
    });
  });

  test("a change of state goes the guarded way: before-hooks run, a refused one stays and is named", async () => {
    const project = await open();
    const id = await create(project);
    await project.transition(id, "in-progress", { claimFor: "worker-0" });
    writeFileSync(join(paths.hooksDirectory, "pre-review"), '#!/bin/sh\necho "not yet"\nexit 1\n', {
      mode: 0o755,
    });
    edit(id, (text) => text.replace("state: in-progress", "state: review"));
    const refused = await project.syncView({ direction: "both" });
    expect(refused).toMatchObject({ submitted: [], refused: [{ id, path: file(id), code: "HOOK_BLOCKED" }] });
    expect((await project.tickets.show(id)).ticket.state).toBe("in-progress");
    expect(readFileSync(file(id), "utf8")).toContain("state: review");
    writeFileSync(join(paths.hooksDirectory, "pre-review"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    expect(await project.syncView({ direction: "push" })).toMatchObject({
      submitted: [{ id, transition: { from: "in-progress", to: "review" } }],
    });
    expect((await project.tickets.show(id)).ticket.state).toBe("review");
  });

  test("an illegal state, another id and broken front matter are refused one by one; the good one goes through", async () => {
    const project = await open();
    const [illegal = "", renamed = "", broken = "", good = ""] = await Promise.all(
      ["a", "b", "c", "d"].map((title) => create(project, title)),
    );
    edit(illegal, (text) => text.replace("state: ready", "state: done"));
    edit(renamed, (text) => text.replace(renamed, "tk-ffff"));
    edit(broken, (text) => text.replace("priority: 2", "priority: 2\npriority: 3"));
    edit(good, (text) => text.replace("# d", "# better"));
    const report = await project.syncView({ direction: "both" });
    expect(report.submitted).toEqual([{ id: good }]);
    const codes = Object.fromEntries(report.refused.map(({ id, code }) => [id, code]));
    expect(codes).toEqual({
      [illegal]: "TRANSITION_NOT_ALLOWED",
      [renamed]: "TICKET_UNREADABLE",
      [broken]: "TICKET_UNREADABLE",
    });
    for (const id of [illegal, renamed, broken])
      expect((await project.tickets.show(id)).ticket.state).toBe("ready");
    expect(readFileSync(file(broken), "utf8")).toContain("priority: 3");
  });

  test("two who changed the same field differently: refused with both, nothing lost", async () => {
    const project = await open();
    const id = await create(project);
    edit(id, (text) => text.replace("# A ticket", "# Mine"));
    const other = await open(repository.root, { isSupervisor: true });
    await other.tickets.update(id, (ticket) => ({ ...ticket, title: "Theirs" }), other.writeContext());
    expect((await project.syncView({ direction: "both" })).refused).toMatchObject([
      { id, code: "FIELD_CONFLICT" },
    ]);
    expect(readFileSync(file(id), "utf8")).toContain("# Mine");
    expect((await project.tickets.show(id)).ticket.title).toBe("Theirs");
  });

  test("pull brings news and leaves edits; dry run writes nothing", async () => {
    const project = await open();
    const [one = "", two = ""] = [await create(project, "one"), await create(project, "two")];
    edit(one, (text) => text.replace("# one", "# edited"));
    const other = await open(repository.root, { isSupervisor: true });
    await other.tickets.update(two, (ticket) => ({ ...ticket, priority: 1 }), other.writeContext());
    const before = readFileSync(file(two), "utf8");
    expect(await project.syncView({ direction: "both", isDryRun: true })).toMatchObject({
      pulled: [],
      submitted: [],
      waiting: [{ id: one, path: file(one) }],
    });
    expect(readFileSync(file(two), "utf8")).toBe(before);
    expect(await project.syncView({ direction: "pull" })).toMatchObject({
      pulled: [two],
      waiting: [{ id: one }],
    });
    expect((await project.tickets.show(one)).ticket.title).toBe("one");
  });

  test("--no-sync: only the file changes until sync; a new ticket, too, and one that depends on it", async () => {
    const project = await open();
    const id = await create(project);
    await project.writeViewOnly(id, (ticket) => ({ ...ticket, priority: 1 }));
    const { id: created, path } = await project.createViewOnly({ title: "Made offline" });
    expect(created).toMatch(/^tk-[0-9a-f]{8}$/);
    expect(readFileSync(path, "utf8")).toContain("# Made offline");
    await project.writeViewOnly(created, (ticket) => ({ ...ticket, priority: 3 }));
    expect((await project.tickets.list()).tickets.map(({ ticket }) => [ticket.id, ticket.priority])).toEqual([
      [id, 2],
    ]);
    const report = await project.syncView({ direction: "both" });
    expect(report.refused).toEqual([]);
    const stored = new Map(
      (await project.tickets.list()).tickets.map(({ ticket }) => [ticket.id, ticket.priority]),
    );
    expect(stored).toEqual(
      new Map([
        [id, 1],
        [created, 3],
      ]),
    );
  });

  test("an editor works on a copy: what others wrote meanwhile is kept", async () => {
    const project = await open();
    const id = await create(project);
    const { path } = await project.editableFile(id);
    const comment = { kind: "comment", source: "other", text: "meanwhile" } as const;
    await project.write(id, (context) => project.tickets.addEvent(id, comment, context));
    writeFileSync(path, readFileSync(path, "utf8").replace("# A ticket", "# Edited"));
    const report = await project.syncView({ direction: "both", ids: [id], subject: "Ticket update" });
    expect(report).toMatchObject({ submitted: [{ id }], refused: [] });
    const { ticket } = await project.tickets.show(id);
    expect(ticket.title).toBe("Edited");
    expect(ticket.body).toContain("meanwhile");
    expect(existsSync(path)).toBe(false);
  });

  test("an edit that was refused is opened again as it was left", async () => {
    const project = await open();
    const id = await create(project);
    const { path } = await project.editableFile(id);
    writeFileSync(path, readFileSync(path, "utf8").replace("state: ready", "state: nonsense"));
    expect((await project.syncView({ direction: "both", ids: [id] })).refused).toMatchObject([{ id, path }]);
    const again = await (await open()).editableFile(id);
    expect(readFileSync(again.path, "utf8")).toContain("state: nonsense");
    writeFileSync(again.path, readFileSync(again.path, "utf8").replace("state: nonsense", "state: closed"));
    expect((await project.syncView({ direction: "both", ids: [id] })).submitted).toEqual([
      { id, transition: { from: "ready", to: "closed" } },
    ]);
  });

  test("an editor that changed nothing submits nothing", async () => {
    const project = await open();
    const id = await create(project);
    const { path } = await project.editableFile(id);
    const { revision } = await project.tickets.show(id);
    expect(await project.syncView({ direction: "both", ids: [id] })).toMatchObject({
      submitted: [],
      refused: [],
    });
    expect((await project.tickets.show(id)).revision).toBe(revision);
    expect(existsSync(path)).toBe(false);
  });
});

test("a moved project goes on where it is", async () => {
  const project = await open();
  const id = await create(project);
  await project.close();
  opened.splice(0);
  const moved = join(repository.base, "moved");
  renameSync(repository.root, moved);
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
