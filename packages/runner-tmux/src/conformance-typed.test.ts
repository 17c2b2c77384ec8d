import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentRunnerConformance } from "@wiggum/workflow/conformance";
import { afterAll, describe, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  openKitServer,
  starterCommand,
} from "./testing/kit-runner.js";
import { isTmuxThere } from "./testing/world.js";

if (isTmuxThere) afterAll(openKitServer("typed"));

// The promises about messages do not depend on how they are brought.
describe.skipIf(!isTmuxThere)("AgentRunner conformance: tmux, messages typed (needs tmux)", () => {
  agentRunnerConformance({
    test: (name, run, timeoutMs) => (name.startsWith("send:") ? test(name, run, timeoutMs) : undefined),
    createRunner: createKitRunner,
    createBlindRunner: createBlindKitRunner,
    starter: starterCommand(),
    // What is not one short line is in a file, and the line names that.
    textOf: (received, folder) => {
      const file = /^Read (messages\/[0-9a-f]+\.md): it is a message for you from person\.$/.exec(
        received,
      )?.[1];
      return file === undefined ? received : readFileSync(join(folder, file), "utf8");
    },
  });
});
