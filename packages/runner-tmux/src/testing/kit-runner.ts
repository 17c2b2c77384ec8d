import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentRunner } from "@wiggum/workflow";
import { createTmuxRunner } from "../create-tmux-runner.js";
import type { TmuxRunnerOptions } from "../options.js";
import { privateServerName } from "../socket.js";
import { sourceProgram } from "./source-programs.js";

/** Names the folder of a test file's server to the processes that it starts. */
const folderVariable = "WIGGUM_KIT_SERVER_FOLDER";
const waysVariable = "WIGGUM_KIT_MESSAGES";

/** Waits that fit the kit's agents: they end on SIGTERM at once, or never. */
const waits = { terminateWaitMs: 400, followPollMs: 20 };

export function createKitRunner(): AgentRunner {
  return createTmuxRunner(kitOptions());
}

/** Can neither see a process nor ask tmux. */
export function createBlindKitRunner(): AgentRunner {
  const fail = async () => {
    throw new Error("nobody can look");
  };
  return createTmuxRunner({
    ...kitOptions(),
    program: "wiggum-no-such-tmux",
    processes: { list: fail, read: fail },
  });
}

/** Program and arguments of `starter.ts`, run from source. */
export function starterCommand(fault?: string): readonly string[] {
  return [...sourceProgram("starter.ts"), ...(fault === undefined ? [] : [fault])];
}

/**
 * A server of this test file's own, and a cache in which its TypeScript programs are stripped once. Call the result afterwards: no
 * server, process or file is left. `typed`: messages are typed, by somebody who knows by other ways that the agent waits for them.
 */
export function openKitServer(messages: "inbox" | "typed" = "inbox"): () => void {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-tmux-"));
  mkdirSync(join(folder, "sockets"), { mode: 0o700 });
  process.env[folderVariable] = folder;
  process.env[waysVariable] = messages;
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
  return () => {
    const environment = { ...process.env, TMUX_TMPDIR: join(folder, "sockets") };
    spawnSync("tmux", ["-L", privateServerName(folder), "kill-server"], {
      env: environment,
      stdio: "ignore",
    });
    for (const name of [folderVariable, waysVariable, "NODE_COMPILE_CACHE"]) delete process.env[name];
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
}

function kitOptions(): TmuxRunnerOptions {
  // Without a server none of the tests runs; they are named all the same.
  const folder = process.env[folderVariable] ?? "/";
  return {
    ...waits,
    root: folder,
    directory: join(folder, "state"),
    sessionName: "kit",
    environment: { ...process.env, TMUX_TMPDIR: join(folder, "sockets") },
    ...(process.env[waysVariable] === "typed"
      ? {
          profile: { name: "lines", messages: "typed", idle: "^" },
          stateOf: async () => ({ state: "idle", why: "the kit's agent listens" }),
          waits: { settleMs: 50, keyMs: 50 },
        }
      : {}),
  };
}
