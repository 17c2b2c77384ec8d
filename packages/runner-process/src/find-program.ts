import { constants } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { type CommandOrder, WorkflowError } from "@wiggum/workflow";
import { printable } from "./failures.js";

/** Where programs are when the environment has no `PATH`. */
const defaultPath = ["/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);

/**
 * Absolute path of the order's program, found as a shell would: by the `PATH` of the order's environment, relative to its folder.
 * @throws AGENT_COMMAND_MISSING not there, not executable, or a script whose interpreter is not there
 */
export async function findProgram(order: CommandOrder): Promise<string> {
  const name = order.command[0] ?? "";
  if (name === "") throw missing(name, "The agent command is empty");
  const folder = order.cwd ?? "/";
  const candidates = name.includes("/")
    ? [resolve(folder, name)]
    : (order.environment["PATH"] ?? defaultPath)
        .split(delimiter)
        .map((entry) => join(isAbsolute(entry) ? entry : resolve(folder, entry), name));
  let refusal = `The agent command ${quoted(name)} was not found${name.includes("/") ? "" : " in PATH"}`;
  for (const candidate of candidates) {
    const found = await judge(candidate);
    if (found === "runnable") return candidate;
    if (found !== "absent") refusal = `The agent command ${quoted(candidate)} ${found.reason}`;
  }
  throw missing(name, refusal);
}

async function judge(path: string): Promise<"runnable" | "absent" | { readonly reason: string }> {
  try {
    if (!(await stat(path)).isFile()) return { reason: "is no file" };
  } catch {
    return "absent";
  }
  try {
    await access(path, constants.X_OK);
  } catch {
    return { reason: "is not executable" };
  }
  const interpreter = await interpreterOf(path);
  if (interpreter === undefined) return "runnable";
  try {
    await access(interpreter, constants.X_OK);
    return "runnable";
  } catch {
    return { reason: `needs the interpreter ${quoted(interpreter)}, which is not there` };
  }
}

/** The program named in a script's first line; absent for anything else, and where it cannot be read (it may still be runnable). */
async function interpreterOf(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const line = buffer.toString("latin1", 0, bytesRead).split("\n", 1)[0] ?? "";
    return /^#!\s*(\/\S+)/.exec(line)?.[1];
  } finally {
    await file.close();
  }
}

function missing(command: string, message: string): WorkflowError<"AGENT_COMMAND_MISSING"> {
  return new WorkflowError(
    "AGENT_COMMAND_MISSING",
    message,
    { command },
    { hint: "Install it, or set another agent command." },
  );
}

function quoted(text: string): string {
  return `'${printable(text)}'`;
}
