import type { ProjectReport } from "@wiggum/control-plane";
import { printable } from "../printable.js";
import { duration } from "./duration.js";

type Reported = ProjectReport["tickets"][number];

/** What the tickets of a report come to. JSON-safe. */
export interface ReportTotals {
  readonly tickets: number;
  /** Tickets whose state changed. */
  readonly moved: number;
  readonly commits: number;
  readonly sessions: number;
  /** Milliseconds that agents worked, all together. */
  readonly workedMs: number;
  /** US dollars, of the sessions that say it; `null` = none does. */
  readonly costUsd: number | null;
  /** Sessions whose cost is known. */
  readonly priced: number;
}

export function totalsOf({ tickets }: ProjectReport): ReportTotals {
  const sessions = tickets.flatMap((ticket) => ticket.sessions);
  const costs = sessions.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  return {
    tickets: tickets.length,
    moved: tickets.filter(({ state, stateBefore }) => state !== stateBefore).length,
    commits: new Set(tickets.flatMap(({ commits }) => commits.map(({ id }) => id))).size,
    sessions: sessions.length,
    workedMs: sessions.reduce((sum, { durationMs }) => sum + durationMs, 0),
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    priced: costs.length,
  };
}

/** A report as people read it. Times are those of the machine. */
export function reportText(report: ProjectReport): string {
  const totals = totalsOf(report);
  if (totals.tickets === 0) return `Nothing was done since ${moment(report.since)}.\n`;
  const parts = [
    counted(totals.tickets, "ticket"),
    counted(totals.commits, "commit"),
    `${counted(totals.sessions, "session")} of agents (${duration(totals.workedMs)} in all)`,
    costText(totals),
  ];
  const lines = [`Since ${moment(report.since)}: ${parts.join(", ")}.`];
  for (const ticket of report.tickets) lines.push("", ...ticketLines(ticket));
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function ticketLines(ticket: Reported): readonly string[] {
  const { id, title, state, stateBefore, moves, otherChanges, commits, sessions } = ticket;
  const way = state === stateBefore ? state : `${stateBefore ?? "new"} -> ${state ?? "gone"}`;
  const lines = [`${id} ${title} (${way})`];
  for (const { at, by, from, to, assignee, cause } of moves) {
    const what = from === null ? `filed, ${to}` : `${from} -> ${to}`;
    const holder = assignee === null || assignee === by ? "" : `, given to ${assignee}`;
    lines.push(`  ${moment(at)}  ${by}: ${what}${holder}${cause === null ? "" : ` (${cause})`}`);
  }
  if (otherChanges.length > 0) {
    const others = otherChanges.map(({ by, changes }) => `${by} (${changes})`).join(", ");
    lines.push(`  other changes: ${others}`);
  }
  for (const { at, by, id: commit, subject } of commits)
    lines.push(`  ${moment(at)}  ${by}: commit ${commit.slice(0, 8)} ${subject}`);
  for (const { agentId, generation, durationMs, endedAt, endReason, costUsd } of sessions) {
    const end = endedAt === null ? "still runs" : (endReason ?? "ended");
    const cost = costUsd === null ? "" : `, ${dollars(costUsd)}`;
    lines.push(`  session ${generation} of ${agentId}: ${duration(durationMs)}, ${end}${cost}`);
  }
  return lines;
}

function costText({ costUsd, priced, sessions }: ReportTotals): string {
  if (costUsd === null) return "cost not known";
  return priced === sessions ? dollars(costUsd) : `${dollars(costUsd)} known of ${priced} of them`;
}

function dollars(amount: number): string {
  return `${amount.toFixed(amount < 0.1 ? 4 : 2)} USD`;
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** `2026-01-02 03:04`, by the clock on the wall here. */
function moment(at: string): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
