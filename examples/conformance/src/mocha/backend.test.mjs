// mocha src/mocha/
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { it } from "mocha";
import { createBackend } from "../store.mjs";

await ticketBackendConformance({
  test: (name, run) => it(name, run).timeout(60_000),
  createBackend,
});
