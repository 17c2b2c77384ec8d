import { isWorkflowError } from "@wiggum/workflow";
import { agentSetting } from "./init-agent.js";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { listRoles, loadRole } from "./roles.js";
import { commandFault } from "./startable-command.js";

/** Agent commands that cannot be started: the project's, where a role uses it, and those that roles have of their own. */
export async function examineAgentCommands(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  const { paths, settings, environment } = parts;
  const findings: ProjectFinding[] = [];
  const users: string[] = [];
  for (const name of await listRoles(paths)) {
    const own = await ownCommand(parts, name);
    if (own === undefined) users.push(name);
    if (own === undefined || own === "unknown") continue;
    const fault = await commandFault(parts, own.command);
    if (fault === undefined) continue;
    findings.push({
      area: "settings",
      severity: "warning",
      code: "AGENT_COMMAND_MISSING",
      message: `${fault}: no ${name} can be started`,
      hint: `Install it, or correct 'command' in ${own.file}.`,
    });
  }
  const fault = users.length === 0 ? undefined : await commandFault(parts, settings.agentCommand);
  if (fault === undefined) return findings;
  const hint = environment[agentSetting]
    ? `Install it, or correct ${agentSetting} in the environment, which wins over ${fromRoot(paths, paths.configShell)}.`
    : `Install it, or name another one: 'wiggum init --agent COMMAND' writes it into ${fromRoot(paths, paths.configShell)}.`;
  const project: ProjectFinding = {
    area: "settings",
    severity: "warning",
    code: "AGENT_COMMAND_MISSING",
    message: `${fault}: no ${listed(users)} can be started`,
    hint,
  };
  return [project, ...findings];
}

/** The command that the role's prompt file names; "unknown" where the file is wrong, which is told elsewhere. */
async function ownCommand({ paths }: ProjectParts, name: string) {
  try {
    const { command, path } = await loadRole(paths, name);
    if (command === undefined) return undefined;
    return { command, file: path === undefined ? name : fromRoot(paths, path) };
  } catch (error) {
    if (!isWorkflowError(error, "SETTINGS_INVALID")) throw error;
    return "unknown" as const;
  }
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}
