export {
  createFolderBackend,
  type FolderBackend,
  type FolderBackendOptions,
} from "./create-folder-backend.js";
export type { EntryKind, FolderEntry, FolderReader } from "./folder/folder.js";
export type {
  FolderLayout,
  StoredTicket,
  TicketPlace,
  TicketPlaces,
  WantedTicket,
  WriteContext,
} from "./layout.js";
export type { FolderStoreOptions } from "./store.js";
export { isFileId, type ReadBead, readBead } from "./tickets-dir/beads-record.js";
export { cycleLines, type DependencyCycles, dependencyCycles } from "./tickets-dir/dependency-cycles.js";
export { dependencyTree } from "./tickets-dir/dependency-tree.js";
export {
  changeText,
  withField,
  withListed,
  withNote,
  withoutField,
  withoutListed,
} from "./tickets-dir/edit-text.js";
export { type FoundId, findId } from "./tickets-dir/find-id.js";
export { isMember, isOneLine } from "./tickets-dir/list-members.js";
export { fieldsOf, isUnfinished, type ListedTicket, listedTicket } from "./tickets-dir/listed-ticket.js";
export { drawId, idPrefix } from "./tickets-dir/new-id.js";
export { type NewTicketParts, newTicketText } from "./tickets-dir/new-ticket-text.js";
export type { FolderHeads } from "./tickets-dir/read-folder.js";
export { relatedSections, withTitleOfParent } from "./tickets-dir/related-tickets.js";
export {
  blockedLine,
  blockedTickets,
  byIdOf,
  byPriority,
  closedLine,
  listLine,
  openDeps,
  passes,
  readyLine,
  readyTickets,
  shortLine,
  type TicketFilter,
} from "./tickets-dir/ticket-lines.js";
export {
  fieldOf,
  isTextFault,
  listOf,
  readTicketText,
  type TextFault,
  type TextField,
  type TextLine,
  type TicketText,
} from "./tickets-dir/ticket-text.js";
export { ticketsDirLayout } from "./tickets-dir/tickets-dir-layout.js";
export { ticketsDirStates, ticketsDirType, ticketsDirTypes } from "./tickets-dir/tickets-dir-type.js";
export { type FolderChange, openTicketsFolder, type TicketsFolder } from "./tickets-dir/tickets-folder.js";
