export * from "./errors.js";
export type * from "./ports.js";
export type * from "./registry.js";
export type * from "./runner.js";
