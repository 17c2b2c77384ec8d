// What most commands do not need, loaded as one piece when one of them does.
export { createProjectBranches } from "./branches.js";
export { createEditableCopies } from "./editable-copies.js";
export { examineProject } from "./project-doctor.js";
export { createProjectSpawns, snapshotRules } from "./project-spawns.js";
export { createProjectSalvage } from "./salvage-project.js";
export { createViewOnly, resolveInView, syncView, writeViewOnly } from "./view-edits.js";
