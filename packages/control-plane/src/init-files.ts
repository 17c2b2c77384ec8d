import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { conventionalBranch, createGit, readHead } from "@wiggum/git";
import type { InitAgent, InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";
import { writeSetting } from "./settings-file.js";
import { templatePath } from "./templates.js";
import { createFile, replaceFile } from "./write-files.js";

/** Copies what Wiggum ships into the control folder, each file only if nothing stands in its place. Hooks become executable. */
export async function copyTemplates(
  paths: ProjectPaths,
  agent: InitAgent,
  drafts: string,
): Promise<readonly InitPart[]> {
  const single = async (part: InitPart["part"], path: string) => {
    const text = await readFile(templatePath(basename(path)), "utf8");
    return place(paths, part, path, text, { drafts });
  };
  return [
    await writeConfig(paths, agent, drafts),
    await writeStructuredConfig(paths, drafts),
    await single("types", paths.ticketTypes),
    await single("settings", paths.tmuxConfig),
    ...(await copyFolder(paths, "hooks", paths.hooksDirectory, { drafts, mode: 0o755 })),
    ...(await copyFolder(paths, "prompts", paths.promptsDirectory, { drafts })),
  ];
}

/** `config.sh` names the agent. One that is there stays as it is, unless the caller asked for another agent. */
async function writeConfig(paths: ProjectPaths, agent: InitAgent, drafts: string): Promise<InitPart> {
  const template = await readFile(templatePath(basename(paths.configShell)), "utf8");
  const text = writeSetting(template, "WIGGUM_AGENT_CMD", agent.command);
  const made = await place(paths, "settings", paths.configShell, text, { drafts });
  if (made.outcome === "created" || agent.source !== "flag") return made;
  const before = await readFile(paths.configShell, "utf8");
  const after = writeSetting(before, "WIGGUM_AGENT_CMD", agent.command);
  if (after === before) return made;
  await replaceFile(paths.configShell, after);
  return { ...made, outcome: "changed", detail: `WIGGUM_AGENT_CMD is ${agent.command}` };
}

/**
 * `config.yaml` names the base branch where nothing else does: the branch that is checked out now. Later somebody may be on another one
 * for a while, and work would begin there and be merged into it.
 */
async function writeStructuredConfig(paths: ProjectPaths, drafts: string): Promise<InitPart> {
  const template = await readFile(templatePath(basename(paths.configYaml)), "utf8");
  const git = createGit({ cwd: paths.root });
  const branch = (await conventionalBranch(git)) === undefined ? (await readHead(git)).branch : undefined;
  const isUsual = branch === undefined || branch === "main";
  const text = isUsual
    ? template
    : template.replace(/^# baseBranch: .*$/m, () => `baseBranch: ${JSON.stringify(branch)}`);
  return place(paths, "settings", paths.configYaml, text, { drafts });
}

async function copyFolder(
  paths: ProjectPaths,
  part: "hooks" | "prompts",
  folder: string,
  options: { readonly drafts: string; readonly mode?: number },
): Promise<readonly InitPart[]> {
  const parts: InitPart[] = [];
  for (const name of (await readdir(templatePath(part))).sort()) {
    parts.push(
      await place(paths, part, join(folder, name), await readFile(templatePath(part, name)), options),
    );
  }
  return parts;
}

async function place(
  paths: ProjectPaths,
  part: InitPart["part"],
  path: string,
  content: string | Uint8Array,
  options: { readonly drafts: string; readonly mode?: number },
): Promise<InitPart> {
  const isNew = await createFile(path, content, options);
  return { part, path: fromRoot(paths, path), outcome: isNew ? "created" : "kept" };
}

/** From the main root, forward slashes. */
export function fromRoot(paths: ProjectPaths, path: string): string {
  return relative(paths.root, path).split(sep).join("/");
}
