export {
  createGitBackend,
  type GitBackend,
  type GitBackendOptions,
  type UpstreamAuthority,
} from "./create-git-backend.js";
export type { StoreLayout } from "./fan-out.js";
export { type ForeignStore, lookAtForeignStore } from "./foreign-store.js";
export { type GitStoreInit, type GitStoreOptions, initGitStore } from "./init-git-store.js";
export {
  type DueMaintenance,
  dueMaintenance,
  type MaintenanceOptions,
  maintainStore,
  type StoreMaintenance,
} from "./maintain.js";
export { mostInOneFolder, planRelayout, type RelayoutPlan, suitingLayout } from "./plan-relayout.js";
export type { Relayout } from "./relayout.js";
export { planStoreRepair, type StoreRepair } from "./repair.js";
export { type Restored, type RestoreOptions, restoreFromView, restoreIfLost } from "./restore.js";
export { type Durability, whyNative } from "./store-place.js";
export { type CloneStoreOptions, cloneStore, type StoreClone } from "./uplink/clone-store.js";
export {
  createUplink,
  type SyncOptions,
  type Uplink,
  type UplinkOptions,
} from "./uplink/create-uplink.js";
export type {
  RefusedField,
  RefusedOperation,
  UplinkFailure,
  UplinkReport,
  UplinkStatus,
  Upstream,
} from "./uplink/uplink.js";
export { lastSyncAttempt } from "./uplink/uplink-state.js";
export { type ForeignClone, lookAtClone, settleClone } from "./views/foreign-clone.js";
