import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentHandle, type AgentRunner, agentArguments, type EvidenceFact } from "@wiggum/workflow";
import { markedProcesses, stopMarkedProcesses } from "../worktree-processes.js";

/** Marker of a session that `createChildRunner` starts in this project. */
export function childMarker(stateRoot: string, agentId: string, generation: number): string {
  return `TEST_SESSION=${join(stateRoot, agentId, String(generation))}`;
}

/** A small real runner for tests: a child process with a log and an exit status on disk, found again by its marker. */
export function createChildRunner(): AgentRunner {
  // The state directory names the project as well: another test has agents of the same names.
  const markerOf = (handle: AgentHandle) => `TEST_SESSION=${directoryOf(handle)}`;
  const directoryOf = (handle: AgentHandle) => String(handle.data["stateDirectory"]);
  const supports = {
    attach: false,
    resume: false,
    structuredState: false,
    ask: false,
    cost: false,
    permissions: false,
  };
  return {
    contract: 1,
    name: "child",
    supports,
    async start(order) {
      const { agentId, generation, stateDirectory } = order;
      const handle = { runner: "child", agentId, generation, data: { stateDirectory } };
      const note = join(stateDirectory, "handle.json");
      if (existsSync(note)) return handle;
      mkdirSync(stateDirectory, { recursive: true });
      writeFileSync(note, JSON.stringify(handle));
      const log = openSync(join(stateDirectory, "log"), "a");
      const [program = ""] = order.command;
      const script = '"$@"; code=$?; echo $code > "$0.part"; mv "$0.part" "$0"';
      const child = spawn(
        "/bin/sh",
        ["-c", script, join(stateDirectory, "exit"), program, ...agentArguments(order)],
        {
          cwd: order.cwd,
          env: { ...order.environment, TEST_SESSION: stateDirectory },
          detached: true,
          stdio: ["ignore", log, log],
        },
      );
      child.unref();
      return handle;
    },
    async discover({ stateRoot }) {
      if (!existsSync(stateRoot)) return [];
      return readdirSync(stateRoot)
        .flatMap((agentId) =>
          readdirSync(join(stateRoot, agentId)).map((name) => join(stateRoot, agentId, name)),
        )
        .filter((folder) => existsSync(join(folder, "handle.json")))
        .map((folder) => JSON.parse(readFileSync(join(folder, "handle.json"), "utf8")) as AgentHandle)
        .filter((handle) => markedProcesses(markerOf(handle)).length > 0);
    },
    async observe(handle) {
      return [
        { source: "protocol", fact: factOf(handle), atMs: performance.now(), generation: handle.generation },
      ];
    },
    async send(_handle, message) {
      return { status: "refused", messageId: message.id, reason: "not in this test" };
    },
    async output(handle, lastLines) {
      const path = join(directoryOf(handle), "log");
      return existsSync(path)
        ? readFileSync(path, "utf8").trimEnd().split("\n").slice(-lastLines).join("\n")
        : "";
    },
    async interrupt() {},
    async stop(handle) {
      const signalled = markedProcesses(markerOf(handle)).length;
      await stopMarkedProcesses(markerOf(handle), handle.agentId);
      return { stopped: true, survivors: [], signalled };
    },
  };

  function factOf(handle: AgentHandle): EvidenceFact {
    const path = join(directoryOf(handle), "exit");
    if (existsSync(path)) return { kind: "exited", code: Number(readFileSync(path, "utf8")) };
    if (markedProcesses(markerOf(handle)).length > 0) return { kind: "running" };
    // It may have ended between the two looks.
    if (existsSync(path)) return { kind: "exited", code: Number(readFileSync(path, "utf8")) };
    return { kind: "lost" };
  }
}
