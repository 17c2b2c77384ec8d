import { isAncestor, readBranch } from "@wiggum/git";
import { appendEvent, type Ticket, type TicketId } from "@wiggum/ticket-core";
import {
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
import { fetchBase, forgetPushes, isWorkIn, type PushTarget, pushWork } from "./push-work.js";

/** Brings the work of tickets whose state is `pr_open` to a remote, and takes in what becomes of it there. */
export interface Publisher {
  /** One pass over all of them; asks the host only when that is due. In words what was done. */
  pass(): Promise<readonly string[]>;
}

export interface PublisherOptions {
  readonly project: Project;
  readonly target: PushTarget;
  /** Absent = branches are pushed, and nothing is opened for them. */
  readonly host?: PullRequestHost | undefined;
  /** Moves the local base branch forward to where the remote's is, if nothing is in the way. */
  readonly followBase: (commit: string) => Promise<boolean>;
}

/** The states of the type `pr-task` that this is about. */
const openState = "pr_open";
const mergedState = "pr_merged";
const workState = "in_progress";

/** Needs no memory but of when the host was asked last: what is pushed, open and told is in refs, fields and events of the ticket. */
export function createPublisher({ project, target, host, followBase }: PublisherOptions): Publisher {
  const { git, clock, settings } = project;
  const { pollMs, quotaReserve } = settings.publish;
  let lastPollMs: number | undefined;
  let failures = 0;
  let quota: { readonly remaining: number; readonly resetsAtMs: number } | undefined;
  let lastTrouble = "";
  let restUntilMs = 0;

  /** The value, or nothing: then the rest of the pass is left for later, and the reason is said once. */
  function unpack<Value>(answer: HostAnswer<Value>, said: string[]): Value | undefined {
    if (answer.status === "answered") return answer.value;
    failures += 1;
    restUntilMs = clock.now().getTime() + Math.min(pollMs, 5_000) * 2 ** Math.min(failures, 6);
    const trouble = answer.next === undefined ? answer.why : `${answer.why}. ${answer.next}`;
    if (trouble !== lastTrouble) said.push(`publishing has to wait: ${trouble}`);
    lastTrouble = trouble;
    return undefined;
  }

  async function pass(): Promise<readonly string[]> {
    const said: string[] = [];
    if (clock.now().getTime() < restUntilMs) return said;
    const { tickets } = await project.tickets.list({ states: [openState] });
    const due = tickets
      .map(({ ticket }) => ticket)
      .filter(({ actionRequired }) => actionRequired === undefined);
    if (due.length === 0) return said;
    const base = await findBaseBranch(git, settings.baseBranch);
    if (base === undefined || base === "HEAD") return said;
    const watched = new Map<TicketId, { readonly tip: string; readonly number: number | undefined }>();
    for (const ticket of due) {
      const tip = await publish(ticket, base, said);
      if (tip === "stop") return said;
      if (tip !== undefined) watched.set(ticket.id, tip);
    }
    const nowMs = clock.now().getTime();
    const poll = { lastMs: lastPollMs, everyMs: pollMs, failures, quota, reserve: quotaReserve };
    if (watched.size === 0 || untilNextPollMs(poll, nowMs) > 0) return said;
    lastPollMs = nowMs;
    const remote = unpack(await fetchBase(target, base), said);
    if (remote === undefined) return said;
    await follow(base, remote);
    const sights = host === undefined ? [] : await ask(host, [...watched.values()], said);
    if (sights === undefined) return said;
    for (const [ticketId, { tip, number }] of watched) {
      const sight = sights.find((one) => one.number === number);
      if (sight !== undefined) await judge(ticketId, tip, sight, said);
      else if (host === undefined && (await isWorkIn(git, ticketId, remote))) await close(ticketId, said);
    }
    failures = 0;
    lastTrouble = "";
    return said;
  }

  async function ask(
    asked: PullRequestHost,
    watched: readonly { readonly number: number | undefined }[],
    said: string[],
  ): Promise<readonly PullRequestSight[] | undefined> {
    const numbers = watched.flatMap(({ number }) => number ?? []);
    const answer = unpack(await asked.poll(numbers), said);
    if (answer === undefined) return undefined;
    const { remaining, resetsAtMs } = answer.quota;
    quota = answer.quota;
    if (remaining <= quotaReserve) {
      const until = new Date(resetsAtMs).toISOString();
      said.push(
        `GitHub is not asked before ${until}: ${remaining} points are left for you (publish.quotaReserve)`,
      );
    }
    return answer.pullRequests;
  }

  /** Pushed, and with a pull request where there are such. `stop`: the remote or the host does not answer. */
  async function publish(ticket: Ticket, base: string, said: string[]) {
    const pushed = await pushWork(target, ticket.id);
    if (pushed.status === "rejected") {
      await escalateTicket(
        project,
        ticket.id,
        `it could not be pushed: ${pushed.why}. Bring both together, then clear this`,
      );
      said.push(`${ticket.id} could not be pushed: ${pushed.why}`);
      return undefined;
    }
    const tip = unpack(pushed, said);
    if (tip === undefined) return "stop";
    if (host === undefined) return { tip, number: undefined };
    const known = ticket.fields["pr_number"];
    if (ticket.fields["pr_status"] === "open" && typeof known === "number") return { tip, number: known };
    const opened = await openFor(host, ticket, base, tip, said);
    return opened === undefined ? "stop" : { tip, number: opened.number };
  }

  /** A run that was killed after it opened one finds it: there is never a second. */
  async function openFor(
    asked: PullRequestHost,
    ticket: Ticket,
    base: string,
    tip: string,
    said: string[],
  ): Promise<OpenPullRequest | undefined> {
    const branch = featureBranch(ticket.id);
    const found = await asked.find(branch);
    if (found.status === "failed") return unpack(found, said);
    let open = found.value;
    if (open === undefined) {
      const baseTip = (await readBranch(git, base)) ?? tip;
      const checks = settings.checks.map(shownCommand);
      const text = await describePullRequest(git, { ticket, base: baseTip, tip, checks });
      open = unpack(await asked.open(branch, base, text), said);
      if (open === undefined) return undefined;
      said.push(`opened ${open.url} for ${ticket.id}`);
    }
    const { number, url } = open;
    const fields = { pr_number: number, pr_url: url, pr_status: "open" };
    await project.tickets.update(
      ticket.id,
      (stored) => ({ ...stored, fields: { ...stored.fields, ...fields } }),
      project.writeContext(),
    );
    return open;
  }

  async function judge(
    ticketId: TicketId,
    tip: string,
    sight: PullRequestSight,
    said: string[],
  ): Promise<void> {
    const { ticket } = await project.tickets.show(ticketId);
    if (ticket.state !== openState) return;
    const verdict = judgePullRequest(sight, tip, toldOn(await project.tickets.events(ticket)));
    switch (verdict.kind) {
      case "merged":
        return close(ticketId, said);
      case "closed":
        await setStatus(ticketId, "closed");
        await escalateTicket(project, ticketId, `its pull request was closed without a merge: ${sight.url}`);
        said.push(`${ticketId}: ${sight.url} was closed without a merge`);
        return;
      case "send-back":
        await sendBack(ticket, sight, verdict.findings);
        said.push(
          `${ticketId} sent back to ${workState}: ${verdict.findings.length} findings at ${sight.url}`,
        );
        return;
      case "wait":
        return;
    }
  }

  async function close(ticketId: TicketId, said: string[]): Promise<void> {
    if (host !== undefined) await setStatus(ticketId, "merged");
    await project.transition(ticketId, mergedState);
    await forgetPushes(git, ticketId);
    said.push(`${ticketId} is merged at ${target.remote}`);
  }

  async function setStatus(ticketId: TicketId, status: "merged" | "closed"): Promise<void> {
    const change = (stored: Ticket) => ({ ...stored, fields: { ...stored.fields, pr_status: status } });
    await project.tickets.update(ticketId, change, project.writeContext());
  }

  /** State and findings in one commit: a kill leaves both or neither, and no finding is told twice. */
  async function sendBack(
    ticket: Ticket,
    { number }: PullRequestSight,
    findings: readonly PullRequestFinding[],
  ): Promise<void> {
    const at = `${clock.now().toISOString().slice(0, 19)}Z`;
    const source = `Pull request #${number}`;
    await project.tickets.transition(ticket.id, workState, {
      ...project.writeContext(),
      unguarded: true,
      change: (next) => ({
        ...next,
        body: findings.reduce(
          (body, { id, text }, index) =>
            appendEvent(body, { id, kind: "feedback", source, text: `${index + 1}. ${text}`, at }),
          next.body,
        ),
      }),
    });
    if (ticket.assignedAgentId !== undefined) {
      await tellWorker(
        project,
        ticket.assignedAgentId,
        `${ticket.id} came back from its pull request: its feedback says why.`,
      );
    }
  }

  /** Agents bring together what is here: it has to be what their work is to be merged into. */
  async function follow(base: string, remote: string): Promise<void> {
    const here = await readBranch(git, base);
    if (here === undefined || here === remote || !(await isAncestor(git, here, remote))) return;
    await followBase(remote);
  }

  return { pass };
}
