import type { Judge } from "../../backend.js";
import { TicketError } from "../../errors.js";
import type { Ticket } from "../../ticket.js";
import { type BrokenAdapter, storedNow } from "./broken-adapter.js";

const somebody = { kind: "person", id: "ann" } as const;

/** A judge that is asked only where this says so; elsewhere everything is legal. */
function judgeOnly(
  judge: Judge,
  asks: (base: Ticket | undefined, next: Ticket | undefined) => boolean,
): { readonly judge: Judge } {
  return {
    judge: (base, next, context) => (asks(base, next) ? judge(base, next, context) : { legal: true }),
  };
}

export const fenceFaults: readonly BrokenAdapter[] = [
  {
    fault: "no fence check at all",
    breaks: ["fence", "fence-of-many"],
    wrap: (sound) => ({
      commit: (commit) => {
        const actor =
          commit.actor.kind === "agent" ? { ...commit.actor, kind: "person" as const } : commit.actor;
        return sound.commit({ ...commit, actor, fence: undefined });
      },
    }),
  },
  {
    fault: "lets the last holder but one go on",
    breaks: ["fence", "fence-of-many"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const { fence } = commit;
        const current = fence && (await storedNow(sound, fence.id))?.ticket.leaseEpoch;
        const isLate = fence !== undefined && current === fence.epoch + 1;
        return sound.commit(isLate ? { ...commit, fence: { ...fence, epoch: current } } : commit);
      },
    }),
  },
  {
    fault: "lets an agent without a claim write",
    breaks: ["fence"],
    wrap: (sound) => ({
      commit: (commit) => {
        const isBare = commit.actor.kind === "agent" && commit.fence === undefined;
        return sound.commit(isBare ? { ...commit, actor: somebody } : commit);
      },
    }),
  },
  {
    fault: "takes a claim on a ticket that does not exist",
    breaks: ["fence"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const { fence } = commit;
        const isGone = fence !== undefined && (await storedNow(sound, fence.id)) === undefined;
        return sound.commit(isGone ? { ...commit, actor: somebody, fence: undefined } : commit);
      },
    }),
  },
  {
    fault: "checks the fences of agents only",
    breaks: ["fence"],
    wrap: (sound) => ({
      commit: (commit) =>
        sound.commit(commit.actor.kind === "agent" ? commit : { ...commit, fence: undefined }),
    }),
  },
  {
    fault: "compares revisions before the fence",
    breaks: ["fence", "operation-before-fence"],
    wrap: (sound) => ({
      commit: async (commit) => {
        for (const { id, expected } of commit.fence === undefined ? [] : commit.changes) {
          const current = await storedNow(sound, id);
          if (expected === null || current === undefined || current.revision === expected) continue;
          throw new TicketError("TICKET_CONFLICT", "Somebody else was first", { id, expected, current });
        }
        return sound.commit(commit);
      },
    }),
  },
  {
    fault: "takes nobody's claim but the assignee's",
    breaks: ["fence-accepted"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const { fence, actor } = commit;
        const held = fence && (await storedNow(sound, fence.id))?.ticket;
        const isForeign = held?.leaseEpoch === fence?.epoch && held?.assignedAgentId !== actor.id;
        if (fence === undefined || actor.kind !== "agent" || !isForeign) return sound.commit(commit);
        throw new TicketError("TICKET_FENCED", "Not yours", { id: fence.id, current: fence.epoch });
      },
    }),
  },
];

export const judgeFaults: readonly BrokenAdapter[] = [
  {
    fault: "the judge is not asked",
    breaks: ["judge"],
    weaken: ({ judge }) => judgeOnly(judge, () => false),
    wrap: () => ({}),
  },
  {
    fault: "the judge is not asked about new tickets",
    breaks: ["judge"],
    weaken: ({ judge }) => judgeOnly(judge, (base) => base !== undefined),
    wrap: () => ({}),
  },
  {
    fault: "the judge is asked about all tickets of a commit but one",
    breaks: ["judge"],
    weaken: ({ judge }) => judgeOnly(judge, (_base, next) => next?.id !== "tk-0002"),
    wrap: () => ({}),
  },
  {
    fault: "the judge is not told of overrides",
    breaks: ["judge-override"],
    weaken: ({ judge }) => ({ judge: (base, next) => judge(base, next, { override: undefined }) }),
    wrap: () => ({}),
  },
];
