export type * from "./project.js";
export * from "./project-paths.js";
export type * from "./settings.js";
