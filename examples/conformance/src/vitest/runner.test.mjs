import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { test } from "vitest";
import { createBlindRunner, createRunner, starter } from "../runner.mjs";

agentRunnerConformance({ test, createRunner, createBlindRunner, starter });
