import { existsSync, realpathSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createGit, findTopLevel, GitError, requireGit } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { backUpShellProject, finishAdoption, retireOriginalRegistry } from "./adoption-backup.js";
import { exclusively } from "./exclusively.js";
import { findProject, foreignFolder, inspectControlFolder } from "./find-project.js";
import { refuseGoneFolder } from "./gone-folder.js";
import { isCleanedProject, isShellProject } from "./init-adoption.js";
import {
  chooseAgent,
  claudeSettingsFile,
  isClaude,
  knownOf,
  requireAgentCommand,
  writeClaudeSettings,
} from "./init-agent.js";
import { copyTemplates, fromRoot } from "./init-files.js";
import { isSharedProject, writeIgnore } from "./init-ignore.js";
import type { InitOptions, InitPart, InitReport } from "./init-report.js";
import { makeStore } from "./init-store.js";
import { chooseUpstream, writeUpstream } from "./init-upstream.js";
import { markerText, readMarker } from "./marker-file.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { readSettings } from "./read-settings.js";
import { requireWritable } from "./storage-errors.js";
import { loadTicketTypes } from "./ticket-types-file.js";
import { createFile } from "./write-files.js";

/**
 * Sets a project up, or completes one: every part only if it is missing, so that a second run changes nothing that somebody edited.
 * Two processes at once wait for each other. Nothing is committed to the code repository. A project of the shell version is opened only with
 * `isUpgrade`; cut off in the middle, the next call goes on and ends in the same place.
 * @throws UPGRADE_NOT_CONFIRMED FOREIGN_FOLDER PROJECT_FORMAT_NEWER SETTINGS_INVALID FLAG_INVALID PROJECT_BUSY NOT_WRITABLE, NOT_A_REPOSITORY GIT_TOO_OLD GIT_MISSING
 */
export async function initProject(options: InitOptions): Promise<InitReport> {
  if (options.agent !== undefined) requireAgentCommand(options.agent);
  await refuseGoneFolder(options.cwd, options.environment);
  const root = await rootFor(options.cwd);
  const paths = projectPaths(root);
  const isNew = !existsSync(paths.controlDirectory) || inspectControlFolder(root) === "empty";
  if (isNew) {
    // A wrong variable of the environment must not leave half a project behind.
    await readSettings(root, { environment: options.environment });
    await mkdir(paths.controlDirectory, { recursive: true });
    await createFile(paths.marker, markerText());
  }
  if (isShellProject(paths) && options.isUpgrade !== true) throw notConfirmed(root);
  requireWritable(paths.controlDirectory);
  return exclusively(paths.initLock, () => setUp(root, options, isNew));
}

function notConfirmed(root: ProjectRoot): WorkflowError<"UPGRADE_NOT_CONFIRMED"> {
  return new WorkflowError(
    "UPGRADE_NOT_CONFIRMED",
    `${printable(root)} was set up by the shell version of wiggum: nothing was changed`,
    { path: root },
    { hint: "'wiggum init --dry-run' shows what the upgrade does, 'wiggum init --upgrade' does it." },
  );
}

async function setUp(root: ProjectRoot, options: InitOptions, isNew: boolean): Promise<InitReport> {
  const bare = projectPaths(root);
  const isAdopted = isShellProject(bare);
  await readMarker(root);
  // Wrong settings and types are refused before anything is made.
  const { settings } = await readSettings(root, { environment: options.environment });
  const types = await loadTicketTypes(bare.ticketTypes);
  const paths = projectPaths(root, settings.worktreesDirectory);
  const agent = chooseAgent(paths, options);
  const upstream = await chooseUpstream(paths, settings, options);
  const profile = await knownOf(paths, agent.command);
  const drafts = join(dirname(paths.initLock), "init");
  await rm(drafts, { recursive: true, force: true });
  const isShared = options.share === true || (await isSharedProject(paths));
  const parts: InitPart[] = [...(isAdopted ? await backUpShellProject(paths) : [])];
  for (const folder of [paths.hooksDirectory, paths.promptsDirectory]) {
    const isThere = existsSync(folder);
    await mkdir(folder, { recursive: true });
    parts.push({
      part: "folders",
      path: `${fromRoot(paths, folder)}/`,
      outcome: isThere ? "kept" : "created",
    });
  }
  parts.push(...(await makeStore(paths, types, { isAdopted, upstream: upstream?.settings })));
  if (isAdopted) parts.push(...(await retireOriginalRegistry(paths)));
  const extra = isClaude(agent.command) ? [claudeSettingsFile] : [];
  parts.push(await writeIgnore(paths, { isShared, extra }));
  if (isClaude(agent.command)) parts.push(await writeClaudeSettings(paths));
  parts.push(...(await copyTemplates(paths, agent, drafts)));
  if (upstream?.isNew === true) parts.push(await writeUpstream(paths, upstream.settings));
  if (isAdopted) await finishAdoption(paths);
  // Last: without it an upgrade that was cut off is seen as one.
  const isMarked = await createFile(paths.marker, markerText(), { drafts });
  parts.push({
    part: "marker",
    path: fromRoot(paths, paths.marker),
    outcome: isMarked || isNew ? "created" : "kept",
  });
  await rm(drafts, { recursive: true, force: true });
  const kind = isAdopted ? "adopted" : isNew ? "new" : "existing";
  return { root, kind, parts, agent, profile, isShared };
}

/** Where `init` works: the project that `cwd` belongs to, else the top of its repository. Never nests one control folder in another project. */
export async function rootFor(cwd: string): Promise<ProjectRoot> {
  const git = createGit({ cwd });
  await requireGit(git);
  const start = realpathSync(cwd);
  const top = await findTopLevel(git);
  for (let folder = start; ; folder = dirname(folder)) {
    const kind = inspectControlFolder(folder);
    if (kind === "ours") return adoptable((await findProject(folder)).root);
    // Above the repository somebody else's folder is no concern of ours: nothing is written there.
    const isInside = top !== undefined && (folder === top || folder.startsWith(`${top}/`));
    if (kind === "foreign" && isInside)
      throw foreignFolder(projectPaths(folder as ProjectRoot).controlDirectory);
    if (dirname(folder) === folder) break;
  }
  if (top === undefined) {
    throw new GitError(
      "NOT_A_REPOSITORY",
      "Not in a git repository. Run 'git init' first.",
      { path: cwd },
      { hint: `Run 'git init' in ${printable(cwd)}, then 'wiggum init' again.` },
    );
  }
  return top as ProjectRoot;
}

/** Ours by its marker, or a whole project of the shell version; any other folder of that name is refused. */
function adoptable(root: ProjectRoot): ProjectRoot {
  const paths = projectPaths(root);
  if (existsSync(paths.marker) || isCleanedProject(paths) || isShellProject(paths)) return root;
  throw foreignFolder(paths.controlDirectory);
}
