import { existsSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { isWorkflowError, WorkflowError } from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import { claimIn, refuseEnded } from "./caller.js";
import { type FoundProject, findProject } from "./find-project.js";
import { projectPaths } from "./project-paths.js";
import { readSettings } from "./read-settings.js";
import { createAgentRegistry } from "./registry.js";

/** How Linux shows a working directory that is no more. */
const deletedSuffix = / \(deleted\)$/;

/**
 * Refuses a caller whose working directory is gone. Nobody acts from there: a person would act from a folder that was not meant, and what is
 * left of an agent whose worktree was removed would act as a person. The latter is told to stop, as far as the project can be found.
 * @throws AGENT_FENCED; NOT_A_PROJECT
 */
export async function refuseGoneFolder(
  cwd: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (existsSync(cwd)) return;
  const folder = cwd.replace(deletedSuffix, "");
  const found = await projectAround(folder);
  if (found !== undefined) await refuseLeftOver(found, folder, environment);
  throw new WorkflowError(
    "NOT_A_PROJECT",
    `The folder ${printable(folder)} is gone: it was removed while a program stood in it`,
    { path: folder },
    {
      hint: "Go to a folder that exists and try again. An agent whose worktree was removed ends its session.",
    },
  );
}

async function projectAround(folder: string): Promise<FoundProject | undefined> {
  let above = folder;
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above);
  try {
    return await findProject(above);
  } catch (error) {
    if (isWorkflowError(error, "NOT_A_PROJECT") || isWorkflowError(error, "FOREIGN_FOLDER")) return undefined;
    throw error;
  }
}

/** Whose process it is: as its environment says, else as the name of the worktree does. */
async function refuseLeftOver(
  { root }: FoundProject,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { settings } = await readSettings(root, { environment });
  const paths = projectPaths(root, settings.worktreesDirectory);
  const { agentsDatabase, panelsFile, ownersDirectory, worktreesDirectory } = paths;
  const registry = createAgentRegistry({ database: agentsDatabase, panelsFile, ownersDirectory });
  try {
    const claimed = claimIn(environment);
    if (claimed !== undefined) await refuseEnded(root, claimed, registry);
    const [name = ""] = relative(worktreesDirectory, folder).split(sep);
    if (parseAgentId(name) !== undefined) await refuseEnded(root, { agentId: name }, registry);
  } finally {
    await registry.close();
  }
}
