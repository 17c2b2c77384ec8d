import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { AgentProfile } from "@wiggum/workflow";
import type { ProjectPaths } from "./project-paths.js";
import { readSettingsText, settingsInvalid } from "./settings-problems.js";
import { templatePath } from "./templates.js";

/** A profile, and where it stands. */
export interface FoundProfile {
  readonly profile: AgentProfile;
  /** `project`: a file of the project, also where Wiggum ships one of that name. */
  readonly source: "project" | "shipped";
  readonly path: string;
}

/** What is taken for any program that no profile names. */
export const otherPrograms = "custom";

/**
 * All profiles, the project's (`.wiggum/profiles/<name>.yaml`) before those that Wiggum ships; a project's file replaces the shipped one
 * of its name.
 * @throws SETTINGS_INVALID a file of the project is wrong, with all its problems
 */
export async function loadProfiles(
  paths: Pick<ProjectPaths, "root" | "profilesDirectory">,
): Promise<readonly FoundProfile[]> {
  const own = await profilesIn(paths.root, paths.profilesDirectory, "project");
  const shipped = await profilesIn(paths.root, templatePath("profiles"), "shipped");
  const isReplaced = ({ profile }: FoundProfile) => own.some((other) => other.profile.name === profile.name);
  return [...own, ...shipped.filter((found) => !isReplaced(found))];
}

/**
 * The profile of an agent command: the one that is asked for by name, else the first that names the command's program, else `custom`.
 * @throws SETTINGS_INVALID there is no profile of that name
 */
export function chooseProfile(
  profiles: readonly FoundProfile[],
  command: readonly string[],
  asked?: { readonly name: string; readonly by: string } | undefined,
): FoundProfile {
  const program = basename(command[0] ?? "");
  const found =
    asked === undefined
      ? (profiles.find(({ profile }) => profile.programs.includes(program)) ?? named(profiles, otherPrograms))
      : named(profiles, asked.name);
  if (found !== undefined) return found;
  const { name, by } = asked ?? { name: otherPrograms, by: "profile" };
  const known = profiles.map(({ profile }) => profile.name).toSorted();
  throw settingsInvalid(undefined, undefined, [
    {
      at: by,
      message: `names the agent profile "${name}", which does not exist; there are ${known.join(", ")}`,
    },
  ]);
}

function named(profiles: readonly FoundProfile[], name: string): FoundProfile | undefined {
  return profiles.find(({ profile }) => profile.name === name);
}

async function profilesIn(
  root: string,
  folder: string,
  source: FoundProfile["source"],
): Promise<readonly FoundProfile[]> {
  const files = (await readdir(folder).catch(noFolder)).filter((name) => name.endsWith(".yaml")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const { parseProfile } = await import("./profile-schema.js");
      const parsed = parseProfile((await readSettingsText(path)) ?? "", file);
      if ("problems" in parsed) throw settingsInvalid(root, path, parsed.problems);
      const profile = parsed.value;
      if (`${profile.name}.yaml` !== file) {
        const message = `must be the name of the file without its ending, not "${profile.name}"`;
        throw settingsInvalid(root, path, [{ at: "name", line: parsed.lineOf(["name"]), message }]);
      }
      return { profile, source, path };
    }),
  );
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
