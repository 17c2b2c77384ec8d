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
export * from "./tickets-dir/index.js";
export { createWorkItems, type WorkItems, type WorkItemsOptions } from "./work-items/create-work-items.js";
export {
  type WorkItemStatus,
  workItemStatuses,
  workItemType,
  workItemTypes,
} from "./work-items/statuses.js";
export type { WorkItemEvent } from "./work-items/thread.js";
export {
  readWorkItemThread,
  type WorkItemThread,
  writeWorkItemThread,
} from "./work-items/thread-events.js";
export type * from "./work-items/work-item.js";
export { type WorkItemsLayoutOptions, workItemsLayout } from "./work-items/work-items-layout.js";
