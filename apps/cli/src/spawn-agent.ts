import { listRoles, loadRole, type SpawnOutcome } from "@wiggum/control-plane";
import type { Context } from "./context.js";
import { nearWords } from "./near-words.js";

export interface SpawnFlags {
  readonly prompt?: string;
  readonly force?: boolean;
}

/** A wrong role or prompt is told before anything is looked up or written, and a role without a prompt is a warning: it may be a slip. @throws ROLE_NAME_INVALID FLAG_INVALID SETTINGS_INVALID */
export async function checkRole(context: Context, role: string, { prompt }: SpawnFlags): Promise<void> {
  const { paths } = await context.project();
  const { source } = await loadRole(paths, role, { promptPath: prompt });
  if (source !== "generic") return;
  const roles = await listRoles(paths);
  const near = nearWords(role, roles);
  const meant = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
  context.messages.warn(
    `There is no prompt for the role ${role} (roles: ${roles.join(", ")}): a one-line prompt is used${meant}`,
  );
}

/** Starts an agent and says so; used by `spawn` and `start`. */
export async function spawnAgent(
  context: Context,
  role: string,
  ticket: string | undefined,
  flags: SpawnFlags,
): Promise<SpawnOutcome> {
  const project = await context.project();
  const outcome = await project.spawn(role, ticket, { promptPath: flags.prompt, force: flags.force });
  for (const warning of outcome.warnings) context.messages.warn(warning);
  if (outcome.isResumed) context.messages.info(`${outcome.agentId} goes on in ${outcome.worktree}`);
  context.messages.ok(`Spawned ${outcome.agentId}`);
  return outcome;
}
