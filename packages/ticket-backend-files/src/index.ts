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
