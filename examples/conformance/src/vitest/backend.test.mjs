// vitest run src/vitest/
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { test } from "vitest";
import { createBackend } from "../store.mjs";

await ticketBackendConformance({
  // Some rules let many writers race: more time than vitest's five seconds.
  test: (name, run) => test(name, run, 60_000),
  createBackend,
});
