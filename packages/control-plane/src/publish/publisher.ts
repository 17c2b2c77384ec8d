import { type CommitId, isAncestor, readBranch } from "@wiggum/git";
import { appendEvent, type Ticket, type TicketId } from "@wiggum/ticket-core";
import {
  type HostQuota,
  judgePullRequest,
  type PullRequestFinding,
  type PullRequestSight,
  untilNextPollMs,
} from "@wiggum/workflow";
import { shownCommand } from "../bounded-program.js";
import { featureBranch } from "../branch-names.js";
import { escalateTicket } from "../escalate-ticket.js";
import { findBaseBranch } from "../feature-branch.js";
import { tellWorker } from "../merge-or-send-back.js";
import type { Project } from "../project.js";
import type { HostAnswer } from "./gh-program.js";
import type { OpenPullRequest, PullRequestHost } from "./github-host.js";
import { describePullRequest, toldOn } from "./pull-request-text.js";
import { fetchBase, forgetPushes, type PushTarget, pushWork, readPushes, type Work } from "./push-work.js";

/** Something that was done, or (`isTrouble`) that cannot be done for now; a sentence without a full stop. */
export interface PublishNews {
  readonly what: string;
  readonly isTrouble: boolean;
}

/** Brings the work of tickets whose state is `pr_open` to a remote, and takes in what becomes of it there. */
export interface Publisher {
  /** One pass over all of them; asks the host only when that is due. */
  pass(report: (news: PublishNews) => void): Promise<void>;
}

export interface PublisherOptions {
  readonly project: Project;
  readonly target: PushTarget;
  /** Absent = branches are pushed, and nothing is opened for them. */
  readonly host?: PullRequestHost | undefined;
  /** Moves the local base branch forward to where the remote's is, if nothing is in the way. */
  readonly followBase: (commit: CommitId) => Promise<void>;
}

/** The states of the type `pr-task` that this is about. */
const openState = "pr_open";
const mergedState = "pr_merged";
const workState = "in_progress";

/** Its remote or its host does not answer: the rest of a pass is left for later. */
class Unanswered extends Error {
  readonly answer: Extract<HostAnswer<never>, { readonly status: "failed" }>;
  constructor(answer: Unanswered["answer"]) {
    super(answer.why);
    this.answer = answer;
  }
}

/** The value of an answer. @throws Unanswered */
function valueIn<Value>(answer: HostAnswer<Value>): Value {
  if (answer.status === "failed") throw new Unanswered(answer);
  return answer.value;
}

/** Needs no memory but of when the host was asked last: what is pushed, open and told is in refs, fields and events of the ticket. */
export function createPublisher({ project, target, host, followBase }: PublisherOptions): Publisher {
  const { git, clock, settings } = project;
  const { pollMs, quotaReserve: reserve } = settings.publish;
  let lastPollMs: number | undefined;
  let failures = 0;
  let quota: HostQuota | undefined;
  let restUntilMs = 0;
  let lastTrouble = "";
  let report: (news: PublishNews) => void = () => undefined;
  const tell = (what: string) => report({ what, isTrouble: false });

  async function run(): Promise<void> {
    const { tickets } = await project.tickets.list({ states: [openState] });
    const due = tickets
      .map(({ ticket }) => ticket)
      .filter(({ actionRequired }) => actionRequired === undefined);
    if (due.length === 0) return;
    const works = await readPushes(
      git,
      due.map(({ id }) => id),
    );
    const watched: { readonly ticketId: TicketId; readonly tip: CommitId; readonly number?: number }[] = [];
    for (const ticket of due) {
      const tip = await push(ticket, works.get(ticket.id));
      if (tip === undefined) continue;
      const number = host === undefined ? undefined : await pullRequestOf(host, ticket, tip);
      watched.push({ ticketId: ticket.id, tip, ...(number === undefined ? {} : { number }) });
    }
    const nowMs = clock.now().getTime();
    const poll = { lastMs: lastPollMs, everyMs: pollMs, failures, quota, reserve };
    if (watched.length === 0 || untilNextPollMs(poll, nowMs) > 0) return;
    lastPollMs = nowMs;
    const base = await baseBranch();
    const remote = valueIn(await fetchBase(target, base));
    const here = await readBranch(git, base);
    // Agents bring together what is here: it has to be what their work is to be merged into.
    if (here !== undefined && here !== remote && (await isAncestor(git, here, remote)))
      await followBase(remote);
    const sights =
      host === undefined
        ? []
        : await ask(
            host,
            watched.flatMap(({ number }) => number ?? []),
          );
    for (const { ticketId, tip, number } of watched) {
      const sight = sights.find((one) => one.number === number);
      if (sight !== undefined) await judge(ticketId, tip, sight);
      else if (host === undefined && (await isAncestor(git, tip, remote))) await close(ticketId);
    }
    failures = 0;
  }

  async function baseBranch(): Promise<string> {
    const base = await findBaseBranch(git, settings.baseBranch);
    if (base !== undefined && base !== "HEAD") return base;
    throw new Unanswered({
      status: "failed",
      why: "there is no base branch to be merged into",
      next: "Name one: baseBranch in config.yaml",
    });
  }

  /** The commit that the remote has now; `undefined` = a person has to bring something together first. */
  async function push(ticket: Ticket, work: Work | undefined): Promise<CommitId | undefined> {
    if (work === undefined) {
      await handOver(ticket.id, `there is no branch ${featureBranch(ticket.id)} that could be pushed`);
      return undefined;
    }
    const pushed = await pushWork(target, ticket.id, work);
    if (pushed.status !== "rejected") return valueIn(pushed);
    await handOver(ticket.id, `it could not be pushed: ${pushed.why}. Bring both together, then clear this`);
    return undefined;
  }

  async function handOver(ticketId: TicketId, reason: string): Promise<void> {
    await escalateTicket(project, ticketId, reason);
    report({ what: `${ticketId}: ${reason}`, isTrouble: true });
  }

  /** A run that was killed after it opened one finds it: there is never a second. */
  async function pullRequestOf(asked: PullRequestHost, ticket: Ticket, tip: CommitId): Promise<number> {
    const known = ticket.fields["pr_number"];
    if (ticket.fields["pr_status"] === "open" && typeof known === "number") return known;
    const branch = featureBranch(ticket.id);
    const { number, url } = valueIn(await asked.find(branch)) ?? (await open(asked, ticket, branch, tip));
    const fields = { pr_number: number, pr_url: url, pr_status: "open" };
    await setFields(ticket.id, fields);
    return number;
  }

  async function open(
    asked: PullRequestHost,
    ticket: Ticket,
    branch: string,
    tip: CommitId,
  ): Promise<OpenPullRequest> {
    const base = await baseBranch();
    const checks = settings.checks.map(shownCommand);
    const work = { ticket, base: (await readBranch(git, base)) ?? tip, tip, checks };
    const opened = valueIn(await asked.open(branch, base, await describePullRequest(git, work)));
    tell(`Opened ${opened.url} for ${ticket.id}`);
    return opened;
  }

  async function ask(
    asked: PullRequestHost,
    numbers: readonly number[],
  ): Promise<readonly PullRequestSight[]> {
    const answer = valueIn(await asked.poll(numbers));
    const { remaining, resetsAtMs } = answer.quota;
    quota = answer.quota;
    if (remaining <= reserve) {
      const until = new Date(resetsAtMs).toISOString();
      tell(
        `GitHub is not asked before ${until}: ${remaining} points are left for you (publish.quotaReserve)`,
      );
    }
    return answer.pullRequests;
  }

  async function judge(ticketId: TicketId, tip: CommitId, sight: PullRequestSight): Promise<void> {
    const { ticket } = await project.tickets.show(ticketId);
    if (ticket.state !== openState) return;
    const verdict = judgePullRequest(sight, tip, toldOn(await project.tickets.events(ticket)));
    switch (verdict.kind) {
      case "merged":
        return close(ticketId);
      case "closed":
        await setFields(ticketId, { pr_status: "closed" });
        return handOver(ticketId, `its pull request was closed without a merge: ${sight.url}`);
      case "send-back":
        await sendBack(ticket, sight, verdict.findings);
        return;
      case "wait":
        return;
    }
  }

  async function close(ticketId: TicketId): Promise<void> {
    if (host !== undefined) await setFields(ticketId, { pr_status: "merged" });
    await project.transition(ticketId, mergedState);
    await forgetPushes(git, ticketId);
    tell(`${ticketId} is merged at ${target.remote}`);
  }

  async function setFields(
    ticketId: TicketId,
    fields: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const change = (stored: Ticket) => ({ ...stored, fields: { ...stored.fields, ...fields } });
    await project.tickets.update(ticketId, change, project.writeContext());
  }

  /** State and findings in one commit: a kill leaves both or neither, and no finding is told twice. */
  async function sendBack(
    ticket: Ticket,
    { number, url }: PullRequestSight,
    findings: readonly PullRequestFinding[],
  ): Promise<void> {
    const at = `${clock.now().toISOString().slice(0, 19)}Z`;
    const event = { kind: "feedback", source: `Pull request #${number}`, at } as const;
    await project.tickets.transition(ticket.id, workState, {
      ...project.writeContext(),
      unguarded: true,
      change: (next) => ({
        ...next,
        body: findings.reduce(
          (body, { id, text }, index) => appendEvent(body, { ...event, id, text: `${index + 1}. ${text}` }),
          next.body,
        ),
      }),
    });
    const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    tell(`${ticket.id} went back to ${workState}: ${count} at ${url}`);
    if (ticket.assignedAgentId === undefined) return;
    const words = `${ticket.id} came back from its pull request: its feedback says why.`;
    await tellWorker(project, ticket.assignedAgentId, words);
  }

  return {
    async pass(tellNews) {
      report = tellNews;
      if (clock.now().getTime() < restUntilMs) return;
      try {
        await run();
        lastTrouble = "";
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        const { why, next } = error.answer;
        failures += 1;
        restUntilMs = clock.now().getTime() + Math.min(pollMs, 5_000) * 2 ** Math.min(failures, 6);
        const what = `Publishing has to wait: ${why}${next === undefined ? "" : `. ${next}`}`;
        if (what !== lastTrouble) report({ what, isTrouble: true });
        lastTrouble = what;
      }
    },
  };
}
