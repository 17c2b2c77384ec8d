import {
  findState,
  findType,
  isDelivered,
  isFinal,
  type TicketFacts,
  type TicketTypes,
} from "@wiggum/ticket-core";
import {
  type BudgetUse,
  budgetUses,
  describeBudget,
  type SupervisedTicket,
  type SupervisorFacts,
} from "@wiggum/workflow";
import type { Episode } from "./notice.js";

/** What one look at a project finds that people should hear of. Pure: the same look gives the same keys. */
export interface EpisodeFacts {
  readonly facts: SupervisorFacts;
  readonly tickets: readonly TicketFacts[];
  readonly types: TicketTypes;
  /** What answers an agent that asks. */
  readonly answersTo: (agentId: string) => readonly string[];
}

export function episodesIn(look: EpisodeFacts): readonly Episode[] {
  return [
    ...look.tickets.flatMap(waitingTicket),
    ...askingAgents(look),
    ...look.facts.tickets.flatMap(failedAttempt),
    ...look.tickets.flatMap((ticket) => finishedTicket(look.types, ticket)),
    ...finishedGroups(look),
    ...spentBudgets(look.facts),
    ...metLimits(look.facts),
  ];
}

/** Of what is over already when somebody looks for the first time, nobody is told. */
export function isOver({ event }: Pick<Episode, "event">): boolean {
  return event === "task:completed" || event === "prd:completed";
}

function waitingTicket({ id, title, actionRequired }: TicketFacts): readonly Episode[] {
  if (actionRequired === undefined) return [];
  const { reason, since = "" } = actionRequired;
  return [
    {
      key: `task:waiting ${id} ${since} ${reason}`,
      event: "task:waiting",
      ticketId: id,
      title: "Wiggum: human input needed",
      text: `${id} ${title}: ${reason}`,
      commands: [`wiggum answer ${id} "<answer>"`],
    },
  ];
}

function askingAgents({ facts, answersTo }: EpisodeFacts): readonly Episode[] {
  return facts.agents.flatMap(({ agentId, generation = 0, ticketId, asks, requestId = "", isEnded }) => {
    if (asks === undefined || isEnded) return [];
    const of = ticketId === undefined ? "" : ` (${ticketId})`;
    return [
      {
        key: `task:waiting ${agentId} ${generation} ${requestId} ${asks}`,
        event: "task:waiting" as const,
        agentId,
        ...(ticketId === undefined ? {} : { ticketId }),
        title: "Wiggum: human input needed",
        text: `${agentId}${of}: ${asks}`,
        commands: answersTo(agentId),
      },
    ];
  });
}

/** A session that ended although its ticket did not move, or that could not be started. What a person, a limit or a budget ended is none. */
function failedAttempt(ticket: SupervisedTicket): readonly Episode[] {
  const { id, state, lastFailureMs, lastFailure, assignedAgentId: agentId } = ticket;
  if (lastFailureMs === undefined) return [];
  const why = lastFailure === undefined ? "" : `: ${lastFailure}`;
  return [
    {
      key: `agent:error ${id} ${lastFailureMs}`,
      event: "agent:error",
      ticketId: id,
      ...(agentId === undefined ? {} : { agentId }),
      title: "Wiggum: agent failed",
      text:
        agentId === undefined
          ? `No agent could work on ${id} (${state})${why}`
          : `${agentId} ended, and ${id} is still in ${state}${why}`,
      commands: agentId === undefined ? ["wiggum status"] : [`wiggum logs ${agentId}`],
    },
  ];
}

function finishedTicket(types: TicketTypes, ticket: TicketFacts): readonly Episode[] {
  if (!isFinal(types, ticket) || !isDelivered(types, ticket)) return [];
  const { id, title, state } = ticket;
  return [
    {
      key: `task:completed ${id}`,
      event: "task:completed",
      ticketId: id,
      title: "Wiggum: ticket finished",
      text: `${id} ${title} is ${state}`,
      commands: [`wiggum ticket show ${id}`],
    },
  ];
}

/** Tickets whose children are all over, at least one of them delivered. */
function finishedGroups({ tickets, types }: EpisodeFacts): readonly Episode[] {
  const children = new Map<string, TicketFacts[]>();
  for (const ticket of tickets) {
    if (ticket.parent === undefined) continue;
    const known = children.get(ticket.parent);
    if (known === undefined) children.set(ticket.parent, [ticket]);
    else known.push(ticket);
  }
  return tickets.flatMap(({ id, title }) => {
    const own = children.get(id) ?? [];
    const isDone = own.length > 0 && own.every((ticket) => isOverNow(types, ticket));
    if (!isDone || !own.some((ticket) => isDelivered(types, ticket))) return [];
    const count = own.length === 1 ? "its ticket is" : `all ${own.length} tickets are`;
    return [
      {
        // One more ticket in it, and it is finished anew.
        key: `prd:completed ${id} ${own.length}`,
        event: "prd:completed" as const,
        ticketId: id,
        title: "Wiggum: all of it is done",
        text: `${id} ${title}: ${count} over`,
        commands: [`wiggum ticket tree ${id}`],
      },
    ];
  });
}

function isOverNow(types: TicketTypes, ticket: TicketFacts): boolean {
  return findState(findType(types, ticket.type), ticket.state)?.final === true;
}

function spentBudgets({ budget }: SupervisorFacts): readonly Episode[] {
  if (budget === undefined) return [];
  return budgetUses(budget.rules, budget.entries).flatMap((use) => {
    const isSpent = use.used >= use.limit;
    const low = episodeOf(use, "low");
    return isSpent ? [{ ...low, isSilent: true }, episodeOf(use, "spent")] : [low];
  });
}

function episodeOf(use: BudgetUse, level: "low" | "spent"): Episode {
  const { scope, of, unit } = use;
  return {
    key: `budget:hit ${scope} ${of} ${unit} ${level}`,
    event: "budget:hit",
    ...(scope === "ticket" ? { ticketId: of } : {}),
    title: level === "low" ? "Wiggum: budget runs out" : "Wiggum: budget used up",
    text: describeBudget(use),
    commands: ["wiggum status"],
  };
}

function metLimits({ pause }: SupervisorFacts): readonly Episode[] {
  if (pause === undefined) return [];
  return [
    {
      key: "limit:hit",
      event: "limit:hit",
      title: "Wiggum: limit of the provider",
      text: `Nobody is started until ${new Date(pause.untilMs).toISOString()}: ${pause.reason}`,
      commands: ["wiggum status"],
    },
  ];
}
