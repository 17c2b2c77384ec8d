import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { createBlindRunner, createRunner, starter } from "../runner.mjs";

// `test` is one of jest's globals.
agentRunnerConformance({ test, createRunner, createBlindRunner, starter });
