export type * from "./project.js";
export * from "./project-paths.js";
export type * from "./settings.js";
export * from "./owner-lock.js";
export * from "./ulid.js";
