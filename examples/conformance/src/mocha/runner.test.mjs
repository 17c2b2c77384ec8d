import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { it } from "mocha";
import { createBlindRunner, createRunner, starter } from "../runner.mjs";

agentRunnerConformance({
  test: (name, run, timeoutMs) => it(name, run).timeout(timeoutMs),
  createRunner,
  createBlindRunner,
  starter,
});
