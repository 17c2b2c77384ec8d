import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SupervisorEvent } from "@wiggum/workflow";
import { afterEach, expect, test } from "vitest";
import { oneLine } from "./one-line.js";
import { explainSupervision, superviseProject } from "./supervise-project.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";
import { newUlid } from "./ulid.js";

let fixture: ProjectFixture | undefined;
afterEach(async () => {
  await fixture?.remove();
  fixture = undefined;
});

async function withAgent(agent: string) {
  fixture = await projectFixture(agent);
  const project = await fixture.open(undefined, { isSupervisor: true });
  const id = await fixture.create(project);
  return { project, id };
}

test("an agent command that is not there ends the run with its error in every mode", async () => {
  const { project, id } = await withAgent("nosuchagent");
  for (const mode of ["once", "until-done", "forever"] as const) {
    await expect(
      superviseProject(project, { mode, report: () => undefined, signal: AbortSignal.timeout(20_000) }),
    ).rejects.toMatchObject({ code: "AGENT_COMMAND_MISSING" });
  }
  expect((await project.tickets.show(id)).ticket).toMatchObject({ state: "ready" });
}, 60_000);

test("agents that end at once: tried with pauses, then a person is told how often and why", async () => {
  const { project, id } = await withAgent("sh -c 'echo no; echo network; exit 1'");
  const events: SupervisorEvent[] = [];
  const result = await superviseProject(project, {
    mode: "until-done",
    pollIntervalMs: 300,
    report: (event) => events.push(event),
    signal: AbortSignal.timeout(50_000),
  });
  expect(result).toMatchObject({ isFinished: true, stuck: [{ ticketId: id }] });
  const { ticket } = await project.tickets.show(id);
  expect(ticket.state).toBe("ready");
  expect(ticket.actionRequired?.reason).toMatch(
    /^3 attempts of a worker ended without moving it out of ready; the last one: .*spawn failed.* no network/,
  );
  // Each event is a line for people; what the agent printed is several.
  expect(events.flatMap((event) => ("reason" in event ? [event.reason] : []))).toContainEqual(
    expect.stringMatching(/^[^\n]+ no network$/),
  );
  expect(events.filter(({ kind }) => kind === "failed").length).toBeLessThan(6);
}, 60_000);

// P30
test("a supervisor that is started again counts and waits on, where no agent was ever started", async () => {
  const { project, id } = await withAgent("true");
  // Refused before there is a session: only the attempt itself tells of it.
  const prompt = join(project.paths.promptsDirectory, "worker.md");
  writeFileSync(prompt, "---\nneeds: [structuredState]\n---\nWork.\n");
  const events: SupervisorEvent[] = [];
  const once = { mode: "once", report: (event: SupervisorEvent) => void events.push(event) } as const;
  await superviseProject(project, once);
  expect(events).toContainEqual(expect.objectContaining({ kind: "failed" }));
  const again = await fixture?.open(undefined, { isSupervisor: true });
  if (again === undefined) throw new Error("no project");
  const delayed = {
    ticketId: id,
    role: "worker",
    failures: 1,
    reason: expect.stringContaining("structuredState"),
  };
  expect(await explainSupervision(again)).toMatchObject({
    actions: [],
    delayed: [delayed],
    isFinished: false,
  });
  expect(await again.registry.failedSpawns()).toMatchObject([
    { ticketId: id, role: "worker", state: "ready" },
  ]);
  // Three in all, whoever tried, and then a person is asked.
  const options = { report: () => undefined, pollIntervalMs: 100, signal: AbortSignal.timeout(50_000) };
  for (let starts = 0; starts < 2; starts++) {
    await superviseProject(again, { ...options, mode: starts === 0 ? "once" : "until-done" });
  }
  const { ticket } = await again.tickets.show(id);
  expect(ticket.actionRequired?.reason).toMatch(/^3 attempts of a worker ended .*structuredState/);
}, 60_000);

// P24
test("a run drops salvage points whose 30 days are over and says so; a look at what it would do drops none", async () => {
  const { project } = await withAgent("true");
  const old = "refs/wiggum/salvage/worker-7/01H00000000000000000000000";
  const young = `refs/wiggum/salvage/worker-7/${newUlid()}`;
  for (const ref of [old, young]) fixture?.repository.git("update-ref", ref, "HEAD");
  const kept = () => fixture?.repository.git("for-each-ref", "--format=%(refname)", "refs/wiggum/").trim();
  await explainSupervision(project);
  expect(kept()).toBe([old, young].join("\n"));
  const events: SupervisorEvent[] = [];
  await superviseProject(project, { mode: "once", report: (event) => void events.push(event) });
  expect(kept()).toBe(young);
  expect(JSON.stringify(events)).toContain("worker-7/01H00000000000000000000000 was kept for 30 days");
}, 60_000);

test("a hand-in that no drain has read yet is left to its hook, not taken for a stage without an agent", async () => {
  const { project, id } = await withAgent("true");
  await project.hooks.drain();
  const context = { actor: { kind: "person", id: "p" }, unguarded: true } as const;
  await project.tickets.transition(id, "in-progress", context);
  await project.tickets.transition(id, "review", context);
  expect(await explainSupervision(project)).toMatchObject({ actions: [], isFinished: false });
  expect(await project.hooks.pending(id)).not.toEqual([]);
});

test("what a program printed fits the one line that a ticket has for a reason", async () => {
  const { project, id } = await withAgent("true");
  const reason = oneLine(`ended with code 9:\n\tno network\u0007 here\r\n${"x".repeat(5_000)}`);
  expect(reason).toMatch(/^ended with code 9: no network here x+…$/);
  await project.tickets.requireAction(id, reason, project.writeContext());
  expect((await project.tickets.show(id)).ticket.actionRequired?.reason).toBe(reason);
});

test("a ticket that a person claimed by hand is left to that person", async () => {
  const { project, id } = await withAgent("true");
  await project.tickets.claim(id, "ada", { actor: { kind: "person", id: "ada" }, unguarded: true });
  expect(await explainSupervision(project)).toMatchObject({
    actions: [],
    isFinished: true,
    stuck: [{ ticketId: id, reason: "a person works on it, or must act" }],
  });
});
