import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { printable } from "@wiggum/runner-process/sessions";
import { tmuxFailed } from "./failures.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** Name of a project's private server, as in `tmux -L wiggum-3f9a0c12d4e5`: one for each root, however the folder is named. */
export function privateServerName(root: string): string {
  return `wiggum-${projectKey(root)}`;
}

/** Marks what is this project's on a server. */
export function projectKey(root: string): string {
  return createHash("sha256").update(root).digest("hex").slice(0, 12);
}

export interface SocketChoice {
  readonly root: string;
  readonly server: "private" | "default";
  /** Folder of the runner's own files. */
  readonly directory: string;
  readonly environment: Variables;
}

/**
 * The socket of the project's server. Where tmux itself would put it, so that `tmux -L` finds it, and then always the same: commands
 * of one project run in environments that differ (`TMUX_TMPDIR` of a shell, of cron, of an agent), and must meet.
 */
export function socketPathOf(choice: SocketChoice): string {
  const record = join(choice.directory, `socket-${choice.server}`);
  const recorded = readRecord(record);
  if (recorded !== undefined) return recorded;
  const path = usualSocketPath(choice);
  mkdirSync(choice.directory, { recursive: true, mode: 0o700 });
  const draft = `${record}.${process.pid}`;
  writeFileSync(draft, `${path}\n`, { mode: 0o600 });
  renameSync(draft, record);
  return path;
}

function readRecord(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const recorded = text.endsWith("\n") ? text.slice(0, -1) : "";
  if (!isAbsolute(recorded)) return undefined;
  // The folder of temporary files may have been another one, and is gone: nothing can listen there any more.
  return isFolder(dirname(recorded)) || isFolder(dirname(dirname(recorded))) ? recorded : undefined;
}

function usualSocketPath({ root, server, environment }: SocketChoice): string {
  const inside = environment["TMUX"]?.replace(/,[^,]*,[^,]*$/, "");
  if (server === "default" && inside !== undefined && isAbsolute(inside)) return inside;
  const name = server === "default" ? "default" : privateServerName(root);
  return join(realpathSync(environment["TMUX_TMPDIR"] || "/tmp"), `tmux-${process.getuid?.() ?? 0}`, name);
}

/**
 * Makes the folder of the socket, as tmux would. @throws RUNNER_FAILED others may put a socket there: whoever answers on it could read
 * and type whatever an agent does
 */
export function prepareSocketFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isPrivate =
    found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o007) === 0;
  if (isPrivate) return;
  throw tmuxFailed(`${printable(folder)} is not a folder that only this user may use`, {
    hint: `Make it so (chmod 700), or set TMUX_TMPDIR to another folder.`,
  });
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
