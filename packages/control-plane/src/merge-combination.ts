import { join } from "node:path";
import { type CommitId, isAncestor, isGitError, mergeCommits, readBranch } from "@wiggum/git";
import {
  isDelivered,
  isFinal,
  isTicketError,
  type Ticket,
  type TicketId,
  type Tickets,
} from "@wiggum/ticket-core";
import { isWorkflowError, type TestOutcome } from "@wiggum/workflow";
import { featureBranch } from "./branch-names.js";
import { findFailure } from "./check-merge.js";
import { branchMissing, mergeConflict } from "./code-errors.js";
import { exclusively } from "./exclusively.js";
import { findBaseBranch } from "./feature-branch.js";
import { type BaseMerges, mergeBusy, mergeLockWaitMs, moveTo, startBase } from "./merge-base-branch.js";
import { passes } from "./passing-refusals.js";
import { mayBeUnrelated } from "./unrelated-work.js";

/** What a test of several tickets at once works with. */
export interface CombinationTests extends BaseMerges {
  readonly tickets: Pick<Tickets, "list" | "types">;
}

/** Where the output of a test goes. */
export interface TestLog {
  write(chunk: string | Buffer): void;
  /** Ends it; answers its absolute path, `undefined` = it could not be written. */
  close(): string | undefined;
}

/** What is tested. */
export interface CombinationTest {
  /** Full ids, in the order in which they are merged; none = the base branch itself is tested, and stays. */
  readonly ticketIds: readonly TicketId[];
  /** Where the base branch has to be; absent = wherever it is. */
  readonly expected?: CommitId | undefined;
  readonly log: TestLog;
}

/**
 * Puts the feature branches of these tickets on top of the base branch, each with a merge commit and in nobody's checkout, runs the project's checks
 * on the result, and moves the base branch there if they pass and it is still where it was. One at a time, like any merge into it.
 * @throws BRANCH_MISSING MERGE_BUSY CHECKOUT_BUSY; the base branch was not moved
 */
export async function testCombination(tests: CombinationTests, test: CombinationTest): Promise<TestOutcome> {
  const base = await findBaseBranch(tests.git, tests.baseBranch);
  if (base === "HEAD") {
    throw branchMissing(
      "main",
      "HEAD is detached and there is no main branch: name one (baseBranch in config.yaml).",
    );
  }
  const lock = join(tests.paths.ownersDirectory, "merge.db");
  try {
    return await exclusively(
      lock,
      () => (base === undefined ? testFirstCommit(tests, test) : testOn(tests, test, base)),
      mergeLockWaitMs,
    );
  } catch (error) {
    if (!isWorkflowError(error, "PROJECT_BUSY") || error.data.path !== lock) throw error;
    throw mergeBusy(base ?? "the base branch", error.data.waitedMs, error);
  }
}

async function testOn(
  tests: CombinationTests,
  { ticketIds, expected, log }: CombinationTest,
  base: string,
): Promise<TestOutcome> {
  const { git } = tests;
  const before = await readBranch(git, base);
  if (before === undefined) throw branchMissing(base);
  if (expected !== undefined && expected !== before) return { kind: "moved", base: before };
  const look = await lookAt(tests, ticketIds, before);
  if (look.gone.length > 0) return { kind: "withdrawn", tickets: look.gone };
  const combined = await combine(tests, look.work, base, before);
  if (combined.kind !== "combined") return combined;
  const { commit, leftOut } = combined;
  log.write(
    `${ticketIds.length === 0 ? base : `${base} with ${without(ticketIds, leftOut)}`}: commit ${commit}\n\n`,
  );
  const failed = await findFailure({ ...tests, record: log.write }, commit);
  if (failed !== undefined) {
    const path = log.close();
    const { what, output } = failed;
    const fault = { what, output, ...(path === undefined ? {} : { log: path }) };
    return { kind: "red", base: before, leftOut, fault };
  }
  if (ticketIds.length === 0) return { kind: "green", base: before, leftOut };
  // Checks may take long: what counts is how the tickets stand when the branch moves.
  const { gone } = await lookAt(tests, ticketIds, before);
  if (gone.length > 0) return { kind: "withdrawn", tickets: gone };
  await tests.beforeMove?.();
  try {
    await moveTo(git, base, commit, before);
  } catch (error) {
    if (isGitError(error, "REF_MOVED") || isGitError(error, "REF_LOCKED")) {
      return { kind: "moved", base: (await readBranch(git, base)) ?? before };
    }
    return refusal(error);
  }
  return { kind: "green", base: commit, leftOut };
}

interface Work {
  readonly ticket: Ticket;
  readonly branch: string;
  readonly tip: CommitId;
}

/** The tickets with their work; `gone` are those that are not done any more, or whose work needs no merge. */
async function lookAt(
  { git, tickets }: CombinationTests,
  ticketIds: readonly TicketId[],
  base: CommitId,
): Promise<{ readonly work: readonly Work[]; readonly gone: readonly TicketId[] }> {
  const records = new Map(
    (await tickets.list({ ids: ticketIds })).tickets.map(({ ticket }) => [ticket.id, ticket]),
  );
  const work: Work[] = [];
  const gone: TicketId[] = [];
  for (const id of ticketIds) {
    const ticket = records.get(id);
    const branch = featureBranch(id);
    const tip = await readBranch(git, branch);
    const isDone =
      ticket !== undefined && isDelivered(tickets.types, ticket) && isFinal(tickets.types, ticket);
    if (!isDone || tip === undefined || (await isAncestor(git, tip, base))) gone.push(id);
    else work.push({ ticket, branch, tip });
  }
  return { work, gone };
}

/** One merge commit after the other; no ref moves. What does not go together with those before it is left out, with all that is built on it. */
async function combine(
  { git }: CombinationTests,
  work: readonly Work[],
  base: string,
  before: CommitId,
): Promise<
  | { readonly kind: "combined"; readonly commit: CommitId; readonly leftOut: readonly TicketId[] }
  | Extract<TestOutcome, { readonly kind: "conflict" | "refused" }>
> {
  let commit = before;
  const leftOut = new Set<TicketId>();
  for (const [index, { ticket, branch, tip }] of work.entries()) {
    if (ticket.dependsOn.some((id) => leftOut.has(id))) {
      leftOut.add(ticket.id);
      continue;
    }
    try {
      const merge = await mergeCommits(git, commit, tip, {
        message: `Merge ${branch} into ${base}`,
        allowFastForward: false,
        allowUnrelated: await mayBeUnrelated(git, commit, tip, ticket),
      });
      if (merge.status !== "conflict") commit = merge.commit;
      else if (index > 0) leftOut.add(ticket.id);
      else {
        const { message } = mergeConflict(branch, base, merge.files, "");
        return {
          kind: "conflict",
          ticketId: ticket.id,
          why: message.replace(/^Merge conflict detected! /, ""),
        };
      }
    } catch (error) {
      return { ...refusal(error), ticketId: ticket.id };
    }
  }
  return { kind: "combined", commit, leftOut: [...leftOut] };
}

/** Nothing was ever committed on the base branch: it begins with the first of them, and the others come on top of that. */
async function testFirstCommit(
  tests: CombinationTests,
  { ticketIds: [first, ...rest], log }: CombinationTest,
): Promise<TestOutcome> {
  // There is nothing that could fail.
  if (first === undefined) return { kind: "green", base: "", leftOut: [] };
  try {
    const { commit } = await startBase({ ...tests, record: log.write }, featureBranch(first));
    return { kind: "green", base: commit, leftOut: rest };
  } catch (error) {
    if (!isWorkflowError(error, "CHECKS_FAILED")) return { ...refusal(error), ticketId: first };
    const path = log.close();
    const { output } = error.data;
    const [what = ""] = error.message.split("\n");
    const fault = { what: what.replace(/:$/, ""), output, ...(path === undefined ? {} : { log: path }) };
    return { kind: "red", base: "", leftOut: rest, fault };
  }
}

/** What passes by itself is thrown: the same may be tried again as it is. */
function refusal(error: unknown): { readonly kind: "refused"; readonly why: string } {
  const isKnown = isWorkflowError(error) || isGitError(error) || isTicketError(error);
  if (!isKnown || passes.has(error.code)) throw error;
  return { kind: "refused", why: error.message };
}

function without(ids: readonly TicketId[], leftOut: readonly TicketId[]): string {
  return ids.filter((id) => !leftOut.includes(id)).join(", ");
}
