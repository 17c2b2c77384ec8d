import { existsSync } from "node:fs";
import { findType, printable, transitionBetween } from "@wiggum/ticket-core";
import { deferred } from "./deferred.js";
import type { EditableCopies } from "./editable-copies.js";
import { notedMergeQueue } from "./merge-note.js";
import type { Project, ViewSyncOptions, ViewSyncReport } from "./project.js";
import { readCapacity, readLogs } from "./project-agents.js";
import { createProjectHooks } from "./project-hooks.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectSpawns } from "./project-spawns.js";
import { explainForCaller, moveWith, transitionForCaller } from "./project-transitions.js";
import type { ProjectUpstream } from "./project-upstream.js";
import { followView, readForCaller, writeForCaller } from "./project-writes.js";
import { salvagePoints } from "./salvage-refs.js";
import { notedScheduler } from "./scheduler-note.js";
import { maintainTickets, wakeMaintenance } from "./store-upkeep.js";
import { unmergedTickets } from "./unmerged-tickets.js";
import { wakeSync } from "./upstream-wake.js";
import type { WiggumProgram } from "./wiggum-program.js";

const betweenUpkeepMs = 60_000;

const useCases = () => import("./use-cases.js");
const agentViews = () => import("./agent-statuses.js");

/** Puts the parts together: each method of a project is one use case. */
export function composeProject(parts: ProjectParts, program: WiggumProgram): Project {
  const {
    paths,
    settings,
    types,
    tickets,
    registry,
    runner,
    caller,
    clock,
    git,
    environment,
    outbox,
    backend,
  } = parts;
  const { baseBranch } = settings;
  const { hooks, nudge, settled } = createProjectHooks(parts, program.command);
  let spawns: Promise<ProjectSpawns> | undefined;
  let copies: Promise<EditableCopies> | undefined;
  const openSpawns = () => {
    spawns ??= useCases().then(({ createProjectSpawns }) => createProjectSpawns(parts, program.path));
    return spawns;
  };
  const openCopies = () => {
    copies ??= useCases().then(({ createEditableCopies }) => createEditableCopies(parts));
    return copies;
  };
  const branches: Project["branches"] = {
    ...deferred<Omit<Project["branches"], "unmerged" | "queue">>(
      async () => {
        const { createProjectBranches, snapshotRules } = await useCases();
        return createProjectBranches({
          git,
          paths,
          settings,
          environment,
          tickets,
          registry,
          caller,
          baseBranch,
          snapshot: snapshotRules(parts),
        });
      },
      { list: true, cleanup: true, merge: true, testTogether: true, rebase: true },
    ),
    // Every look at the project asks this, and nothing else of branches.
    unmerged: () => unmergedTickets({ git, tickets, baseBranch }),
    queue: async () => notedMergeQueue(paths),
  };
  const salvage: Project["salvage"] = {
    ...deferred<Omit<Project["salvage"], "points">>(
      async () => {
        const { createProjectSalvage } = await useCases();
        return createProjectSalvage({ git, paths, cwd: caller.contextRoot, now: () => clock.now() });
      },
      { list: true, show: true, restore: true, drop: true, dropExpired: true },
    ),
    // Every look at the project asks this, and it is small: a file of its own would cost more.
    points: () => salvagePoints(git),
  };
  // Every look at the project asks for these, and most projects have none.
  const hasKept = () => existsSync(paths.messages);
  const messages: Project["messages"] = {
    kept: async () => (hasKept() ? (await useCases()).keptMessages(parts) : []),
    deliver: async () => (hasKept() ? (await useCases()).deliverKept(parts) : []),
    drop: async (agentId) => (hasKept() ? (await useCases()).dropKept(parts, agentId) : 0),
  };
  let lastUpkeepMs = Number.NEGATIVE_INFINITY;
  const maintenance: Project["maintenance"] = {
    run: () => maintainTickets(parts),
    async wake() {
      if (clock.monotonicMs() - lastUpkeepMs < betweenUpkeepMs) return;
      lastUpkeepMs = clock.monotonicMs();
      await wakeMaintenance(parts, program.command);
    },
  };
  const upstream: Project["upstream"] =
    settings.upstream === undefined
      ? undefined
      : deferred<ProjectUpstream>(async () => (await useCases()).createProjectUpstream(parts), {
          sync: true,
          syncIfDue: true,
          status: true,
          settle: true,
        });
  /** What was done may have moved tickets: the caller's files show it, and hooks that it asks for are run. */
  const following = async <Result>(action: () => Promise<Result>, isHookDue = true): Promise<Result> => {
    try {
      const result = await action();
      if (isHookDue) await hooks.wake();
      return result;
    } finally {
      await followView(parts);
    }
  };

  async function submitEdits(options: ViewSyncOptions): Promise<ViewSyncReport> {
    const { syncView } = await useCases();
    const report = await syncView(parts, await openCopies(), options, (id, to, context, write) =>
      moveWith(parts, id, to, context, write),
    );
    if (report.submitted.some(({ transition }) => transition !== undefined)) await hooks.wake();
    return report;
  }
  /** What the caller wrote into its files is meant for whom it starts now. The built-in scheduler has no files of its own. */
  async function submitBeforeSpawn(): Promise<void> {
    const isScheduler = caller.actor.kind === "supervisor" && caller.agent === undefined;
    if (isScheduler || !settings.isAutoSync || backend.views === undefined) return;
    if ((await backend.views.edits(caller.viewFolder)).length === 0) return;
    const { submitted, refused } = await submitEdits({ direction: "push", subject: "Pre-spawn sync" });
    const ids = submitted.map(({ id }) => printable(id));
    if (ids.length > 0) parts.notify(`Submitted what was edited here: ${ids.join(", ")}`);
    for (const { path, message } of refused) parts.notify(`${printable(path)} was not submitted: ${message}`);
  }

  const project: Project = {
    paths,
    settings,
    types,
    tickets,
    registry,
    runner,
    panes: parts.panes,
    caller,
    clock,
    environment,
    git,
    branches,
    hooks,
    salvage,
    writeContext: parts.writeContext,
    write: (ticketId, action) => writeForCaller(parts, ticketId, action),
    async read() {
      await nudge();
      return readForCaller(parts);
    },
    syncView: submitEdits,
    writeViewOnly: async (ticketId, change) => (await useCases()).writeViewOnly(parts, ticketId, change),
    moveViewOnly: async (ticketId, to) => (await useCases()).moveViewOnly(parts, ticketId, to),
    createViewOnly: async (input) => (await useCases()).createViewOnly(parts, input),
    async editableFile(ticketId) {
      const id = await (await useCases()).resolveInView(parts, ticketId);
      return { id, path: await (await openCopies()).open(id) };
    },
    async transition(ticketId, to, options = {}) {
      const outcome = await transitionForCaller(parts, ticketId, to, options);
      const type = findType(types, outcome.record.ticket.type);
      const edge = transitionBetween(type, outcome.from, outcome.to);
      if (options.noHooks !== true && edge?.after.length !== 0) await hooks.wake();
      return outcome;
    },
    explainTransition: (ticketId, to, options) => explainForCaller(parts, ticketId, to, options),
    spawn: (role, ticketId, options) =>
      following(async () => {
        // An agent starts from what other hosts have done. The scheduler exchanges at its own interval.
        if (options?.isSupervised !== true) await upstream?.syncIfDue();
        await submitBeforeSpawn();
        return (await openSpawns()).spawn(role, ticketId, options);
      }),
    explainSpawn: async (role, ticketId, options) => (await openSpawns()).explain(role, ticketId, options),
    kill: (agentId, options) =>
      following(async () => {
        // What is kept for it, it still needs: afterwards nobody can say so.
        const kept = (await messages.kept()).filter((message) => message.agentId === agentId);
        const killed = await (await openSpawns()).kill(agentId, options);
        if (kept.length === 0) return killed;
        await messages.drop(agentId);
        return { ...killed, forgottenMessages: kept };
      }, false),
    recover: async () => [...(await (await openSpawns()).recover()), ...(await messages.deliver())],
    endSession: async (agentId, reason) => (await openSpawns()).endSession(agentId, reason),
    agents: async () => (await agentViews()).agentStatuses({ registry, runner, tickets, clock }),
    agent: async (agentId) => (await agentViews()).agentStatus({ registry, runner, tickets, clock }, agentId),
    logs: (agentId, lastLines) => readLogs(parts, agentId, lastLines),
    ping: async (agentId, text) => (await useCases()).pingAgent(parts, agentId, text),
    answer: (agentId, answer) =>
      following(async () => (await useCases()).answerAgent(parts, agentId, answer), false),
    messages,
    maintenance,
    ask: async (prompt, options) => (await useCases()).askProject(parts, prompt, options),
    changesOf: async (agent) => (await useCases()).readAgentChanges(git, agent, baseBranch),
    report: async (since) => (await useCases()).reportProject(parts, since),
    scheduler: async () => notedScheduler(paths),
    tools: {
      list: async () => (await useCases()).listTools(paths),
      run: async (call) => (await useCases()).runTool(parts, call, program.path),
    },
    capacity: () => readCapacity(parts),
    pool: async () => (await agentViews()).poolState(parts),
    upstream,
    planRelayout: async (to) => (await useCases()).planProjectRelayout(parts, to),
    doctor: async () => (await useCases()).examineProject(parts, await openSpawns()),
    async close() {
      await settled();
      await wakeSync(parts, program.command);
      await Promise.all([registry.close(), outbox.close(), backend.close?.()]);
    },
  };
  return project;
}
