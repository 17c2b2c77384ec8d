// Named conditions of edges. Pure: what they judge is handed in.
import { printable, type Ticket, type TicketTransition } from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import type { HandInFacts } from "./ports.js";

/** What a guard judges. */
export interface GuardInput {
  readonly ticket: Ticket;
  readonly edge: TicketTransition;
  readonly facts: HandInFacts;
}

/** Answers with the refusal, or undefined where the condition holds. */
export type Guard = (input: GuardInput) => WorkflowError | undefined;

const shownFiles = 10;

/** The guards that ship. Types name them in `guards`; a supervised caller's hand-ins get `supervisedGuards` beside those. */
export const shippedGuards: Readonly<Record<string, Guard>> = {
  // P41
  "has-merged-work": ({ ticket, edge, facts }) =>
    facts.workCommits > 0
      ? undefined
      : new WorkflowError(
          "GUARD_REFUSED",
          `${ticket.id} cannot go to '${printable(edge.to)}': no commit of its own is in ${printable(facts.source ?? facts.target)}`,
          { guard: "has-merged-work", id: ticket.id },
          { hint: "Commit the work in the agent's worktree, then type it again." },
        ),
  "merges-cleanly": ({ ticket, edge, facts }) =>
    facts.conflictsWithBase.length === 0
      ? undefined
      : new WorkflowError(
          "MERGE_CONFLICT",
          `${ticket.id} cannot go to '${printable(edge.to)}': Merge conflict detected! Its work conflicts with ${printable(facts.base ?? "the base branch")} in ${fileList(facts.conflictsWithBase)}`,
          {
            source: facts.source ?? facts.target,
            target: facts.base ?? "the base branch",
            files: facts.conflictsWithBase,
          },
          { hint: "Run 'wiggum rebase' in the agent's worktree, resolve the conflicts, then type it again." },
        ),
  "no-uncommitted-work": ({ ticket, edge, facts }) =>
    facts.uncommittedFiles.length === 0
      ? undefined
      : new WorkflowError(
          "GUARD_REFUSED",
          `${ticket.id} cannot go to '${printable(edge.to)}': work is in no commit: ${fileList(facts.uncommittedFiles)}`,
          { guard: "no-uncommitted-work", id: ticket.id },
          { hint: "Commit these files, or ignore or remove them, then type it again." },
        ),
};

/** Names of the shipped guards. */
export const guardNames: readonly string[] = Object.keys(shippedGuards);

/** Guards of an edge that hands work in (effect `merge`), for agents that no person watches. */
export const supervisedGuards: readonly string[] = ["has-merged-work", "merges-cleanly"];

/** The guards of this edge; `extra` ones join only where work is handed in. */
export function guardsOf(edge: TicketTransition, extra: readonly string[] = []): readonly string[] {
  return [...new Set([...edge.guards, ...(edge.effects.includes("merge") ? extra : [])])];
}

/** The first refusal of these guards, in order. A name that no guard has refuses, too: a condition is never skipped in silence. */
export function judgeGuards(
  names: readonly string[],
  input: GuardInput,
  guards: Readonly<Record<string, Guard>> = shippedGuards,
): WorkflowError | undefined {
  for (const name of names) {
    const guard = Object.hasOwn(guards, name) ? guards[name] : undefined;
    const refusal = guard === undefined ? unknownGuard(name, input) : guard(input);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function unknownGuard(name: string, { ticket }: GuardInput): WorkflowError {
  return new WorkflowError(
    "GUARD_REFUSED",
    `The guard '${printable(name)}' does not exist, so it cannot hold`,
    { guard: name, id: ticket.id },
    { hint: `Guards: ${guardNames.join(", ")}.` },
  );
}

function fileList(files: readonly string[]): string {
  const shown = files.slice(0, shownFiles).map((file) => printable(file));
  const more = files.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
