import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentRunner } from "@wiggum/workflow";
import { createOpenCodeRunner, type OpenCodeRunnerOptions } from "../index.js";
import { sourceProgram } from "./source-programs.js";

/** Waits that fit the kit's agents: they end on SIGTERM at once, or never. No server is started for them: they are no sessions of OpenCode. */
const folderVariable = "WIGGUM_TEST_OPENCODE_FOLDER";
const options = (): OpenCodeRunnerOptions => ({
  terminateWaitMs: 400,
  followPollMs: 20,
  directory: join(process.env[folderVariable] ?? tmpdir(), "opencode"),
});

export function createKitRunner(): AgentRunner {
  return createOpenCodeRunner(options());
}

/** Cannot see any process. */
export function createBlindKitRunner(): AgentRunner {
  const fail = async () => {
    throw new Error("nobody can look");
  };
  return createOpenCodeRunner({ ...options(), processes: { list: fail, read: fail } });
}

/** Program and arguments of `starter.ts`, run from source. */
export function starterCommand(): readonly string[] {
  return sourceProgram("starter.ts");
}

/** Lets programs of this test file that are TypeScript start fast: stripped once, not at each start. Call the result afterwards. */
export function shareCompiledPrograms(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-compiled-"));
  process.env["NODE_COMPILE_CACHE"] = folder;
  process.env[folderVariable] = folder;
  return () => {
    delete process.env[folderVariable];
    delete process.env["NODE_COMPILE_CACHE"];
    rmSync(folder, { recursive: true, force: true });
  };
}
