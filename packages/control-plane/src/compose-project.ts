import { findType, transitionBetween } from "@wiggum/ticket-core";
import { agentStatus, agentStatuses } from "./agent-statuses.js";
import { createProjectBranches } from "./branches.js";
import { createEditableCopies } from "./editable-copies.js";
import type { Project } from "./project.js";
import { pingAgent, readCapacity, readLogs } from "./project-agents.js";
import { examineProject } from "./project-doctor.js";
import { createProjectHooks } from "./project-hooks.js";
import type { ProjectParts } from "./project-parts.js";
import { createProjectSpawns, snapshotRules } from "./project-spawns.js";
import { explainForCaller, moveWith, transitionForCaller } from "./project-transitions.js";
import { followView, readForCaller, writeForCaller } from "./project-writes.js";
import { createProjectSalvage } from "./salvage-project.js";
import { syncView } from "./view-edits.js";
import { createViewOnly, moveViewOnly, resolveInView, writeViewOnly } from "./view-only.js";
import type { WiggumProgram } from "./wiggum-program.js";

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
  const spawns = createProjectSpawns(parts, program.path);
  const { hooks, nudge, settled } = createProjectHooks(parts, program.command);
  const copies = createEditableCopies(parts);
  const branches = createProjectBranches({
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
    git,
    branches,
    hooks,
    salvage: createProjectSalvage({ git, paths, cwd: caller.contextRoot, now: () => clock.now() }),
    writeContext: parts.writeContext,
    write: (ticketId, action) => writeForCaller(parts, ticketId, action),
    async read() {
      await nudge();
      return readForCaller(parts);
    },
    async syncView(options) {
      const report = await syncView(parts, copies, options, (id, to, context, write) =>
        moveWith(parts, id, to, context, write),
      );
      if (report.submitted.some(({ transition }) => transition !== undefined)) await hooks.wake();
      return report;
    },
    writeViewOnly: (ticketId, change) => writeViewOnly(parts, ticketId, change),
    moveViewOnly: (ticketId, to) => moveViewOnly(parts, ticketId, to),
    createViewOnly: (input) => createViewOnly(parts, input),
    async editableFile(ticketId) {
      const id = await resolveInView(parts, ticketId);
      return { id, path: await copies.open(id) };
    },
    async transition(ticketId, to, options = {}) {
      const outcome = await transitionForCaller(parts, ticketId, to, options);
      const type = findType(types, outcome.record.ticket.type);
      const edge = transitionBetween(type, outcome.from, outcome.to);
      if (options.noHooks !== true && edge?.after.length !== 0) await hooks.wake();
      return outcome;
    },
    explainTransition: (ticketId, to, options) => explainForCaller(parts, ticketId, to, options),
    spawn: (role, ticketId, options) => following(() => spawns.spawn(role, ticketId, options)),
    explainSpawn: (role, ticketId, options) => spawns.explain(role, ticketId, options),
    kill: (agentId, options) => following(() => spawns.kill(agentId, options), false),
    recover: () => spawns.recover(),
    endSession: (agentId, reason) => spawns.endSession(agentId, reason),
    agents: () => agentStatuses({ registry, runner, tickets, clock }),
    agent: (agentId) => agentStatus({ registry, runner, tickets, clock }, agentId),
    logs: (agentId, lastLines) => readLogs(parts, agentId, lastLines),
    ping: (agentId, text) => pingAgent(parts, agentId, text),
    capacity: () => readCapacity(parts),
    doctor: () => examineProject(parts, spawns),
    async close() {
      await settled();
      await Promise.all([registry.close(), outbox.close(), backend.close?.()]);
    },
  };
  return project;
}
