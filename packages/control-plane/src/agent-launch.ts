import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { commonDirectory, type Git, gitDirectory } from "@wiggum/git";
import {
  type AgentRunner,
  composeLaunch,
  isSandboxed,
  type Launch,
  type LaunchPlaces,
} from "@wiggum/workflow";
import { isVimEditing } from "./editor-mode.js";
import { sandboxVariable } from "./hook-environment.js";
import { chooseProfile, type FoundProfile, loadProfiles } from "./profiles.js";
import type { ProjectPaths } from "./project-paths.js";
import type { Role } from "./roles.js";
import type { Settings } from "./settings.js";
import { templatePath } from "./templates.js";
import { replaceFile } from "./write-files.js";

const reportProgram = "report";

/** What `prepareLaunch` works with. */
export interface LaunchOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly settings: Pick<Settings, "agentCommand" | "agentProfile" | "editorMode">;
}

/** The command of a role's agents, and the profile of its program. @throws SETTINGS_INVALID a profile is wrong or missing */
export async function profileOfRole(
  {
    paths,
    settings,
  }: Pick<LaunchOptions, "paths"> & {
    readonly settings: Pick<Settings, "agentCommand" | "agentProfile">;
  },
  role: Pick<Role, "name" | "command" | "profile">,
): Promise<FoundProfile & { readonly command: readonly string[] }> {
  const command = role.command ?? settings.agentCommand;
  // The project's choice is made for the project's command, not for one that a role brings along.
  const chosen = role.command === undefined ? settings.agentProfile : undefined;
  const asked =
    role.profile !== undefined
      ? { name: role.profile, by: `prompts/${role.name}.md: profile` }
      : chosen === undefined
        ? undefined
        : { name: chosen, by: "config.yaml: agentProfile" };
  return { ...chooseProfile(await loadProfiles(paths), command, asked), command };
}

/** What it starts can be attached to, so it has a terminal, unless it says otherwise; any other starts a child without one. Of joined runners the first one counts. */
export function formFor({ supports }: Pick<AgentRunner, "supports">): "pane" | "headless" {
  return (supports.terminal ?? supports.attach) ? "pane" : "headless";
}

/** Places what the profile brings along into the session's folder and gives the command. */
export async function prepareLaunch(
  options: LaunchOptions,
  role: Role,
  session: {
    readonly form: "pane" | "headless";
    readonly worktree: string;
    readonly stateDirectory: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<Launch> {
  const { profile, command } = await profileOfRole(options, role);
  const { stateDirectory, environment, worktree } = session;
  const places = await launchPlaces(options, worktree, stateDirectory);
  const isVim = await isVimEditing(profile, options.settings.editorMode, environment);
  const launch = composeLaunch(profile, session.form, { command, environment, places, isVim });
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  await replaceFile(places.report, await readFile(templatePath("report.sh")));
  await chmod(places.report, 0o700);
  for (const [name, text] of Object.entries(launch.files))
    await replaceFile(join(stateDirectory, name), text);
  if (!isSandboxed(profile, { command, environment, places })) return launch;
  return { ...launch, environment: { ...launch.environment, [sandboxVariable]: "1" } };
}

/** What an agent must be able to write into beside its worktree, or it can neither commit nor hand in. */
export async function launchPlaces(
  { git, paths }: Pick<LaunchOptions, "git" | "paths">,
  worktree: string,
  stateDirectory: string,
): Promise<LaunchPlaces> {
  const own = git.with({ ...git.options, cwd: worktree });
  const roots = [await commonDirectory(git), await gitDirectory(own), paths.controlDirectory];
  return {
    state: stateDirectory,
    worktree,
    root: paths.root,
    report: join(stateDirectory, reportProgram),
    writableRoots: [...new Set(roots)],
  };
}
