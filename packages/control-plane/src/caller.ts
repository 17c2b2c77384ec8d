import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { type Actor, type Fence, printable } from "@wiggum/ticket-core";
import { type AgentId, type AgentRegistry, WorkflowError } from "@wiggum/workflow";
import { type AgentFile, readAgentFile } from "./agent-file.js";
import type { FoundProject } from "./find-project.js";
import type { Caller } from "./project.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";
import { hasRegistry } from "./registry-database.js";
import { supervisorRole } from "./roles.js";
import type { Settings } from "./settings.js";
import { settingsInvalid } from "./settings-problems.js";

export interface CallerSources {
  readonly found: FoundProject;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly registry: Pick<AgentRegistry, "read">;
  readonly onChange: Settings["onChange"];
  /** `wiggum run`: schedules on its own account. */
  readonly isSupervisor?: boolean | undefined;
}

/** Who acts where nobody else does. */
const personActorId = "manual";

/**
 * Who is calling. The answer is `agent.json` of the checkout that the caller stands in. The environment never makes somebody an agent; it
 * only contradicts, and only together with `WIGGUM_GENERATION`: hooks carry an agent's name that is not theirs, and on a shared server
 * all agents' shells inherit the server's variables.
 * @throws IDENTITY_MISMATCH; AGENT_FENCED a process of an older session, or of an agent that was ended; SETTINGS_INVALID
 */
export async function identifyCaller(sources: CallerSources): Promise<Caller> {
  const { found, environment, registry } = sources;
  const hookDepth = depthIn(environment);
  const isMain = found.contextRoot === found.root;
  const file = isMain ? undefined : await readAgentFile(found.contextRoot);
  const claimed = claimIn(environment);
  if (claimed !== undefined && isContradiction(file, claimed)) {
    await refuseEnded(found.root, claimed, registry);
    throw contradiction(found, file, claimed);
  }
  if (file !== undefined) await refuseOldSession(found, file, claimed, registry);
  const actor = actorOf(sources, file, hookDepth);
  return {
    contextRoot: found.contextRoot,
    viewFolder: viewOf(found),
    ...(file === undefined ? {} : { agent: file }),
    actor,
    ...fenceOf(file),
    hookDepth,
    onChange: hookDepth > 0 || actor.kind === "supervisor" ? "none" : sources.onChange,
  };
}

interface ClaimedIdentity {
  readonly agentId: AgentId | undefined;
  readonly generation: number;
}

/** As whom the environment makes the caller known; `undefined` = as nobody. */
export function claimIn(environment: CallerSources["environment"]): ClaimedIdentity | undefined {
  const generation = environment["WIGGUM_GENERATION"];
  if (!generation) return undefined;
  return { agentId: environment["WIGGUM_AGENT_ID"] || undefined, generation: Number(generation) };
}

function isContradiction(file: AgentFile | undefined, claimed: ClaimedIdentity): boolean {
  const isSame =
    file !== undefined && claimed.agentId === file.agentId && Number.isInteger(claimed.generation);
  return !isSame || claimed.generation > file.generation;
}

/**
 * What is left of an agent that was ended, or of a session that was followed by another, must stop wherever it stands now: its folder may be
 * gone. Whom the registry does not know is not judged. @throws AGENT_FENCED
 */
export async function refuseEnded(
  root: ProjectRoot,
  { agentId, generation }: { readonly agentId?: AgentId | undefined; readonly generation?: number },
  registry: Pick<AgentRegistry, "read">,
): Promise<void> {
  // Looking into a registry that is not there would make it.
  if (agentId === undefined || !hasRegistry(projectPaths(root).agentsDatabase)) return;
  const facts = await registry.read(agentId);
  const current = facts?.session?.generation ?? 0;
  const isEnded = facts?.retiredAt !== undefined;
  const isOld = generation !== undefined && generation < current;
  if (isEnded || isOld) throw fenced(root, agentId, { generation: generation ?? current, current, isEnded });
}

function contradiction(
  found: FoundProject,
  file: AgentFile | undefined,
  claimed: ClaimedIdentity,
): WorkflowError<"IDENTITY_MISMATCH"> {
  const here =
    file === undefined ? "no agent's folder" : `the folder of ${file.agentId}, session ${file.generation}`;
  const there = `${printable(claimed.agentId ?? "an agent without a name")}, session ${claimed.generation}`;
  return new WorkflowError(
    "IDENTITY_MISMATCH",
    `Who is calling? ${printable(found.contextRoot)} is ${here}, the environment says ${there}`,
    {
      folder: found.contextRoot,
      ...(file === undefined ? {} : { recorded: file.agentId }),
      ...(claimed.agentId === undefined ? {} : { environment: claimed.agentId }),
    },
    {
      hint:
        file?.agentId === claimed.agentId
          ? "End this session; 'wiggum doctor' looks for what is wrong."
          : "An agent works in its own worktree: go back there. A person starts a shell without WIGGUM_GENERATION.",
    },
  );
}

async function refuseOldSession(
  found: FoundProject,
  file: AgentFile,
  claimed: ClaimedIdentity | undefined,
  registry: Pick<AgentRegistry, "read">,
): Promise<void> {
  const facts = await registry.read(file.agentId);
  const current = Math.max(file.generation, facts?.session?.generation ?? 0);
  const generation = claimed?.generation ?? file.generation;
  const isEnded = facts?.retiredAt !== undefined;
  const isOld = claimed !== undefined && generation < current;
  if (isEnded || isOld) throw fenced(found.root, file.agentId, { generation, current, isEnded });
}

function fenced(
  root: ProjectRoot,
  agentId: AgentId,
  over: { readonly generation: number; readonly current: number; readonly isEnded: boolean },
): WorkflowError<"AGENT_FENCED"> {
  const { generation, current, isEnded } = over;
  const why = isEnded
    ? `${agentId} was ended`
    : `session ${generation} of ${agentId} was followed by session ${current}`;
  return new WorkflowError(
    "AGENT_FENCED",
    `${why}: stop working`,
    { agentId, generation, current },
    { hint: `Change nothing more and end this session. A person goes on from ${printable(root)}.` },
  );
}

function actorOf(
  { environment, isSupervisor }: CallerSources,
  file: AgentFile | undefined,
  hookDepth: number,
): Actor {
  if (file !== undefined) {
    const kind = file.role === supervisorRole ? "supervisor" : "agent";
    return onThisHost({ kind, id: file.agentId, role: file.role });
  }
  if (isSupervisor === true)
    return onThisHost({ kind: "supervisor", id: supervisorRole, role: supervisorRole });
  if (hookDepth > 0) return onThisHost({ kind: "hook", id: environment["WIGGUM_HOOK_NAME"] || "hook" });
  return onThisHost({ kind: "person", id: personActorId });
}

/** With the name of this host, which is asked for when it is looked at: most commands only read. */
function onThisHost(actor: Omit<Actor, "host">): Actor {
  return Object.defineProperty({ ...actor }, "host", { enumerable: true, get: () => hostname() });
}

/** A supervisor holds no ticket; everybody else shows the claim that the session was started under. */
function fenceOf(file: AgentFile | undefined): { readonly fence?: Fence } {
  if (file?.ticketId === undefined || file.epoch === undefined) return {};
  return { fence: { id: file.ticketId, epoch: file.epoch } };
}

/** The view of the checkout that the caller stands in; a person's own worktree has none and uses the people's. */
function viewOf(found: FoundProject): string {
  const own = worktreePaths(found.contextRoot).ticketView;
  const main = projectPaths(found.root).ticketView;
  return found.contextRoot !== found.root && existsSync(own) ? own : main;
}

function depthIn(environment: CallerSources["environment"]): number {
  const text = environment["WIGGUM_HOOK_DEPTH"];
  if (!text) return 0;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw settingsInvalid(undefined, undefined, [
    { at: "WIGGUM_HOOK_DEPTH", message: `must be a whole number, not "${printable(text)}"` },
  ]);
}
