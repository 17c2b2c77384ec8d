export { isFileId, type ReadBead, readBead } from "./beads-record.js";
export { cycleLines, type DependencyCycles, dependencyCycles } from "./dependency-cycles.js";
export { dependencyTree } from "./dependency-tree.js";
export {
  changeText,
  withField,
  withListed,
  withNote,
  withoutField,
  withoutListed,
} from "./edit-text.js";
export { type FoundId, findId } from "./find-id.js";
export { isMember, isOneLine } from "./list-members.js";
export { fieldsOf, isUnfinished, type ListedTicket, listedTicket } from "./listed-ticket.js";
export { drawId, idPrefix } from "./new-id.js";
export { type NewTicketParts, newTicketText } from "./new-ticket-text.js";
export type { FolderHeads } from "./read-folder.js";
export { relatedSections, withTitleOfParent } from "./related-tickets.js";
export { ticketFault } from "./ticket-fault.js";
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
} from "./ticket-lines.js";
export {
  fieldOf,
  isTextFault,
  listOf,
  readTicketText,
  type TextFault,
  type TextField,
  type TextLine,
  type TicketText,
} from "./ticket-text.js";
export { type TicketsDirLayoutOptions, ticketsDirLayout } from "./tickets-dir-layout.js";
export {
  type TicketsDirState,
  ticketsDirStates,
  ticketsDirType,
  ticketsDirTypes,
} from "./tickets-dir-type.js";
export { type FolderChange, openTicketsFolder, type TicketsFolder } from "./tickets-folder.js";
