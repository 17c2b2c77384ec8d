import type { AgentStatus, Project, SalvageEntry } from "@wiggum/control-plane";
import { findState, findType, isFinal, type Ticket } from "@wiggum/ticket-core";
import { collectStatus, type ProjectStatus } from "./project-status.js";

/** Something that goes on only when a person does something. JSON-safe. */
export interface Waiting {
  /** `idle`: an agent stopped although its ticket is still its own. */
  readonly kind:
    | "action-required"
    | "question"
    | "blocked"
    | "idle"
    | "hook"
    | "not-started"
    | "merge"
    | "salvage";
  /** A ticket, an agent, or the name of what was salvaged. */
  readonly about: string;
  /** One sentence, without a full stop. */
  readonly what: string;
  /** ISO 8601; `null` = not known. */
  readonly since: string | null;
  /** What to type, the most likely first; words in angle brackets are the person's to fill in. */
  readonly commands: readonly [string, ...string[]];
}

/** What waits for a person, the most pressing first, in one look at the project. */
export async function collectWaiting(project: Project): Promise<{
  readonly status: ProjectStatus;
  readonly waiting: readonly Waiting[];
  /** Tickets that were begun and are not over. */
  readonly begun: number;
  readonly asOf: string;
}> {
  const [{ asOf, ...status }, page, agents, salvaged] = await Promise.all([
    collectStatus(project),
    project.tickets.list(),
    project.agents(),
    project.salvage.list(),
  ]);
  const tickets = page.tickets.map(({ ticket }) => ticket);
  return {
    status,
    asOf,
    begun: tickets.filter((ticket) => isBegun(project, ticket)).length,
    waiting: [
      ...tickets.flatMap(actionOf),
      ...agents.flatMap((agent) => agentWaiting(project, agent, tickets)),
      ...status.failedHooks.map(hookWaiting),
      ...status.notStarted.map(notStarted),
      ...status.unmerged.map(toMerge),
      ...salvaged.map(salvage),
    ],
  };
}

function isBegun({ types }: Project, ticket: Ticket): boolean {
  const state = findState(findType(types, ticket.type), ticket.state);
  return state?.claimable === false && !isFinal(types, ticket);
}

function actionOf({ id, actionRequired }: Ticket): readonly Waiting[] {
  if (actionRequired === undefined) return [];
  const { reason, since, by } = actionRequired;
  return [
    {
      kind: "action-required",
      about: id,
      what: by === undefined ? reason : `${reason} (asked by ${by})`,
      since: since ?? null,
      commands: [`wiggum ticket action clear ${id}`, `wiggum ticket comment ${id} <you> <answer>`],
    },
  ];
}

function agentWaiting(
  { types }: Project,
  { facts, handle, state, says, ticketId, ticketState }: AgentStatus,
  tickets: readonly Ticket[],
): readonly Waiting[] {
  const { agentId } = facts;
  const look =
    typeof handle?.data["paneId"] === "string" ? `wiggum attach ${agentId}` : `wiggum logs ${agentId}`;
  const common = { about: agentId, since: null };
  if (state === "waiting_input") {
    const what = says === undefined ? "It wants an answer or a permission" : `It asks: ${says}`;
    return [{ ...common, kind: "question", what, commands: [look, `wiggum ping ${agentId} <answer>`] }];
  }
  if (state === "blocked") {
    const what = says === undefined ? "It says that it cannot go on" : `It cannot go on: ${says}`;
    return [{ ...common, kind: "blocked", what, commands: [look, `wiggum kill ${agentId} --release`] }];
  }
  const ticket = tickets.find(({ id }) => id === ticketId);
  const stage = ticket && findState(findType(types, ticket.type), ticket.state);
  if (state !== "idle" || stage?.roles.includes(facts.role) !== true) return [];
  const what = `It stopped, and ${ticketId} is still in ${ticketState}`;
  return [{ ...common, kind: "idle", what, commands: [look, `wiggum ping ${agentId} <message>`] }];
}

function hookWaiting({ eventId, hook, ticketId }: ProjectStatus["failedHooks"][number]): Waiting {
  return {
    kind: "hook",
    about: ticketId,
    what: `Hook ${hook} failed`,
    since: null,
    commands: [`wiggum hook retry ${eventId} ${hook}`, `wiggum hook drop ${eventId} ${hook}`],
  };
}

function notStarted({ ticketId, role, attempts, at, reason }: ProjectStatus["notStarted"][number]): Waiting {
  return {
    kind: "not-started",
    about: ticketId,
    what: `No ${role} could be started (${attempts === 1 ? "once" : `${attempts} times`}): ${reason}`,
    since: at,
    commands: [`wiggum spawn ${role} ${ticketId}`],
  };
}

function toMerge(id: string): Waiting {
  return {
    kind: "merge",
    about: id,
    what: "It is done, and the base branch lacks its work",
    since: null,
    commands: [`wiggum branch merge ${id}`],
  };
}

function salvage({ name, agentId, at, keptUntil, files }: SalvageEntry): Waiting {
  const count = `${files.length} ${files.length === 1 ? "file" : "files"}`;
  return {
    kind: "salvage",
    about: name,
    what: `${count} of ${agentId} that nothing else holds, kept until ${keptUntil.slice(0, 10)}`,
    since: at,
    commands: [
      `wiggum salvage show ${name}`,
      `wiggum salvage restore ${name}`,
      `wiggum salvage drop ${name}`,
    ],
  };
}
