import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeEnd, type ProgramEnd, shownCommand } from "./bounded-program.js";
import type { ProjectPaths } from "./project-paths.js";
import { replaceFile } from "./write-files.js";

/** Keeps what the last set-up or tear-down of an agent's worktree printed, and how it ended. Answers the path of the file. */
export async function writeWorktreeLog(
  { worktreeLogs }: Pick<ProjectPaths, "worktreeLogs">,
  agentId: string,
  what: "set-up" | "tear-down",
  command: readonly string[],
  end: ProgramEnd,
  timeoutMs: number,
): Promise<string> {
  const path = join(worktreeLogs, `${agentId}.${what}.log`);
  const output = end.output === "" ? "" : `${end.output}\n`;
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, `$ ${shownCommand(command)}\n${output}[${describeEnd(end, timeoutMs)}]\n`);
  return path;
}
