import { attachmentFaults } from "./attachment-faults.js";
import type { BrokenAdapter } from "./broken-adapter.js";
import { contentFaults } from "./content-faults.js";
import { fenceFaults, judgeFaults } from "./fence-faults.js";
import { manyFaults } from "./many-faults.js";
import { batchFaults, operationFaults } from "./operation-faults.js";
import { readingFaults } from "./reading-faults.js";
import { storeFaults } from "./store-faults.js";
import { threadFaults } from "./thread-faults.js";
import { watchingFaults } from "./watching-faults.js";
import { writingFaults } from "./writing-faults.js";

/** Backends with one planted fault each: the proof that the kit can fail. */
export const brokenAdapters: readonly BrokenAdapter[] = [
  ...readingFaults,
  ...writingFaults,
  ...operationFaults,
  ...batchFaults,
  ...fenceFaults,
  ...judgeFaults,
  ...contentFaults,
  ...watchingFaults,
  ...manyFaults,
  ...storeFaults,
  ...attachmentFaults,
  ...threadFaults,
];
