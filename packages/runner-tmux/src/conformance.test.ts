import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { afterAll, describe, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  openKitServer,
  starterCommand,
} from "./testing/kit-runner.js";

afterAll(openKitServer());

describe("AgentRunner conformance: tmux", () => {
  agentRunnerConformance({
    test,
    createRunner: createKitRunner,
    createBlindRunner: createBlindKitRunner,
    starter: starterCommand(),
  });
});
