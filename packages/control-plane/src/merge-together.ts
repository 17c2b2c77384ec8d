import type { TicketId } from "@wiggum/ticket-core";
import { type MergeQueueReport, runMergeQueue, type TestFault } from "@wiggum/workflow";
import { mergeBusy } from "./merge-base-branch.js";
import { openMergeLog } from "./merge-log.js";
import { endMergeQueueNote, noteMergeQueue } from "./merge-note.js";
import { sendBack } from "./merge-or-send-back.js";
import { oneLine } from "./one-line.js";
import type { Project } from "./project.js";

/** How tickets are merged together. */
export interface MergeTogetherOptions {
  /** Told of each test before it begins; in words. */
  readonly report: (what: string) => void;
  /** Ends the run after the test that is at work. */
  readonly signal?: AbortSignal | undefined;
}

/** The end of the output that a ticket gets: more of it is in the log. */
const quotedLines = 40;
const quotedCharacters = 4_000;

/**
 * Merges these tickets as far as they pass, tested together; one that fails goes back to its worker with the end of the output. In words what became
 * of them. Keeps nothing: after SIGKILL it is called again with what is not merged then.
 * @throws MERGE_BUSY somebody else keeps moving the base branch, and nothing could be merged
 */
export async function mergeTogether(
  project: Project,
  ticketIds: readonly TicketId[],
  { report, signal }: MergeTogetherOptions,
): Promise<string> {
  const { tickets } = await project.tickets.list({ ids: ticketIds });
  const found = new Map(tickets.map(({ ticket }) => [ticket.id, ticket]));
  const queued = ticketIds.flatMap((id) => {
    const ticket = found.get(id);
    return ticket === undefined ? [] : [{ id, dependsOn: ticket.dependsOn }];
  });
  let waiting: readonly TicketId[] = [];
  try {
    const done = await runMergeQueue(
      {
        testing(testing, others) {
          waiting = others;
          report(testingWords(testing, others));
        },
        async test(testing, expected) {
          const log = openMergeLog(project.paths);
          const since = project.clock.now().toISOString();
          noteMergeQueue(project.paths, { testing, waiting, since, log: log.path ?? null });
          try {
            return await project.branches.testTogether({ ticketIds: testing, expected, log });
          } finally {
            log.close();
          }
        },
        async sendBack(ticketId, why) {
          const done = await sendBack(project, ticketId, feedbackOf(why));
          return `${done} (${"conflict" in why ? why.conflict : why.what})`;
        },
        escalate: async (ticketId, reason) => {
          await project.tickets.requireAction(ticketId, oneLine(reason), project.writeContext());
        },
      },
      queued,
      signal,
    );
    if (done.stoppedBy === "moves" && done.left.length === queued.length)
      throw mergeBusy("the base branch", 0, undefined);
    return reportWords(done);
  } finally {
    endMergeQueueNote(project.paths);
  }
}

function testingWords(testing: readonly TicketId[], waiting: readonly TicketId[]): string {
  const behind =
    waiting.length === 0 ? "" : `; ${listed(waiting)} ${waiting.length === 1 ? "waits" : "wait"}`;
  if (testing.length === 0) return `Testing the base branch by itself, before anybody is blamed${behind}`;
  return `Testing ${listed(testing)}${testing.length > 1 ? " together" : ""} on the base branch${behind}`;
}

/** What became of a run, one line. */
function reportWords(done: MergeQueueReport): string {
  const { merged, sentBack, escalated, held, withdrawn, left } = done;
  const parts = [
    merged.length > 0 && `${listed(merged)} merged`,
    ...sentBack.map(({ ticketId, detail }) => `${ticketId} ${detail}`),
    escalated.length > 0 && `a person must act on ${listed(escalated)}`,
    held.length > 0 && `${listed(held)} ${held.length === 1 ? "waits" : "wait"} for what went back`,
    withdrawn.length > 0 &&
      `${listed(withdrawn)} ${withdrawn.length === 1 ? "needs" : "need"} no merge any more`,
    left.length > 0 && `${listed(left)} left for later`,
  ];
  return parts.filter((part) => part !== false).join("; ");
}

function listed(ids: readonly TicketId[]): string {
  return ids.length < 2 ? ids.join("") : `${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
}

/** One numbered finding, the same for the same failure; the output is quoted, so that no line of it is taken for a finding of its own. */
function feedbackOf(why: { readonly conflict: string } | TestFault): string {
  if ("conflict" in why) {
    return `1. The work does not go together with what was merged: ${why.conflict}. Run \`wiggum rebase\`, resolve, hand in again.`;
  }
  const finding = `1. Together with the base branch the checks fail: ${why.what}. Run \`wiggum rebase\`, mend it, hand in again.`;
  const log = why.log === undefined ? [] : [`All that was printed: ${why.log}`];
  const output = why.output.trimEnd();
  if (output === "") return [finding, ...log].join("\n\n");
  const lines = output.slice(-quotedCharacters).split("\n").slice(-quotedLines);
  const quote = lines.map((line) => `> ${line}`.trimEnd()).join("\n");
  return [finding, ...log, `The end of the output:\n\n${quote}`].join("\n\n");
}
