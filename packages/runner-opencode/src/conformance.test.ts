import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { beforeAll, describe, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  shareCompiledPrograms,
  starterCommand,
} from "./testing/kit-runner.js";

beforeAll(shareCompiledPrograms);

describe("AgentRunner conformance: opencode", () => {
  agentRunnerConformance({
    test,
    createRunner: createKitRunner,
    createBlindRunner: createBlindKitRunner,
    starter: starterCommand(),
  });
});
