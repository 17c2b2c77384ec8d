// Everything of this package but the full parsers: no dependency is loaded. Texts as Wiggum writes them are read and written as ever; for others
// `createTickets()` loads the parsers by itself, and synchronous functions throw `ParserMissingError` until `loadParsers()` or `provideParsers()`.
export { archiveTicket, isArchived } from "./archive.js";
export * from "./attachments.js";
export type * from "./backend.js";
export * from "./body.js";
export * from "./builtin-types.js";
export * from "./codec.js";
export { CodedError, type ErrorTable, hasMarker } from "./coded-error.js";
export * from "./create-tickets.js";
export { type DependenciesOf, pathBetween } from "./cycles.js";
export * from "./decide-commit.js";
export * from "./declared-fields.js";
export * from "./errors.js";
export { maxTitleLength, type TicketFault, ticketFaults } from "./faults.js";
export type { FrontMatterEntry, FrontMatterItem, FrontMatterRange, TextSource } from "./front-matter.js";
export * from "./ids.js";
export { createJudge } from "./judge.js";
export * from "./legality.js";
export * from "./merge.js";
export { checkWorkable } from "./operations/check-workable.js";
export {
  type FullParsers,
  isParserMissing,
  loadParsers,
  type MarkdownNode,
  ParserMissingError,
  provideParsers,
  withParsers,
} from "./parser-port.js";
export { printable } from "./printable.js";
export {
  checkQuery,
  compareTickets,
  markAfter,
  matchesQuery,
  maxPageSize,
  type RecordPage,
  readPage,
  type SortKey,
  selectPage,
  sortKey,
} from "./query.js";
export { type StorageFault, storageFault } from "./storage-fault.js";
export type * from "./ticket.js";
export * from "./ticket-changes.js";
export type * from "./ticket-type.js";
export type * from "./tickets.js";
export { dependencyTree } from "./tree.js";
export * from "./workable.js";
export { yamlFault } from "./yaml-words.js";
