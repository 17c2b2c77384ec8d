import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { type AgentRunnerSupports, roleNameRule, WorkflowError } from "@wiggum/workflow";
import { isRoleName } from "./branch-names.js";
import type { ProjectPaths } from "./project-paths.js";
import { readFlagFile, readSettingsText, settingsInvalid } from "./settings-problems.js";
import { templatePath } from "./templates.js";

/** What agents of one kind are told and how they are started. The front matter of `prompts/<role>.md`, and the text below it. */
export interface Role {
  readonly name: string;
  /** Where the prompt comes from: a file of the project (or the caller), one that Wiggum ships, or one general line. */
  readonly source: "project" | "default" | "generic";
  readonly path?: string | undefined;
  /** With its `{NAME}` placeholders. */
  readonly prompt: string;
  readonly description?: string | undefined;
  /** Program and arguments instead of the project's agent command. */
  readonly command?: readonly string[] | undefined;
  /** Name of the agent profile to use, instead of the one that its program names. */
  readonly profile?: string | undefined;
  /** Abilities without which a runner cannot run this role. */
  readonly needs: readonly (keyof AgentRunnerSupports)[];
}

/** The one role that works without a ticket. */
export const supervisorRole = "supervisor";

/**
 * The role of that name. `promptPath` (absolute) is a file to use in place of the project's.
 * @throws SETTINGS_INVALID its front matter is wrong, or its file is no text; FLAG_INVALID `promptPath` cannot be read; ROLE_NAME_INVALID
 */
export async function loadRole(
  paths: ProjectPaths,
  name: string,
  options: { readonly promptPath?: string | undefined } = {},
): Promise<Role> {
  if (!isRoleName(name)) throw badRoleName(name);
  const file = `${name}.md`;
  const { promptPath } = options;
  if (promptPath !== undefined) {
    const hint = "Name a prompt file that exists, or leave it out to use the role's.";
    return readRole(
      paths.root,
      name,
      "project",
      promptPath,
      await readFlagFile("--prompt", promptPath, hint),
    );
  }
  const own = join(paths.promptsDirectory, file);
  const text = await readSettingsText(own, paths.root);
  if (text !== undefined) return readRole(paths.root, name, "project", own, text);
  const shipped = templatePath("prompts", file);
  const standard = await readSettingsText(shipped);
  if (standard !== undefined) return readRole(paths.root, name, "default", shipped, standard);
  const prompt = `You are the ${name} of ticket {TICKET_ID}: read it with 'wiggum ticket show {TICKET_ID}' and do your part.\n`;
  return { name, source: "generic", prompt, needs: [] };
}

/** Names of the roles that the project or Wiggum has a prompt for, sorted. Any other name is a role, too, with a general prompt. */
export async function listRoles(paths: ProjectPaths): Promise<readonly string[]> {
  const folders = [paths.promptsDirectory, templatePath("prompts")];
  const names = (await Promise.all(folders.map((folder) => readdir(folder).catch(noFolder)))).flat();
  const roles = names.filter((name) => name.endsWith(".md")).map((name) => name.slice(0, -3));
  return [...new Set(roles.filter(isRoleName))].sort();
}

async function readRole(
  root: string,
  name: string,
  source: "project" | "default",
  path: string,
  text: string,
): Promise<Role> {
  const parts = /^\uFEFF?---[ \t]*\r?\n((?:[\s\S]*?\n)??)---[ \t]*(?:\r?\n|$)/.exec(text);
  if (parts === null) return { name, source, path, prompt: text, needs: [] };
  // Only a role with front matter needs the YAML parser and the schema.
  const { parseRoleFrontmatter } = await import("./role-frontmatter.js");
  const parsed = parseRoleFrontmatter(parts[1] ?? "");
  if ("problems" in parsed) throw settingsInvalid(root, path, parsed.problems);
  return { name, source, path, prompt: text.slice(parts[0].length), ...parsed.value };
}

function badRoleName(name: string): WorkflowError<"ROLE_NAME_INVALID"> {
  return new WorkflowError(
    "ROLE_NAME_INVALID",
    `'${printable(name)}' cannot be the name of a role`,
    { name },
    { hint: roleNameRule },
  );
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
