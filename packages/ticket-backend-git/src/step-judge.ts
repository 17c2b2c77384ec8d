// What somebody pushed past us and may not stay. Types and legality are core's: the judge decides; that nothing old comes back is decided here.
import type { Judge, Ticket, TicketError, TicketId, TicketProblem } from "@wiggum/ticket-core";
import type { ObjectId } from "./objects.js";
import { createPastVersions } from "./past-versions.js";
import type { TimelineStep } from "./read-steps.js";
import type { StoreReader } from "./snapshot.js";
import { idOfFile, isOrdinaryFile, ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import type { FileVersion } from "./store-tree.js";
import { findAt } from "./ticket-at.js";
import type { TimelineCommit } from "./timeline.js";

/** A pushed change of one ticket that is not served. The next writer puts `good` back. */
export interface Refusal {
  readonly id: TicketId;
  /** Last good version; absent = there was none. */
  readonly good?: FileVersion | undefined;
  /** The commit that was pushed. */
  readonly commit: TimelineCommit;
  readonly error: TicketError | undefined;
  readonly code: TicketProblem["code"];
  readonly reason: string;
}

/** Judges foreign steps one after the other; our own are trusted, since each was judged before it was written. */
export interface StepJudge {
  /** What is refused now. */
  readonly refusals: ReadonlyMap<TicketId, Refusal>;
  /** Reads what these steps show, before and after, at one go. */
  load(steps: readonly TimelineStep[]): void;
  /** `after` = what the ticket counts as after this step: the new version, or the last good one. */
  take(step: TimelineStep, id: TicketId, change: Change): FileVersion | undefined;
  /** A step that is taken as it is: what lies before a store was adopted. */
  pass(id: TicketId, change: Change): FileVersion | undefined;
}

interface Change {
  readonly before?: FileVersion | undefined;
  readonly after?: FileVersion | undefined;
}

export interface StepJudgePorts {
  readonly place: StorePlace;
  readonly reader: StoreReader;
  readonly judge: Judge;
}

/** `from` = the commit before the first step, where nothing is refused; absent = the steps begin at the beginning. */
export function createStepJudge(
  { place, reader, judge }: StepJudgePorts,
  from: ObjectId | undefined,
): StepJudge {
  const refusals = new Map<TicketId, Refusal>();
  const past = createPastVersions(place, from);

  function ticketOf(id: TicketId, version: FileVersion | undefined): Ticket | undefined {
    if (version === undefined || !isOrdinaryFile(version.mode)) return undefined;
    const content = reader.content(id, version.id);
    return "record" in content ? content.record.ticket : undefined;
  }

  function refusalOf(
    step: TimelineStep,
    id: TicketId,
    good: FileVersion | undefined,
    after: FileVersion | undefined,
  ): Pick<Refusal, "error" | "code" | "reason"> | undefined {
    const illegal = (reason: string) => ({ error: undefined, code: "TICKET_ILLEGAL", reason }) as const;
    if (after === undefined) {
      return good && illegal(`${id} was deleted by somebody who did not name the revision that was meant`);
    }
    if (!isOrdinaryFile(after.mode)) {
      return { error: undefined, code: "FILE_FOREIGN", reason: `${id}.md is no ordinary file` };
    }
    const content = reader.content(id, after.id);
    if ("problem" in content) {
      return { error: content.problem, code: "TICKET_UNREADABLE", reason: content.problem.message };
    }
    const { ticket } = content.record;
    const base = ticketOf(id, good);
    const verdict = judge(base, ticket, {});
    if (!verdict.legal) {
      return { error: verdict.error, code: "TICKET_ILLEGAL", reason: verdict.error.message };
    }
    const reason = stalenessOf(step, ticket, after, good, base);
    return reason === undefined ? undefined : illegal(reason);
  }

  /** P5: was this made from something that has been replaced since? Legal or not, it would take back what others wrote. */
  function stalenessOf(
    step: TimelineStep,
    ticket: Ticket,
    after: FileVersion,
    good: FileVersion | undefined,
    base: Ticket | undefined,
  ): string | undefined {
    const { id } = ticket;
    if (after.id === good?.id) return undefined;
    const versions = past.of(id);
    if (good === undefined) {
      return versions.length === 0 ? undefined : `${id} had been deleted, and a deleted ticket stays so`;
    }
    if (versions.some((version) => version.id === after.id)) {
      return `an older version of ${id} was put over what others wrote since`;
    }
    // Every write of ours dates the ticket. The dates are compared as names of versions, not as times.
    const isOlder =
      ticket.updatedAt !== base?.updatedAt &&
      versions.some((version) => ticketOf(id, version)?.updatedAt === ticket.updatedAt);
    if (isOlder) {
      return `${id} was changed from an older version (updated_at: ${ticket.updatedAt ?? "none"}), without what others wrote since`;
    }
    const isMoved = base !== undefined && unitOf(base) !== unitOf(ticket);
    return isMoved && isMovedFromOther(step, base)
      ? `${id} was moved from another state than it is in`
      : undefined;
  }

  /** State, assignee and epoch are compared and swapped: in a merge the pushed side must have begun with what is stored. */
  function isMovedFromOther({ commit, previous }: TimelineStep, { id, ...stored }: Ticket): boolean {
    if (previous === undefined) return false;
    return commit.parents.some((parent) => {
      if (parent === previous) return false;
      const commit = place.mergeBase(previous, parent) ?? "";
      const [version] = commit === "" ? [] : findAt(place.objects, [{ commit, name: ticketFile(id) }]);
      const blob = version?.id;
      const begun = blob === undefined ? undefined : ticketOf(id, { mode: "100644", id: blob });
      return begun === undefined || unitOf(begun) !== unitOf(stored);
    });
  }

  return {
    refusals,
    load(steps) {
      const versions = steps.flatMap(({ changes }) =>
        changes.flatMap(({ name, before, after }) => {
          const id = idOfFile(name);
          if (id === undefined) return [];
          return [before, after].flatMap((version) =>
            version !== undefined && isOrdinaryFile(version.mode) ? [{ id, blob: version.id }] : [],
          );
        }),
      );
      reader.load(versions);
      const pushed = steps.filter(({ commit }) => commit.own === undefined);
      past.expect(
        pushed.flatMap(({ changes }) =>
          changes.flatMap(({ name, after }) => (after && idOfFile(name)) ?? []),
        ),
      );
    },
    pass(id, { after }) {
      if (after !== undefined) past.add(id, after);
      return after;
    },
    take(step, id, { before, after }) {
      const known = refusals.get(id);
      const good = known === undefined ? before : known.good;
      const refusal = step.commit.own === undefined ? refusalOf(step, id, good, after) : undefined;
      if (refusal !== undefined) {
        refusals.set(id, { id, good, commit: known?.commit ?? step.commit, ...refusal });
        return good;
      }
      refusals.delete(id);
      if (after !== undefined) past.add(id, after);
      return after;
    },
  };
}

function unitOf({
  state,
  assignedAgentId,
  leaseEpoch,
}: Pick<Ticket, "state" | "assignedAgentId" | "leaseEpoch">) {
  return JSON.stringify([state, assignedAgentId ?? null, leaseEpoch]);
}
