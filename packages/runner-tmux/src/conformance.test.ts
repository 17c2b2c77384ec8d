import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { afterAll, describe, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  openKitServer,
  starterCommand,
} from "./testing/kit-runner.js";
import { isTmuxThere } from "./testing/world.js";

if (isTmuxThere) afterAll(openKitServer());

describe.skipIf(!isTmuxThere)("AgentRunner conformance: tmux (needs tmux)", () => {
  agentRunnerConformance({
    test,
    createRunner: createKitRunner,
    createBlindRunner: createBlindKitRunner,
    starter: starterCommand(),
  });
});
