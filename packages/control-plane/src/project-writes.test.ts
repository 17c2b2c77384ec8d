import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OpenProjectOptions } from "./open-project.js";
import type { Project } from "./project.js";
import { worktreePaths } from "./project-paths.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture();
});

afterEach(() => fixture.remove());

const open = (folder?: string, options?: OpenProjectOptions) => fixture.open(folder, options);
const create = (project: Project, title?: string) => fixture.create(project, title);

/** Two people with a view each would be two callers; here an agent and a person are. */
async function twoCallers(onChange = "target") {
  const person = await open();
  const id = await create(person);
  const worktree = join(fixture.paths.worktreesDirectory, "supervised");
  fixture.repository.git("worktree", "add", "-q", "-b", "supervised", worktree);
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
    environment: { ...fixture.repository.environment, WIGGUM_ON_CHANGE: onChange },
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
    environment: { ...fixture.repository.environment, WIGGUM_ON_CHANGE: "none" },
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
    person.write(id, (context) => person.tickets.update(id, (ticket) => ({ ...ticket, priority }), context));
  await setPriority(0);
  await setPriority(2);
  await comment(agent, id, "one");
  await comment(agent, id, "two");
});

test("a hook writes past it, and moves nobody's mark", async () => {
  const { person, agent, id } = await twoCallers();
  await comment(agent, id, "news for the person");
  const hook = await open(fixture.repository.root, {
    environment: { ...fixture.repository.environment, WIGGUM_HOOK_DEPTH: "1", WIGGUM_HOOK_NAME: "on-test" },
  });
  await comment(hook, id, "from a hook");
  await hook.read();
  const lines = (await person.read()).join();
  expect(lines).toContain(id);
});

test("no operation is looked up that was made up for this very write; one that the caller names is", async () => {
  const project = await open();
  const asked = vi.spyOn(project.tickets.backend, "outcome");
  const id = await create(project);
  await comment(project, id, "one");
  await project.transition(id, "in-progress", { claimFor: "worker-0" });
  expect(asked).not.toHaveBeenCalled();
  await project.transition(id, "review", { operationId: "01NAMED" });
  expect(asked).toHaveBeenCalledWith("01NAMED");
});

test("a write in a hook that is run again has one effect", async () => {
  const id = await create(await open());
  const folder = join(fixture.repository.base, "writes");
  const environment = {
    ...fixture.repository.environment,
    WIGGUM_HOOK_DEPTH: "1",
    WIGGUM_HOOK_NAME: "on-test",
    WIGGUM_EVENT_ID: "event",
    WIGGUM_HOOK_WRITES: folder,
  };
  for (let run = 0; run < 2; run++) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    await comment(await open(fixture.repository.root, { environment }), id, "from a hook");
  }
  const { ticket } = await (await open()).tickets.show(id);
  expect(ticket.body.split("from a hook")).toHaveLength(2);
});

test("a view that cannot be written is one line, and reading goes on", async () => {
  const { person, agent, id } = await twoCallers();
  await comment(person, id, "news");
  // A file in the place of the view's folder of its own: neither lock nor mark can be written.
  const own = join(agent.caller.viewFolder, ".git", "wiggum");
  rmSync(own, { recursive: true });
  writeFileSync(own, "");
  const lines = await agent.read();
  expect(lines[0]).toContain("The view could not be brought up to date: ");
  expect((await agent.tickets.show(id)).ticket.body).toContain("news");
  rmSync(own);
  expect((await agent.read()).join()).not.toContain("could not be brought up to date");
});
