import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { lookAtClone, lookAtForeignStore } from "@wiggum/ticket-backend-git";
import { agentClones, originalRegistries } from "./adoption-backup.js";
import { refuseGoneFolder } from "./gone-folder.js";
import { rootFor } from "./init.js";
import { isShellProject } from "./init-adoption.js";
import { chooseAgent, claudeSettingsFile, isClaude, requireAgentCommand } from "./init-agent.js";
import { fromRoot } from "./init-files.js";
import { isSharedProject, missingIgnoreLines } from "./init-ignore.js";
import type { InitOptions } from "./init-report.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { readSettings } from "./read-settings.js";
import { templatePath } from "./templates.js";
import { loadTicketTypes } from "./ticket-types-file.js";
import { processesIn } from "./worktree-processes.js";

/** What `init` would do, as data. Made by looking alone: nothing is written. */
export interface InitPlan {
  readonly root: ProjectRoot;
  /** `upgrade`: a project of the shell version, which is changed only when somebody says so. */
  readonly kind: "set up" | "complete" | "upgrade";
  readonly steps: readonly InitPlanStep[];
}

/** One thing that an upgrade of a project of the shell version reads, changes or keeps. */
export interface InitPlanStep {
  /** `read`: its content counts from then on. `keep`: stays byte for byte. `mind`: a person should know, or do, this first. */
  readonly verb: "read" | "keep" | "save" | "change" | "create" | "mind";
  /** From the main root, forward slashes. */
  readonly path: string;
  readonly detail?: string | undefined;
}

/** Looks at what `init` would do here. @throws as `initProject`, for the same reasons */
export async function planInit(options: InitOptions): Promise<InitPlan> {
  if (options.agent !== undefined) requireAgentCommand(options.agent);
  await refuseGoneFolder(options.cwd, options.environment);
  const root = await rootFor(options.cwd);
  const bare = projectPaths(root);
  const isUpgrade = isShellProject(bare);
  const isNew = !existsSync(bare.controlDirectory);
  const { settings } = await readSettings(root, { environment: options.environment });
  const paths = projectPaths(root, settings.worktreesDirectory);
  const types = await loadTicketTypes(paths.ticketTypes);
  const { command } = chooseAgent(paths, options);
  const created = missingParts(paths, isClaude(command));
  const isShared = options.share === true || (await isSharedProject(paths));
  const lines = await missingIgnoreLines(paths, isShared, isClaude(command) ? [claudeSettingsFile] : []);
  const ignore: InitPlanStep[] =
    lines.length === 0 ? [] : [{ verb: "change", path: ".gitignore", detail: `adds ${lines.join(" ")}` }];
  const steps: InitPlanStep[] = [...created, ...ignore];
  if (!isUpgrade) return { root, kind: isNew ? "set up" : "complete", steps };
  const states = types.types[types.defaultType]?.states.length ?? 0;
  const names = Object.keys(types.types).length;
  const described = existsSync(paths.ticketTypes)
    ? `${counted(names, "type")} with ${counted(states, "state")}`
    : "none: the built-in types hold";
  return {
    root,
    kind: "upgrade",
    steps: [
      {
        verb: "read",
        path: fromRoot(paths, paths.configShell),
        detail: `agents are started with '${command}'`,
      },
      { verb: "read", path: fromRoot(paths, paths.ticketTypes), detail: described },
      ...kept(paths),
      ...saved(paths),
      ...storeSteps(paths),
      ...(await cloneSteps(paths)),
      ...registrySteps(paths),
      ...steps,
      ...(await strangers(paths)),
    ],
  };
}

function missingParts(paths: ProjectPaths, hasClaude: boolean): readonly InitPlanStep[] {
  const shipped = (kind: "hooks" | "prompts", folder: string) =>
    readdirSync(templatePath(kind))
      .sort()
      .map((name) => join(folder, name));
  const wanted = [
    paths.marker,
    paths.configShell,
    paths.configYaml,
    paths.ticketTypes,
    paths.tmuxConfig,
    paths.ticketStore,
    paths.ticketView,
    ...shipped("hooks", paths.hooksDirectory),
    ...shipped("prompts", paths.promptsDirectory),
    ...(hasClaude ? [join(paths.root, claudeSettingsFile)] : []),
  ];
  return wanted
    .filter((path) => !existsSync(path))
    .map((path) => ({ verb: "create", path: fromRoot(paths, path) }));
}

function kept(paths: ProjectPaths): readonly InitPlanStep[] {
  const folders = [paths.hooksDirectory, paths.promptsDirectory].filter((folder) => existsSync(folder));
  const steps = folders.map((folder): InitPlanStep => {
    const names = readdirSync(folder).sort();
    return { verb: "keep", path: `${fromRoot(paths, folder)}/`, detail: names.join(", ") || "empty" };
  });
  if (!existsSync(paths.worktreesDirectory)) return steps;
  const worktrees = readdirSync(paths.worktreesDirectory).sort();
  return [
    ...steps,
    ...worktrees.map(
      (name): InitPlanStep => ({
        verb: "keep",
        path: `${fromRoot(paths, join(paths.worktreesDirectory, name))}/`,
        detail: "files, commits and branch",
      }),
    ),
  ];
}

function saved(paths: ProjectPaths): readonly InitPlanStep[] {
  const path = `${fromRoot(paths, paths.adoptionBackup)}/`;
  if (existsSync(paths.adoptionBackup))
    return [{ verb: "keep", path, detail: "copies, made when this upgrade was begun" }];
  const detail = "copies of all that changes: the store, every clone, the registry; how to go back";
  return [{ verb: "save", path, detail }];
}

function storeSteps(paths: ProjectPaths): readonly InitPlanStep[] {
  const { branch, ticketCount, pushHooks, mergesByLines } = lookAtForeignStore(paths.ticketStore);
  const changes = [
    ...(branch === "main" ? [] : [`its branch is 'main' beside '${branch}'`]),
    ...(pushHooks.length === 0 ? [] : [`git hooks are set aside: ${pushHooks.join(", ")}`]),
    ...(mergesByLines ? ["no merging by lines"] : []),
    "one commit with its own files",
  ];
  const path = `${fromRoot(paths, paths.ticketStore)}/`;
  return [
    { verb: "keep", path, detail: `${counted(ticketCount, "ticket")}, byte for byte, with their history` },
    { verb: "change", path, detail: changes.join("; ") },
  ];
}

async function cloneSteps(paths: ProjectPaths): Promise<readonly InitPlanStep[]> {
  const folders = [paths.ticketView, ...(await agentClones(paths)).map(({ folder }) => folder)];
  return folders.flatMap((folder): readonly InitPlanStep[] => {
    const clone = lookAtClone(paths.ticketStore, folder);
    if (clone === undefined) return [];
    const { unpushedCommits, editedTickets, stoppedIn } = clone;
    const found = [
      ...(stoppedIn === undefined ? [] : [`a ${stoppedIn} that stopped is taken back`]),
      ...(unpushedCommits === 0 ? [] : [`${counted(unpushedCommits, "commit")} not pushed`]),
      ...(editedTickets.length === 0 ? [] : [`edits of ${editedTickets.join(", ")}`]),
    ];
    const then = found.length === 0 ? "" : `; ${found.join(", ")}: all of it stays, as edits to submit`;
    return [
      { verb: "change", path: `${fromRoot(paths, folder)}/`, detail: `follows the store by itself${then}` },
    ];
  });
}

function registrySteps(paths: ProjectPaths): readonly InitPlanStep[] {
  return originalRegistries(paths)
    .filter((file) => existsSync(file))
    .map((file) => ({
      verb: "change",
      path: fromRoot(paths, file),
      detail: `moves to ${basename(paths.adoptionBackup)}/; its agents stay known, no number is given again`,
    }));
}

/** Whoever works in an agent's folder is most likely an agent of the shell version. */
async function strangers(paths: ProjectPaths): Promise<readonly InitPlanStep[]> {
  if (!existsSync(paths.worktreesDirectory)) return [];
  const found = await processesIn(paths.worktreesDirectory, 0);
  if (found.length === 0) return [];
  const pids = found.map(({ pid, command }) => `${pid} (${command.slice(0, 40)})`).join(", ");
  return [
    {
      verb: "mind",
      path: `${fromRoot(paths, paths.worktreesDirectory)}/`,
      detail: `processes are at work there: ${pids}. Agents of the shell version are not taken over: end them first`,
    },
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
