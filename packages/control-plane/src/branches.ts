import {
  type Branch,
  deleteBranch,
  isAncestor,
  isGitError,
  listBranches,
  listWorktrees,
  pruneWorktrees,
  readBranch,
  readHead,
  topLevel,
} from "@wiggum/git";
import { printable, type TicketId, type Tickets } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentRegistry,
  readAgentTickets,
  ticketOfAgent,
  WorkflowError,
} from "@wiggum/workflow";
import { featureBranch, parseAgentId, ticketOfFeature } from "./branch-names.js";
import { commitName, findBaseBranch } from "./feature-branch.js";
import { type BaseMerges, mergeFeature } from "./merge-base-branch.js";
import { testCombination } from "./merge-combination.js";
import { type CallingAgent, refuseFenced, requireOwnClaim } from "./own-claim.js";
import type { BranchRow, Project } from "./project.js";
import { rebaseOnFeature } from "./rebase-branch.js";
import { unmergedTickets } from "./unmerged-tickets.js";
import type { SnapshotRules } from "./work-snapshot.js";

/** What `createProjectBranches` works with. */
export interface ProjectBranchesOptions extends BaseMerges {
  readonly tickets: Tickets;
  readonly registry: AgentRegistry;
  readonly snapshot: Omit<SnapshotRules, "mainRoot">;
  /** Where the caller stands: a rebase is about that checkout's branch. */
  readonly caller: {
    readonly contextRoot: string;
    /** The agent whose own worktree that is. */
    readonly agent?: CallingAgent | undefined;
  };
}

/** The `branches` part of a project. Ticket ids may be partial. */
export function createProjectBranches(options: ProjectBranchesOptions): Omit<Project["branches"], "queue"> {
  const { git, tickets, registry, caller } = options;

  async function ticketsOfBranches(): Promise<
    ReadonlyMap<string, { agent: AgentFacts; ticketId?: TicketId }>
  > {
    const agents = await registry.list({ includeRetired: true });
    const world = await readAgentTickets(tickets, agents);
    return new Map(
      agents.map((agent) => {
        const ticketId = ticketOfAgent(agent, world, tickets.types)?.id ?? agent.ticketId;
        return [agent.branch ?? agent.agentId, { agent, ...(ticketId === undefined ? {} : { ticketId }) }];
      }),
    );
  }

  return {
    async list(filter) {
      const known = await ticketsOfBranches();
      const rows = (await listBranches(git)).map(({ name }) => rowOf(name, known.get(name)?.ticketId));
      return rows
        .filter(({ ticketId }) => filter === undefined || ticketId?.includes(filter) === true)
        .sort((one, other) => compare(groupOf(one), groupOf(other)) || compare(one.branch, other.branch));
    },
    async cleanup(wanted) {
      await requireOwnClaim(tickets, caller.agent);
      const ticketId = await tickets.resolve(wanted, "write");
      const known = await ticketsOfBranches();
      await pruneWorktrees(git);
      const branches = await listBranches(git);
      const base = await findBaseBranch(git, options.baseBranch);
      const feature = featureBranch(ticketId);
      const ofAgents = branches.filter(({ name }) => known.get(name)?.ticketId === ticketId);
      const deleted: string[] = [];
      const kept: { branch: string; reason: string }[] = [];
      // Agents' branches first: they are judged by the feature branch.
      for (const branch of [...ofAgents, ...branches.filter(({ name }) => name === feature)]) {
        const into = branch.name === feature ? [base] : [feature, base];
        const reason = await keepReason(branch, into, known.get(branch.name)?.agent);
        if (reason === undefined) deleted.push(branch.name);
        else kept.push({ branch: branch.name, reason });
      }
      return { deleted, kept };
    },
    async merge(wanted) {
      const isAllowed = () => requireOwnClaim(tickets, caller.agent);
      await isAllowed();
      const id = await tickets.resolve(wanted, "write");
      // Checks may take long: what counts is whose the ticket is when the branch moves.
      return mergeFeature({ ...options, beforeMove: isAllowed }, (await tickets.show(id)).ticket);
    },
    async testTogether(test) {
      const isAllowed = () => requireOwnClaim(tickets, caller.agent);
      await isAllowed();
      return testCombination({ ...options, beforeMove: isAllowed }, test);
    },
    unmerged: () => unmergedTickets(options),
    async rebase(wanted) {
      const worktree = await topLevel(git.with({ cwd: caller.contextRoot }));
      const { branch } = await readHead(git.with({ cwd: worktree }));
      const { agent } = caller;
      const ticketId =
        wanted === undefined
          ? (agent?.ticketId ?? (await ticketOfBranch(agent?.agentId ?? branch)))
          : await tickets.resolve(wanted, "write");
      return rebaseOnFeature(
        { git, baseBranch: options.baseBranch, rules: { ...options.snapshot, mainRoot: options.paths.root } },
        {
          ticket: (await tickets.show(ticketId)).ticket,
          worktree,
          ...(agent === undefined ? {} : { agentId: agent.agentId, isHolder: await holds(ticketId, agent) }),
        },
      );
    },
  };

  /** Deletes the branch if all its work is in one of `into`; else says why it stays. */
  async function keepReason(
    branch: Branch,
    into: readonly (string | undefined)[],
    agent: AgentFacts | undefined,
  ): Promise<string | undefined> {
    if (agent?.isLive === true) return `${agent.agentId} works on it`;
    const checkout = (await listWorktrees(git)).find((worktree) => worktree.branch === branch.name);
    if (checkout !== undefined) return `${printable(checkout.path)} is on it`;
    const targets: string[] = [];
    for (const target of into) {
      if (target !== undefined && (target === "HEAD" || (await readBranch(git, target)) !== undefined)) {
        targets.push(target);
      }
    }
    for (const target of targets) {
      if (!(await isAncestor(git, branch.commit, commitName(target)))) continue;
      try {
        await deleteBranch(git, branch.name, branch.commit);
        return undefined;
      } catch (error) {
        if (!isGitError(error, "REF_MOVED")) throw error;
        return "it was moved a moment ago";
      }
    }
    return `it has commits that are not in ${targets.length === 0 ? "any other branch" : targets.join(" or ")}`;
  }

  async function ticketOfBranch(branch: string | undefined): Promise<TicketId> {
    const found = branch === undefined ? undefined : await ticketOfAgentNamed(branch);
    if (found !== undefined) return found;
    throw new WorkflowError(
      "TICKET_NOT_NAMED",
      branch === undefined
        ? "Which ticket? HEAD is detached"
        : `Which ticket? ${printable(branch)} is not the branch of an agent with one`,
      { branch },
      { hint: "wiggum rebase <ticket>" },
    );
  }

  /** Tickets say who works on them, so that this works without the registry, too. */
  async function ticketOfAgentNamed(agentId: string): Promise<TicketId | undefined> {
    const parsed = parseAgentId(agentId);
    if (parsed === undefined) return undefined;
    const known = await registry.read(agentId);
    const agent: AgentFacts = known ?? {
      agentId,
      ...parsed,
      createdAt: "",
      isSupervised: false,
      isLive: false,
    };
    const world = await readAgentTickets(tickets, [agent]);
    return ticketOfAgent(agent, world, tickets.types)?.id ?? agent.ticketId;
  }

  /** Does this agent hold the ticket? One whose claim was taken over moves no branch. @throws TICKET_FENCED */
  async function holds(ticketId: TicketId, agent: CallingAgent): Promise<boolean> {
    const { ticket } = await tickets.show(ticketId);
    refuseFenced(ticket, agent);
    return ticket.assignedAgentId === agent.agentId;
  }
}

const agentTypes: ReadonlySet<string> = new Set(["worker", "reviewer", "qa"]);

function rowOf(branch: string, ticketOfAgentBranch: TicketId | undefined): BranchRow {
  const ticketId = ticketOfFeature(branch) ?? ticketOfAgentBranch;
  const role = parseAgentId(branch)?.role ?? "";
  const type = ticketOfFeature(branch) !== undefined ? "feature" : agentTypes.has(role) ? role : "other";
  return { branch, ...(ticketId === undefined ? {} : { ticketId }), type: type as BranchRow["type"] };
}

/** Those of a ticket together, the feature branch's group first, the rest last. */
function groupOf(row: BranchRow): string {
  return row.ticketId === undefined ? "\uffff" : `${row.ticketId} ${row.type === "feature" ? 0 : 1}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
