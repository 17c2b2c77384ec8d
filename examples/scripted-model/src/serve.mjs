#!/usr/bin/env node
// Usage: wiggum-scripted-model [port]    SCRIPTED_MODEL_LOG=<file> logs each request, SCRIPTED_MODEL_WORDY=1 with its whole text.
// Prints the address on a line of its own; ends on SIGTERM.
import { startScriptedModel } from "./server.mjs";

const server = await startScriptedModel({
  port: Number(process.argv[2] ?? 0),
  logFile: process.env.SCRIPTED_MODEL_LOG,
  isWordy: process.env.SCRIPTED_MODEL_WORDY === "1",
});
console.log(`scripted model listens on ${server.url}`);
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => void server.close().then(() => process.exit(0)));
