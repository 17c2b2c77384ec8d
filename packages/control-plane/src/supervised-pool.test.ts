// The pool over real git, real processes and the real registry.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metLimit, type SupervisorEvent, silentLease } from "@wiggum/workflow";
import { afterEach, expect, test } from "vitest";
import type { Project } from "./project.js";
import { worktreePaths } from "./project-paths.js";
import { explainSupervision, superviseProject } from "./supervise-project.js";
import { systemClock } from "./system-clock.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture | undefined;
afterEach(async () => {
  await fixture?.remove();
  fixture = undefined;
}, 60_000);

/** A project whose agents are this shell script, with this `config.yaml`. */
async function poolOf(script: string, config: string): Promise<Project> {
  fixture = await projectFixture("true");
  const program = join(fixture.paths.controlDirectory, "agent.sh");
  writeFileSync(program, script);
  writeFileSync(fixture.paths.configYaml, config);
  return again();
}

async function again(options: Parameters<ProjectFixture["open"]>[1] = {}): Promise<Project> {
  if (fixture === undefined) throw new Error("no project");
  const program = join(fixture.paths.controlDirectory, "agent.sh");
  const environment = { ...fixture.repository.environment, WIGGUM_AGENT_CMD: `sh ${program}` };
  return fixture.open(undefined, { isSupervisor: true, environment, ...options });
}

/** Looks until something is the case, as `wiggum run` would, and answers what was told. */
async function superviseUntil(
  project: Project,
  isEnough: (events: readonly SupervisorEvent[]) => boolean | Promise<boolean>,
): Promise<readonly SupervisorEvent[]> {
  const events: SupervisorEvent[] = [];
  const stop = new AbortController();
  const report = (event: SupervisorEvent) => void events.push(event);
  const limit = AbortSignal.timeout(90_000);
  const signal = AbortSignal.any([stop.signal, limit]);
  const running = superviseProject(project, { mode: "forever", pollIntervalMs: 200, report, signal });
  while (!signal.aborted && !(await isEnough(events))) await project.clock.sleep(50);
  stop.abort();
  await running;
  expect(limit.aborted).toBe(false);
  return events;
}

const spawned = (events: readonly SupervisorEvent[]) =>
  events.filter((event) => event.kind === "action" && event.action.kind === "spawn").length;

const sleeper = "exec sleep 600\n";

// P28
test("a silent agent loses its claim after a whole lease: another goes on with what it left, the first is fenced", async () => {
  const project = await poolOf(
    'if [ "$WIGGUM_AGENT_ID" = worker-0 ]; then echo draft > draft.txt; exec sleep 600; fi\nwhile :; do date +%N; sleep 0.2; done\n',
    "leaseMs: 1500\n",
  );
  const id = await fixture?.create(project);
  if (id === undefined) throw new Error("no ticket");
  await superviseUntil(project, async () => {
    const { ticket } = await project.tickets.show(id);
    return (
      ticket.assignedAgentId === "worker-1" &&
      (await project.registry.read("worker-1"))?.session?.handle !== undefined
    );
  });
  const { ticket } = await project.tickets.show(id);
  expect(ticket).toMatchObject({ state: "in-progress", assignedAgentId: "worker-1", leaseEpoch: 2 });
  const first = await project.registry.read("worker-0");
  expect(first?.session?.endReason).toBe(silentLease);
  const second = await project.registry.read("worker-1");
  const [point] = await project.salvage.list();
  expect(point).toMatchObject({ agentId: "worker-0", files: ["draft.txt"] });
  const prompt = readFileSync(worktreePaths(second?.worktree ?? "").promptFile, "utf8");
  expect(prompt).toContain("## Taken over\n\nworker-0 began this ticket and cannot go on.");
  expect(prompt).toContain(`\`wiggum salvage restore ${point?.name}\``);
  // What is left of the first one, typed in its folder: nothing of it counts any more.
  const zombie = await fixture?.open(first?.worktree, { isSupervisor: false });
  if (zombie === undefined) throw new Error("no zombie");
  const before = fixture?.repository.git("for-each-ref");
  const comment = { kind: "comment", source: "worker-0", text: "still here" } as const;
  await expect(
    zombie.write(undefined, (context) => zombie.tickets.addEvent(id, comment, context)),
  ).rejects.toMatchObject({ code: "TICKET_FENCED" });
  await expect(zombie.transition(id, "review")).rejects.toMatchObject({ code: "TICKET_FENCED" });
  await expect(zombie.branches.merge(id)).rejects.toMatchObject({ code: "TICKET_FENCED" });
  expect(fixture?.repository.git("for-each-ref")).toBe(before);
}, 120_000);

// P31
test("a limit of the provider pauses the whole pool until the named time, over restarts; it is no failed attempt", async () => {
  const project = await poolOf("sleep 1\necho 'Usage limit reached. Try again in 2 hours.'\nexit 1\n", "");
  const ids = [await fixture?.create(project), await fixture?.create(project)];
  writeFileSync(project.paths.configYaml, "maxAgentsByRole: {worker: 1}\n");
  const limited = await again();
  const events = await superviseUntil(limited, (told) => told.some(({ kind }) => kind === "paused"));
  expect(spawned(events)).toBe(1);
  expect(events).toContainEqual({
    kind: "paused",
    paused: expect.objectContaining({
      kind: "rate-limit",
      reason: expect.stringContaining("Usage limit reached"),
    }),
  });
  expect((await limited.registry.read("worker-0"))?.session?.endReason).toBe(metLimit);
  // A person or a hook is told to come later, a new supervisor waits on.
  await expect(limited.spawn("worker", ids[1])).rejects.toMatchObject({ code: "POOL_PAUSED" });
  const next = await explainSupervision(await again());
  expect(next).toMatchObject({ actions: [], delayed: [], isFinished: false, paused: { kind: "rate-limit" } });
  expect(next.paused?.waitMs).toBeGreaterThan(100 * 60_000);
  // After the named time one probes; nothing counts as a failure.
  const hoursMs = 3 * 3_600_000;
  const later = await again({ clock: { ...systemClock, now: () => new Date(Date.now() + hoursMs) } });
  expect((await explainSupervision(later)).actions).toHaveLength(1);
  expect(await later.registry.failedSpawns()).toEqual([]);
}, 120_000);

// P30
test("launches side by side reserve what they may use: the budget of the day is not overshot", async () => {
  const project = await poolOf(sleeper, "budgets:\n  day: {tokens: 250}\n  estimate: {tokens: 100}\n");
  const ids: string[] = [];
  for (let index = 0; index < 4; index++) ids.push((await fixture?.create(project)) ?? "");
  const others = await Promise.all(ids.map(() => again()));
  const ends = await Promise.allSettled(ids.map((id, index) => others[index]?.spawn("worker", id)));
  const refusals = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
  expect(refusals).toEqual(["BUDGET_RESERVED", "BUDGET_RESERVED"]);
  expect(await explainSupervision(project)).toMatchObject({ actions: [], isFinished: false });
  // Nobody says what they used: then what they reserved counts, and the day is spent.
  for (const { facts } of await project.agents()) await project.kill(facts.agentId, { release: true });
  const plan = await explainSupervision(project);
  expect(plan).toMatchObject({
    actions: [],
    isFinished: false,
    paused: {
      kind: "budget",
      reason: expect.stringMatching(/^the budget of \d{4}-\d\d-\d\d is 250 tokens, and 200 tokens/),
    },
  });
  await expect(project.spawn("worker", ids[0])).rejects.toMatchObject({
    code: "BUDGET_SPENT",
    data: { scope: "day", unit: "tokens", limit: 250, used: 200 },
  });
  await project.spawn("worker", ids[0], { force: true });
  expect(await project.registry.budgetEntries()).toHaveLength(3);
}, 120_000);

test("a ticket whose budget is used up goes to a person; a hard one ends the session that goes over it", async () => {
  const project = await poolOf(
    sleeper,
    "budgets:\n  ticket: {minutes: 0.02}\n  estimate: {minutes: 0.001}\n  hard: true\n",
  );
  const id = (await fixture?.create(project)) ?? "";
  await superviseUntil(
    project,
    async () => (await project.tickets.show(id)).ticket.actionRequired !== undefined,
  );
  const { ticket } = await project.tickets.show(id);
  expect(ticket.actionRequired?.reason).toMatch(
    new RegExp(`^the budget of ${id} is 1 s, and \\d+ s are used`),
  );
  expect((await project.registry.read("worker-0"))?.session?.endReason).toBe(
    "it has used more than its budget allows",
  );
}, 120_000);

test("a role has its own number of places", async () => {
  const project = await poolOf(sleeper, "maxAgentsByRole: {worker: 1}\n");
  const ids = [await fixture?.create(project), await fixture?.create(project)];
  const events: SupervisorEvent[] = [];
  await superviseProject(project, { mode: "once", report: (event) => void events.push(event) });
  expect(spawned(events)).toBe(1);
  const [free] = await project.tickets.ready();
  expect(ids).toContain(free?.ticket.id);
  await expect(project.spawn("worker", free?.ticket.id)).rejects.toMatchObject({
    code: "NO_CAPACITY",
    data: { used: 1, maxAgents: 1 },
  });
}, 60_000);

test("three failed attempts set a pull request's ticket to waiting_for_human, with the reason", async () => {
  const project = await poolOf("sleep 1.5\nexit 3\n", "maxAttempts: 2\n");
  const { ticket: made } = await project.write(undefined, (context) =>
    project.tickets.create({ title: "A pull request", type: "pr-task" }, context),
  );
  await superviseUntil(
    project,
    async () => (await project.tickets.show(made.id)).ticket.actionRequired !== undefined,
  );
  const { ticket } = await project.tickets.show(made.id);
  const reason =
    "2 attempts of a worker ended without moving it out of in_progress; the last one: exited, exit code 3";
  expect(ticket.state).toBe("waiting_for_human");
  expect(ticket.actionRequired?.reason).toBe(reason);
  expect(ticket.fields["waiting_reason"]).toBe(reason);
}, 120_000);
