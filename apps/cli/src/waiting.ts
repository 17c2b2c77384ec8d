import type { AgentStatus, KeptMessage, PoolState, Project } from "@wiggum/control-plane";
import { findState, findType, type TicketFacts, type TicketTypes } from "@wiggum/ticket-core";
import { type BudgetUse, describeBudget } from "@wiggum/workflow";
import { goneWorktree } from "./gone-worktrees.js";
import type { NotStarted } from "./not-started.js";

/** Something that goes on only when a person does something. JSON-safe. */
export interface Waiting {
  /**
   * `idle`: an agent stopped although its ticket is still its own. `worktree-gone`: somebody removed the folder that it works in. `message`: what
   * somebody sent to an agent has not arrived. `budget`: nothing is left of it, and nobody is started.
   */
  readonly kind:
    | "action-required"
    | "question"
    | "blocked"
    | "idle"
    | "worktree-gone"
    | "message"
    | "budget"
    | "hook"
    | "not-started"
    | "merge"
    | "salvage";
  /** A ticket, an agent, or the name of what was salvaged. */
  readonly about: string;
  /** One sentence, without a full stop. */
  readonly what: string;
  /** Of a `message`: what was to be said. */
  readonly text?: string | undefined;
  /** ISO 8601; `null` = not known. */
  readonly since: string | null;
  /** What to type, the most likely first; words in angle brackets are the person's to fill in. */
  readonly commands: readonly [string, ...string[]];
}

type SalvagePoint = Awaited<ReturnType<Project["salvage"]["points"]>>[number];

/** Who asks where a person does. */
const person = "manual";

/** What a look at the project finds. */
export interface Findings {
  readonly tickets: readonly TicketFacts[];
  readonly agents: readonly AgentStatus[];
  /** Those that have not arrived. */
  readonly messages: readonly KeptMessage[];
  readonly failedHooks: readonly FailedHook[];
  readonly notStarted: readonly NotStarted[];
  /** Done tickets whose work the base branch lacks, where a person merges. */
  readonly unmerged: readonly string[];
  readonly salvaged: readonly SalvagePoint[];
  readonly pool: PoolState;
}

/** A hook that was tried and failed. JSON-safe. */
export interface FailedHook {
  readonly eventId: string;
  readonly hook: string;
  readonly ticketId: string;
}

/** What waits for a person, the most pressing first: the one list that every command tells from. */
export function waitingIn(types: TicketTypes, found: Findings): readonly Waiting[] {
  return [
    ...found.tickets.flatMap(actionOf),
    ...found.agents.flatMap((agent) => agentWaiting(types, agent, found.tickets)),
    ...found.pool.budgets.flatMap(budgetWaiting),
    ...found.messages.map((message) => toldLater(message, found.agents)),
    ...found.failedHooks.map(hookWaiting),
    ...found.notStarted.map(notStarted),
    ...found.unmerged.map(toMerge),
    ...found.salvaged.map(salvage),
  ];
}

/** Who or what waits, and for what. Data as it was read: whoever shows it escapes it. */
export function waitingText({ about, what }: Waiting): string {
  return `${about}: ${what}`;
}

function actionOf({ id, actionRequired }: TicketFacts): readonly Waiting[] {
  if (actionRequired === undefined) return [];
  const { reason, since, by } = actionRequired;
  return [
    {
      kind: "action-required",
      about: id,
      what: by === undefined || by === person ? reason : `${reason} (asked by ${by})`,
      since: since ?? null,
      commands: [`wiggum answer ${id} "<answer>"`],
    },
  ];
}

function agentWaiting(
  types: TicketTypes,
  agent: AgentStatus,
  tickets: readonly TicketFacts[],
): readonly Waiting[] {
  const { facts, handle, state, says, ticketId, ticketState } = agent;
  const gone = goneWorktree(agent);
  if (gone !== undefined)
    return [
      { kind: "worktree-gone", about: facts.agentId, what: gone.what, since: null, commands: gone.commands },
    ];
  const { agentId } = facts;
  const look = lookAt(agentId, handle);
  const common = { about: agentId, since: null };
  if (state === "waiting_input") {
    const what = says === undefined ? "It wants an answer or a permission" : `It asks: ${says}`;
    return [{ ...common, kind: "question", what, commands: answersTo(agent, look) }];
  }
  if (state === "blocked") {
    const what = says === undefined ? "It says that it cannot go on" : `It cannot go on: ${says}`;
    return [{ ...common, kind: "blocked", what, commands: [look, `wiggum kill ${agentId} --release`] }];
  }
  const ticket = tickets.find(({ id }) => id === ticketId);
  const stage = ticket && findState(findType(types, ticket.type), ticket.state);
  if (state !== "idle" || stage?.roles.includes(facts.role) !== true) return [];
  const what = `It stopped, and ${ticketId} is still in ${ticketState}`;
  return [{ ...common, kind: "idle", what, commands: [look, `wiggum answer ${agentId} "<answer>"`] }];
}

function answersTo({ facts, handle, request }: AgentStatus, look: string): Waiting["commands"] {
  const answer = `wiggum answer ${facts.agentId}`;
  if (request !== undefined && request.asks !== "question")
    return [`${answer} --allow`, `${answer} --deny "<reason>"`, look];
  // In a pane no message is typed to who asks: its first letter might be taken for the answer.
  if (request === undefined && hasPane(handle)) return [look, `wiggum send-keys ${facts.agentId} <keys>`];
  return [`${answer} "<answer>"`, look];
}

/** Those of tickets are in the ticket's own words already. */
function budgetWaiting(use: BudgetUse): readonly Waiting[] {
  if (use.scope === "ticket" || use.used < use.limit) return [];
  return [
    {
      kind: "budget",
      about: `budgets.${use.scope}`,
      what: `Nobody is started: ${describeBudget(use)}`,
      since: null,
      commands: ["wiggum spawn <role> <ticket> --force"],
    },
  ];
}

function hasPane(handle: AgentStatus["handle"]): boolean {
  return typeof handle?.data["paneId"] === "string";
}

function lookAt(agentId: string, handle: AgentStatus["handle"]): string {
  return hasPane(handle) ? `wiggum attach ${agentId}` : `wiggum logs ${agentId}`;
}

function toldLater(message: KeptMessage, agents: readonly AgentStatus[]): Waiting {
  const { agentId, at, status, text } = message;
  const handle = agents.find(({ facts }) => facts.agentId === agentId)?.handle;
  const look = lookAt(agentId, handle);
  const drop = `wiggum ping ${agentId} --drop`;
  return {
    kind: "message",
    about: agentId,
    what: messageText(message),
    text,
    since: at,
    commands: status === "pending" ? ["wiggum recover", look, drop] : [look, drop],
  };
}

/** What is known of a message that has not arrived, one sentence without a full stop. */
export function messageText({ from, status, reason, isAnswer }: KeptMessage): string {
  const what = isAnswer === true ? "answer" : "message";
  const one = isAnswer === true ? `An ${what}` : `A ${what}`;
  if (status === "refused") return `${one} of ${from} was not taken: ${reason}`;
  if (status === "unknown") return `Nobody knows whether ${one.toLowerCase()} of ${from} arrived: ${reason}`;
  return status === "unread"
    ? `${one} of ${from} may be unread: ${reason}`
    : `${one} of ${from} waits: ${reason}`;
}

function hookWaiting({ eventId, hook, ticketId }: FailedHook): Waiting {
  return {
    kind: "hook",
    about: ticketId,
    what: `Hook ${hook} failed`,
    since: null,
    commands: [`wiggum hook retry ${eventId} ${hook}`, `wiggum hook drop ${eventId} ${hook}`],
  };
}

function notStarted({ ticketId, role, attempts, at, reason, commands }: NotStarted): Waiting {
  return {
    kind: "not-started",
    about: ticketId,
    what: `No ${role} could be started (${attempts === 1 ? "once" : `${attempts} times`}): ${reason}`,
    since: at,
    // What stood in the way of the last attempt stands in the way of the next.
    commands: [...(commands ?? []), `wiggum spawn ${role} ${ticketId}`] as [string, ...string[]],
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

function salvage({ name, agentId, at, keptUntil }: SalvagePoint): Waiting {
  return {
    kind: "salvage",
    about: name,
    what: `Work of ${agentId} that was salvaged, kept until ${keptUntil.slice(0, 10)}`,
    since: at,
    commands: [
      `wiggum salvage show ${name}`,
      `wiggum salvage restore ${name}`,
      `wiggum salvage drop ${name}`,
    ],
  };
}
