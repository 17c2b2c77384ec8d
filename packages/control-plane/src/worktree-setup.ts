import { cp, glob, lstat, mkdir, readlink, realpath, symlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Git } from "@wiggum/git";
import { printable, type TicketId, type TicketViews } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { describeEnd, runProgram, shownCommand } from "./bounded-program.js";
import { endLeftOver } from "./end-processes.js";
import { refuseLinkedControl } from "./linked-control.js";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";
import type { StructuredSettings } from "./settings.js";
import { hidePaths, type MadePath } from "./worktree-ignore.js";
import { writeWorktreeLog } from "./worktree-log.js";

/** Makes an agent's view of the tickets, and brings it up to date. */
export type WorktreeViews = Pick<TicketViews, "create" | "refresh">;

export interface WorktreeSetUp {
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly settings: StructuredSettings["worktree"];
  /** Keeps ticket views; absent = the backend has none. */
  readonly views?: WorktreeViews | undefined;
  /** The ticket that the agent works on: a view of a large store shows it. */
  readonly ticketId?: TicketId | undefined;
}

/** Which files of the main checkout a new worktree gets. */
export interface DeclaredFiles {
  readonly copy: readonly string[];
  readonly link: readonly string[];
}

/** Between SIGTERM and SIGKILL, milliseconds. */
const graceMs = 2_000;

/**
 * Makes a worktree fit for work: ticket view, link to the agent's settings, copied and linked files, set-up program. Repeatable: what is
 * there stays as it is. `run` names this run of the set-up program, for whoever has to end what is left of it.
 * @throws SETUP_FAILED with the program's output
 */
export async function setUpWorktree(
  setUp: WorktreeSetUp,
  worktree: string,
  environment: Readonly<Record<string, string>>,
  run?: string,
): Promise<void> {
  const { git, paths, settings, views, ticketId } = setUp;
  const own = worktreePaths(worktree);
  refuseLinkedControl(worktree);
  await mkdir(own.controlDirectory, { recursive: true });
  if (views !== undefined) {
    await views.create(own.ticketView, "shared");
    await views.refresh(own.ticketView, { showing: ticketId === undefined ? [] : [ticketId] });
  }
  const claude = await linkAgentSettings(paths, worktree);
  const made = await placeDeclaredFiles(paths.root, worktree, settings, [
    paths.controlDirectory,
    paths.worktreesDirectory,
  ]);
  await hidePaths(git, worktree, [...claude, ...made]);
  if (settings.setUp === undefined) return;
  const command = settings.setUp;
  const timeoutMs = settings.setUpTimeoutMs;
  const end = await runProgram({ command, cwd: worktree, environment, timeoutMs, run });
  await writeWorktreeLog(paths, basename(worktree), "set-up", command, end, timeoutMs);
  // What it leaves on purpose may stay, what goes on after its time is over may not.
  if (end.isTimeout && run !== undefined) await endLeftOver({ runs: [run] }, graceMs);
  if (end.exitCode === 0 && !end.isTimeout) return;
  throw new WorkflowError(
    "SETUP_FAILED",
    `The set-up program ${shownCommand(command)} ${describeEnd(end, timeoutMs)}${end.output === "" ? "" : `:\n${end.output}`}`,
    { command, exitCode: end.exitCode, output: end.output },
    { hint: "It is worktree.setUp in config.yaml. The agent was not started, its ticket is as it was." },
  );
}

/** The agent's worktree shares the settings of the main checkout's agent folder, where that exists. */
async function linkAgentSettings(paths: ProjectPaths, worktree: string): Promise<readonly MadePath[]> {
  const name = relative(paths.root, paths.claudeDirectory);
  const target = join(worktree, name);
  const isWanted = (await exists(paths.claudeDirectory)) && !(await exists(target));
  if (isWanted) await symlink(paths.claudeDirectory, target);
  const isOurs = isWanted || (await readlink(target).catch(() => "")) === paths.claudeDirectory;
  return isOurs ? [{ path: name, isLink: true }] : [];
}

/**
 * Copies and links what the globs name, from `from` to the same place in `to`. What exists there stays. Nothing is read outside of `from` or
 * written outside of `to`, whatever links lie on the way: what leads out is refused.
 * @throws SETTINGS_INVALID a glob that leads out; SETUP_FAILED a link that does
 */
export async function placeDeclaredFiles(
  from: string,
  to: string,
  declared: DeclaredFiles,
  without: readonly string[],
): Promise<readonly MadePath[]> {
  const made: MadePath[] = [];
  const isLeftOut = (path: string) =>
    [...without, join(from, ".git")].some((folder) => isWithin(folder, join(from, path)));
  for (const kind of ["link", "copy"] as const) {
    for (const path of await declaredPaths(from, declared[kind])) {
      if (isLeftOut(path) || made.some((other) => isWithin(other.path, path))) continue;
      const target = join(to, path);
      if (await exists(target)) continue;
      const source = join(from, path);
      await refuseWayOut(source, from, path);
      await refuseWayOut(await firstThere(dirname(target)), to, path);
      await mkdir(dirname(target), { recursive: true });
      if (kind === "link") await symlink(source, target);
      else {
        await cp(source, target, {
          recursive: true,
          verbatimSymlinks: true,
          force: false,
          filter: async (inner) => {
            const isLink = (await lstat(inner)).isSymbolicLink();
            if (isLink) await refuseWayOut(inner, from, relative(from, inner));
            return true;
          },
        });
      }
      made.push({ path: path.split(sep).join("/"), isLink: kind === "link" });
    }
  }
  return made;
}

/** @throws SETUP_FAILED `place` is really somewhere outside of `folder`; a link to nowhere leads nowhere */
async function refuseWayOut(place: string, folder: string, path: string): Promise<void> {
  const [real, within] = await Promise.all([realpath(place).catch(() => undefined), realpath(folder)]);
  if (real === undefined || isWithin(within, real)) return;
  throw new WorkflowError(
    "SETUP_FAILED",
    `'${printable(path)}' was not placed in the worktree: a link on its way leads to ${printable(real)}`,
    { command: [], output: "" },
    {
      hint: "Take it out of worktree.copy and worktree.link in config.yaml, or put the file itself in its place. The agent was not started.",
    },
  );
}

/** The nearest folder above that is there already. */
async function firstThere(folder: string): Promise<string> {
  return (await exists(folder)) ? folder : firstThere(dirname(folder));
}

async function declaredPaths(from: string, globs: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const pattern of globs) {
    if (isAbsolute(pattern) || pattern.split(/[\\/]/).includes("..")) {
      throw new WorkflowError(
        "SETTINGS_INVALID",
        `'${printable(pattern)}' leads out of the project`,
        { problems: [{ at: "worktree", message: `'${printable(pattern)}' leads out of the project` }] },
        { hint: "worktree.copy and worktree.link in config.yaml name files inside the project." },
      );
    }
    for await (const path of glob(pattern, { cwd: from })) found.add(path);
  }
  // A folder before what lies in it: the folder covers it.
  return [...found].filter((path) => path !== "." && path !== "").sort();
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
