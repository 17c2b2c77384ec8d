import { type Git, isAncestor, listBranches } from "@wiggum/git";
import { isDelivered, isFinal, type TicketFacts, type TicketId, type Tickets } from "@wiggum/ticket-core";
import { featureBranch } from "./branch-names.js";
import { commitName, findBaseBranch } from "./feature-branch.js";

/** The state of a ticket whose pull request was merged. */
const mergedElsewhere = "pr_merged";

export interface UnmergedTicketsOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly tickets: Tickets;
  /** Default: as `findBaseBranch` finds it. */
  readonly baseBranch?: string | undefined;
}

/** Done tickets whose feature branch the base branch lacks. What was done first goes first: later work was built on it. */
export async function unmergedTickets(options: UnmergedTicketsOptions): Promise<readonly TicketId[]> {
  const { git, tickets } = options;
  const base = await findBaseBranch(git, options.baseBranch);
  const { tickets: records } = await tickets.summaries();
  const found: TicketId[] = [];
  const changedAt = ({ updatedAt, createdAt }: TicketFacts) => updatedAt ?? createdAt ?? "";
  const oldestFirst = records
    .map(({ ticket }) => ticket)
    .sort((one, other) => compare(changedAt(one), changedAt(other)));
  // One question for all: of a large store nearly every ticket is done, and nearly no branch is left.
  const tips = new Map((await listBranches(git, "feature/")).map(({ name, commit }) => [name, commit]));
  for (const ticket of oldestFirst) {
    if (!isDelivered(tickets.types, ticket) || !isFinal(tickets.types, ticket)) continue;
    // Merged where its pull request was, perhaps as another commit: to merge it here once more would bring it in twice.
    if (ticket.state === mergedElsewhere) continue;
    const tip = tips.get(featureBranch(ticket.id));
    if (tip === undefined) continue;
    if (base === undefined || !(await isAncestor(git, tip, commitName(base)))) found.push(ticket.id);
  }
  return found;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
