// Flags one by one: what each of them does, by the built command. The table in docs/contract.md points here.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
  const types = JSON.parse(repository.read(".wiggum/ticket_types.json"));
  types.types.task.transitions.push({ from: "closed", to: "ready", name: "reopen" });
  types.types.task.fields = { reviewer: { kind: "string", description: "Who is to read it" } };
  repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
});
afterAll(() => repository.remove());

type Shown = Readonly<Record<string, unknown>>;
const create = (title: string) => repository.succeed(["ticket", "create", title]);
const show = (id: string) => repository.json<Shown>(["ticket", "show", id]);
const revision = () => repository.git("-C", ".wiggum/tickets.git", "rev-parse", "main");

test("ticket create: every flag reaches the ticket", async () => {
  const base = await create("Base");
  const id = await repository.succeed([
    "ticket",
    "create",
    "All of them",
    "--type",
    "feature",
    "--priority",
    "0",
    "--dep",
    base,
    "--description",
    "What it is about",
    "--acceptance-test",
    "it works",
    "--acceptance-test",
    "it is quick",
    "--parent",
    base,
    "--label",
    "one",
    "--risk",
    "data-loss",
    "--readiness",
    "draft",
    "--needs-preflight",
    "--reference",
    "url:https://example.org/",
    "--field",
    "reviewer=Ada",
    "--operation-id",
    "01JCREATE",
  ]);
  expect(await show(id)).toMatchObject({
    type: "feature",
    priority: 0,
    dependsOn: [base],
    parent: base,
    labels: ["one"],
    riskFlags: ["data-loss"],
    readiness: "draft",
    needsPreflight: true,
    references: [{ kind: "url", target: "https://example.org/" }],
    fields: { reviewer: "Ada" },
  });
  const text = await repository.succeed(["ticket", "show", id]);
  expect(text).toContain("\n## Description\n\nWhat it is about\n");
  expect(text).toContain("\n- [ ] it works\n- [ ] it is quick\n");
  expect(text).not.toContain("[Add ");
  expect(await repository.succeed(["ticket", "outcome", "01JCREATE"])).toBe("committed");
});

test("ticket create --no-sync: a file in the ticket folder, submitted by sync", async () => {
  const before = revision();
  const id = await repository.succeed(["ticket", "create", "Later", "--no-sync"]);
  expect(revision()).toBe(before);
  expect(existsSync(join(repository.root, `.wiggum/tickets/${id}.md`))).toBe(true);
  await repository.succeed(["ticket", "sync"]);
  expect(revision()).not.toBe(before);
  expect(await show(id)).toMatchObject({ title: "Later" });
});

test("start: the flags of a new ticket and those of its agent", async () => {
  const base = await create("Base of a start");
  repository.write(
    ".wiggum/prompts/scout.md",
    "---\nstates: [ready, in-progress]\n---\nScout {TICKET_ID}.\n",
  );
  repository.write("own-prompt.md", "My own words for {TICKET_ID}.\n");
  const [id = "", agent = ""] = (
    await repository.succeed([
      "start",
      "Started with everything",
      "--type",
      "chore",
      "--priority",
      "1",
      "--description",
      "Look around",
      "--acceptance-test",
      "seen",
      "--parent",
      base,
      "--label",
      "one",
      "--risk",
      "none-known",
      "--readiness",
      "draft",
      "--reference",
      "file:README.md",
      "--field",
      "reviewer=Ada",
      "--operation-id",
      "01JSTART",
      "--role",
      "worker",
      "--prompt",
      "own-prompt.md",
      "--force",
      "--runner",
      "process",
    ])
  ).split("\n");
  expect(agent).toMatch(/^worker-\d+$/);
  expect(await show(id)).toMatchObject({
    type: "chore",
    priority: 1,
    parent: base,
    labels: ["one"],
    riskFlags: ["none-known"],
    readiness: "draft",
    references: [{ kind: "file", target: "README.md" }],
    fields: { reviewer: "Ada" },
    state: "in-progress",
    assignedAgentId: agent,
  });
  expect(await repository.succeed(["ticket", "outcome", "01JSTART"])).toBe("committed");
  expect(repository.read(`worktrees/${agent}/.wiggum/current_prompt.md`)).toContain(
    `My own words for ${id}.`,
  );
  await repository.succeed(["kill", agent, "--force"]);
});

test("start --dep: a ticket that has to wait is filed, and nobody is started", async () => {
  const base = await create("Not done");
  const waits = await repository.wiggum(["start", "Waits for another", "--dep", base]);
  expect(waits.exitCode).toBe(6);
  expect(waits.stdout).toMatch(/^tk-[0-9a-f]{4}\n$/);
  expect(waits.stderr).toContain(base);
});

test("start --needs-preflight: a person who starts it by hand has looked", async () => {
  const [id = "", agent = ""] = (
    await repository.succeed(["start", "To be checked", "--needs-preflight"])
  ).split("\n");
  expect(await show(id)).toMatchObject({ needsPreflight: true, assignedAgentId: agent });
  await repository.succeed(["kill", agent, "--release", "--force"]);
  await repository.succeed(["ticket", "close", id]);
});

test("kill --release-ticket, the original's word for --release", async () => {
  const id = await create("Released by the long word");
  const agent = await repository.succeed(["spawn", "worker", id]);
  await repository.succeed(["kill", agent, "--release-ticket", "--force"]);
  const shown = await show(id);
  expect(shown["state"]).toBe("ready");
  expect(shown["assignedAgentId"]).toBeUndefined();
});

test("ticket list: filters by label, agent, parent and what waits for a person", async () => {
  const parent = await create("Parent");
  const child = await repository.succeed([
    "ticket",
    "create",
    "Child",
    "--label",
    "blue",
    "--parent",
    parent,
  ]);
  await repository.succeed(["ticket", "assign", child, "worker-77"]);
  const ids = async (typed: readonly string[]) =>
    (await repository.json<{ tickets: { id: string }[] }>(typed)).tickets.map(({ id }) => id);
  expect(await ids(["ticket", "list", "--label", "blue"])).toEqual([child]);
  expect(await ids(["ticket", "list", "--assignee", "worker-77"])).toEqual([child]);
  expect(await ids(["ticket", "list", "--parent", parent])).toEqual([child]);
  expect(await ids(["ticket", "list", "--action-required"])).toEqual([]);
  await repository.succeed(["ticket", "action", "require", child, "Which blue?"]);
  expect(await ids(["ticket", "list", "--action-required"])).toEqual([child]);
});

test("ticket edit: title, parent and labels by flags", async () => {
  const parent = await create("Another parent");
  const id = await create("Old title");
  await repository.succeed([
    "ticket",
    "edit",
    id,
    "--title",
    "New title",
    "--parent",
    parent,
    "--add-label",
    "a",
  ]);
  expect(await show(id)).toMatchObject({ title: "New title", parent, labels: ["a"] });
  await repository.succeed(["ticket", "edit", id, "--parent", "", "--remove-label", "a", "--add-label", "b"]);
  const shown = await show(id);
  expect(shown["labels"]).toEqual(["b"]);
  expect(shown["parent"]).toBeUndefined();
});

test("feedback and comment: --no-sync writes the file alone, --stdin takes the words from there", async () => {
  const id = await create("Spoken of");
  const before = revision();
  await repository.succeed(["ticket", "feedback", id, "me", "for the file", "--no-sync"]);
  await repository.succeed(["ticket", "comment", id, "me", "for the file, too", "--no-sync"]);
  expect(revision()).toBe(before);
  expect(repository.read(`.wiggum/tickets/${id}.md`)).toMatch(
    /for the file, too\n[\s\S]*for the file\n|for the file\n[\s\S]*for the file, too\n/,
  );
  await repository.succeed(["ticket", "sync"]);
  await repository.succeed(["ticket", "feedback", id, "me", "--stdin"], {
    input: "from there\n--- and more\n",
  });
  expect(await repository.succeed(["ticket", "show", id])).toMatch(/\nfrom there\n--- and more$/);
});

test("ticket unassign --no-sync: the file alone", async () => {
  const id = await create("Held for a while");
  await repository.succeed(["ticket", "assign", id, "worker-5"]);
  await repository.succeed(["ticket", "unassign", id, "--no-sync"]);
  expect(repository.read(`.wiggum/tickets/${id}.md`)).toMatch(/^assigned_agent_id:$/m);
  expect(repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)).toContain("worker-5");
  await repository.succeed(["ticket", "sync"]);
});

test("--no-hooks skips the hooks of a claim and of a way back, --source says whose words they are", async () => {
  repository.write(".wiggum/hooks/on-claim", '#!/bin/sh\necho "$1" >> claimed.log\n', 0o755);
  const id = await create("Without hooks");
  // So that the run below starts somebody, whatever other tests have left.
  await create("With hooks");
  await repository.succeed(["ticket", "claim", id, "worker-8", "--no-hooks"]);
  expect(await show(id)).toMatchObject({ state: "in-progress", assignedAgentId: "worker-8" });
  await repository.succeed(["run", "--once", "--runner", "process"]);
  // Other tickets of this file may have been claimed with their hooks.
  const claimed = join(repository.root, "claimed.log");
  expect(existsSync(claimed) ? readFileSync(claimed, "utf8") : "").not.toContain(id);
  await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
  await repository.succeed(["ticket", "approve", id, "Looks right", "--source", "Ada", "--no-hooks"]);
  await repository.succeed(["ticket", "reject", id, "It is not", "--source", "Bob", "--no-hooks"]);
  const other = await create("Closed and opened");
  await repository.succeed(["ticket", "close", other, "Not now", "--source", "Eve"]);
  await repository.succeed(["ticket", "reopen", other, "Now", "--source", "Eve", "--no-hooks"]);
  const text = async (ticket: string) =>
    (await repository.succeed(["ticket", "show", ticket])).replaceAll(/\n<!--.*-->\n/g, "\n");
  expect(await text(id)).toMatch(/\n### From Ada \(.*\)\n\nLooks right\n/);
  expect(await text(id)).toMatch(/\n### From Bob \(.*\)\n\nIt is not(?:\n|$)/);
  expect(await text(other)).toMatch(
    /\n### From Eve \(.*\)\n\nNot now\n[\s\S]*\n### From Eve \(.*\)\n\nNow(?:\n|$)/,
  );
  for (const { agentId } of await repository.json<{ agentId: string }[]>(["list"]))
    await repository.succeed(["kill", agentId, "--release", "--force"]);
});

describe("--operation-id: the same id again has no second effect, and can be asked about", () => {
  /** The words of a write for a ticket of its own; `before` brings the ticket there. */
  const writes: Readonly<Record<string, (id: string, other: string) => readonly string[]>> = {
    claim: (id) => ["ticket", "claim", id, "worker-9", "--operation-id", "OP"],
    assign: (id) => ["ticket", "assign", id, "worker-9", "--operation-id", "OP"],
    unassign: (id) => ["ticket", "unassign", id, "--operation-id", "OP"],
    release: (id) => ["ticket", "release", id, "--operation-id", "OP"],
    feedback: (id) => ["ticket", "feedback", id, "me", "once", "--operation-id", "OP"],
    comment: (id) => ["ticket", "comment", id, "me", "once", "--operation-id", "OP"],
    close: (id) => ["ticket", "close", id, "once", "--operation-id", "OP"],
    edit: (id) => ["ticket", "edit", id, "--priority", "4", "--operation-id", "OP"],
    "dep add": (id, other) => ["ticket", "dep", "add", id, other, "--operation-id", "OP"],
    "dep remove": (id, other) => ["ticket", "dep", "remove", id, other, "--operation-id", "OP"],
    "criterion add": (id) => ["ticket", "criterion", "add", id, "once", "--operation-id", "OP"],
    "criterion tick": (id) => ["ticket", "criterion", "tick", id, "1", "--operation-id", "OP"],
    "criterion untick": (id) => ["ticket", "criterion", "untick", id, "1", "--operation-id", "OP"],
    "action require": (id) => ["ticket", "action", "require", id, "once?", "--operation-id", "OP"],
    "action clear": (id) => ["ticket", "action", "clear", id, "--operation-id", "OP"],
    approve: (id) => ["ticket", "approve", id, "once", "--no-hooks", "--operation-id", "OP"],
    reject: (id) => ["ticket", "reject", id, "once", "--no-hooks", "--operation-id", "OP"],
    reopen: (id) => ["ticket", "reopen", id, "once", "--no-hooks", "--operation-id", "OP"],
    transition: (id) => ["ticket", "transition", id, "closed", "--operation-id", "OP"],
  };
  const before: Readonly<Record<string, (id: string, other: string) => Promise<unknown>>> = {
    unassign: (id) => repository.succeed(["ticket", "assign", id, "worker-9"]),
    release: (id) => repository.succeed(["ticket", "claim", id, "worker-9", "--no-hooks"]),
    "dep remove": (id, other) => repository.succeed(["ticket", "dep", "add", id, other]),
    "criterion untick": (id) => repository.succeed(["ticket", "criterion", "tick", id, "1"]),
    "action clear": (id) => repository.succeed(["ticket", "action", "require", id, "Sure?"]),
    approve: (id) => toReview(id),
    reject: (id) => toReview(id),
    reopen: (id) => repository.succeed(["ticket", "close", id]),
  };
  async function toReview(id: string): Promise<void> {
    await repository.succeed(["ticket", "claim", id, "worker-9", "--no-hooks"]);
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
  }

  test.each(Object.entries(writes))("ticket %s", async (name, words) => {
    const other = await create("Beside it");
    const id = await repository.succeed(["ticket", "create", "Written once", "--acceptance-test", "first"]);
    await before[name]?.(id, other);
    const operation = `01J${name.replace(" ", "").toUpperCase()}`;
    const typed = words(id, other).map((word) => (word === "OP" ? operation : word));
    expect((await repository.wiggum(typed)).exitCode).toBe(0);
    const after = revision();
    await repository.wiggum(typed);
    expect(revision()).toBe(after);
    expect(await repository.succeed(["ticket", "outcome", operation])).toBe("committed");
  });
});

test("branch merge --send-back gives work that no longer merges back to its worker", async () => {
  const id = await create("Conflicts later");
  const worker = await repository.succeed(["spawn", "worker", id]);
  const inWorktree = (...inputs: string[]) =>
    repository.git("-C", join(repository.root, "worktrees", worker), ...inputs);
  repository.write(`worktrees/${worker}/same.txt`, "theirs\n");
  inWorktree("add", "same.txt");
  inWorktree("commit", "-qm", "Theirs");
  const cwd = join(repository.root, "worktrees", worker);
  await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"], { cwd });
  await repository.succeed(["ticket", "transition", id, "done", "--no-hooks"], {
    environment: { WIGGUM_ON_CHANGE: "none" },
  });
  repository.write("same.txt", "ours\n");
  repository.git("add", "same.txt");
  repository.git("commit", "-qm", "Ours");
  const refused = await repository.wiggum(["branch", "merge", id]);
  expect(refused.exitCode).toBe(7);
  expect(refused.stderr).toContain(`wiggum branch merge ${id} --send-back`);
  const sent = await repository.wiggum(["branch", "merge", id, "--send-back"]);
  expect(sent.stderr).toContain(`[ok] feature/${id}: sent back to in-progress`);
  expect(await show(id)).toMatchObject({ state: "in-progress", assignedAgentId: worker });
  await repository.succeed(["kill", worker, "--force"]);
});
