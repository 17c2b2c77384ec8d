// What most commands do not need, loaded as one piece when one of them does.
export { readAgentChanges } from "./agent-changes.js";
export { answerAgent } from "./answer-agent.js";
export { createProjectBranches } from "./branches.js";
export { createEditableCopies } from "./editable-copies.js";
export { findAgents } from "./find-agents.js";
export { deliverKept, dropKept, keptMessages, mayDeliver } from "./kept-messages.js";
export { pingAgent } from "./ping-agent.js";
export { askProject } from "./project-ask.js";
export { examineProject } from "./project-doctor.js";
export { planProjectRelayout } from "./project-relayout.js";
export { reportProject } from "./project-report.js";
export { createProjectSpawns, snapshotRules } from "./project-spawns.js";
export { listTools, runTool } from "./project-tools.js";
export { createProjectUpstream } from "./project-upstream.js";
export { createProjectSalvage } from "./salvage-project.js";
export { syncView } from "./view-edits.js";
export { createViewOnly, moveViewOnly, resolveInView, writeViewOnly } from "./view-only.js";
