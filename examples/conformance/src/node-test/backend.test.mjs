// node --test src/node-test/
import { test } from "node:test";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { createBackend } from "../store.mjs";

await ticketBackendConformance({ test, createBackend });
