// NODE_OPTIONS=--experimental-vm-modules jest src/jest/
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { createBackend } from "../store.mjs";

await ticketBackendConformance({
  // `test` is one of jest's globals.
  test: (name, run) => test(name, run, 60_000),
  createBackend,
});
