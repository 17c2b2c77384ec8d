export type * from "./backend.js";
export { CodedError, type ErrorTable, hasMarker } from "./coded-error.js";
export * from "./errors.js";
export { printable } from "./printable.js";
export type * from "./ticket.js";
export type * from "./ticket-type.js";
export type * from "./tickets.js";
