import { test } from "node:test";
import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { createBlindRunner, createRunner, starter } from "../runner.mjs";

agentRunnerConformance({
  test: (name, run, timeout) => test(name, { timeout }, run),
  createRunner,
  createBlindRunner,
  starter,
});
