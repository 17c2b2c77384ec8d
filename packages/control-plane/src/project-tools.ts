import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { boundedText } from "./bounded-text.js";
import { startFailure, startKept } from "./kept-program.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectPaths } from "./project-paths.js";
import { limitTime } from "./time-limit.js";

/** A person's own program that looks at something and prints what it found. */
export interface ProjectTool {
  readonly name: string;
  readonly path: string;
  /** It is a file that may be executed. */
  readonly isActive: boolean;
}

/** A call of a tool of the person's. */
export interface ToolCall {
  readonly name: string;
  /** First argument, and `WIGGUM_TARGET`: what is looked at, an agent or a ticket. */
  readonly target: string;
  /** Second argument, and `WIGGUM_PROMPT`; may be empty. */
  readonly prompt: string;
  /** Ticket and worktree of the target, where it has them. */
  readonly ticketId?: string | undefined;
  readonly worktree?: string | undefined;
  /** Longest run, milliseconds; then it ends with everything that it started. */
  readonly timeoutMs: number;
  /** Told what it writes to standard error, when it has ended. */
  readonly onRemarks?: ((text: string) => void) | undefined;
}

/** From the end of a tool until its last words are in, although something that it left holds the pipe. */
const drainMs = 1_000;
/** One argument or variable may hold 128 KiB on Linux. */
const longestPromptBytes = 96 * 1024;

/** What lies in the project's tools folder, by name. */
export function listTools(paths: ProjectPaths): readonly ProjectTool[] {
  const { toolsDirectory } = paths;
  return namesIn(toolsDirectory).map((name) => {
    const path = join(toolsDirectory, name);
    return { name, path, isActive: isExecutable(path) };
  });
}

/**
 * Runs a tool in the caller's folder, without a shell, and gives what it printed: its beginning and end, should that be more than 64 KiB.
 * @throws TOOL_NOT_FOUND there is none of that name, or it may not be executed; TOOL_FAILED it ended with another code than 0 or took too long
 */
export async function runTool(parts: ProjectParts, call: ToolCall, wiggum: string): Promise<string> {
  const { name, target, timeoutMs } = call;
  const tool = findTool(parts.paths, name);
  const prompt = Buffer.from(call.prompt).subarray(0, longestPromptBytes).toString("utf8");
  const words = [target, prompt].map((word) => word.replaceAll("\0", ""));
  // Within an agent's session it stays that agent's: what it calls acts for it, and ends with it.
  const { caller, environment: given } = parts;
  const environment = {
    ...(caller.agent === undefined ? cleanEnvironment(given) : definedOf(given)),
    WIGGUM_BIN: wiggum,
    WIGGUM_TOOL: name,
    WIGGUM_TARGET: words[0] ?? "",
    WIGGUM_PROMPT: words[1] ?? "",
    WIGGUM_TARGET_TICKET: call.ticketId ?? "",
    WIGGUM_TARGET_WORKTREE: call.worktree ?? "",
    MAIN_PROJECT_ROOT: parts.paths.root,
  };
  const program = { file: tool.path, args: words, cwd: caller.contextRoot, environment };
  const end = await runToEnd(program, timeoutMs);
  const { exitCode } = end;
  const isStarted = startFailure(program, { exitCode, output: end.remarks });
  if (end.remarks !== "" && isStarted === undefined) call.onRemarks?.(end.remarks);
  if (exitCode === 0 && !end.isTimeout) return end.result;
  const how = end.isTimeout
    ? `was stopped after ${timeoutMs / 1000} s`
    : (isStarted ?? (exitCode === undefined ? "was ended by a signal" : `ended with code ${exitCode}`));
  throw new WorkflowError(
    "TOOL_FAILED",
    `Tool '${printable(name)}' ${isStarted === undefined ? how : `could not be started: ${how}`}`,
    { name, ...(exitCode === undefined ? {} : { exitCode }), output: end.result },
    { hint: `Run it by hand: ${relative(parts.paths.root, tool.path)} ${printable(target)}` },
  );
}

function findTool(paths: ProjectPaths, name: string): ProjectTool {
  const tools = listTools(paths);
  const tool = tools.find((one) => one.name === name);
  if (tool?.isActive === true) return tool;
  const known = tools.filter(({ isActive }) => isActive).map((one) => one.name);
  const folder = relative(paths.root, paths.toolsDirectory);
  const shown = printable(name);
  throw new WorkflowError(
    "TOOL_NOT_FOUND",
    tool === undefined ? `There is no tool '${shown}'` : `${folder}/${shown} is no file that may be executed`,
    { name, known },
    {
      hint:
        tool !== undefined
          ? `'chmod +x ${folder}/${shown}' makes it one.`
          : known.length > 0
            ? `There are: ${known.map((one) => printable(one)).join(", ")}.`
            : `Put a program into ${folder}: it gets the target and the prompt as its arguments.`,
    },
  );
}

interface ToolEnd {
  readonly exitCode?: number | undefined;
  readonly isTimeout: boolean;
  readonly result: string;
  readonly remarks: string;
}

function runToEnd(
  program: Omit<Parameters<typeof startKept>[0], "stdin">,
  timeoutMs: number,
): Promise<ToolEnd> {
  return new Promise((resolve) => {
    const result = boundedText();
    const remarks = boundedText();
    const child = startKept({ ...program, stdin: "ignore" });
    const limit = limitTime(child, timeoutMs);
    let exitCode: number | undefined;
    const settle = () => {
      limit.stop();
      for (const stream of child.stdio) stream?.destroy();
      resolve({
        ...(exitCode === undefined ? {} : { exitCode }),
        isTimeout: limit.isOver(),
        result: result.text(),
        remarks: remarks.text().trimEnd(),
      });
    };
    child.stdout?.on("data", result.add);
    child.stderr?.on("data", remarks.add);
    child.once("error", settle);
    // What it left in the background goes with it, and holds no pipe open then.
    child.once("exit", (code) => {
      exitCode = code ?? undefined;
      limit.endGroup();
      setTimeout(settle, drainMs).unref();
    });
    child.once("close", settle);
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // no permission, or a link to nowhere
  }
}

function definedOf(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
