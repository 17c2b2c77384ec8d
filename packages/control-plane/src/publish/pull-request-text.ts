import { commitsBetween, type Git, mergeBase, pathText } from "@wiggum/git";
import { printable, type Ticket, type TicketEvent } from "@wiggum/ticket-core";

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

/** What the work is compared with, and what must pass. */
export interface DescribedWork {
  readonly ticket: Ticket;
  /** Commit that the base branch is at. */
  readonly base: string;
  /** Commit that the feature branch is at. */
  readonly tip: string;
  /** The project's checks, as commands. */
  readonly checks: readonly string[];
}

/** Longest title and body, characters; hosts refuse more than 256 and 65,536. */
const longestTitle = 240;
const longestBody = 60_000;
const mostCommits = 50;
const mostFiles = 100;

/** Title and description of a pull request: what the ticket asks for, and what the work changes. */
export async function describePullRequest(git: Git, work: DescribedWork): Promise<PullRequestText> {
  const { ticket, base, tip, checks } = work;
  const start = (await mergeBase(git, base, tip)) ?? base;
  const commits = (await commitsBetween(git, start, tip, mostCommits)).filter(
    ({ parents }) => parents.length < 2,
  );
  const files = await changedLines(git, start, tip);
  const shown = files.slice(0, mostFiles);
  const sections = [
    ["Summary", summaryOf(ticket)],
    ["Commits", commits.map(({ subject }) => `- ${printable(subject)}`).join("\n")],
    [
      "Changes",
      [
        ...shown,
        ...(files.length > shown.length ? [`- and ${files.length - shown.length} more files`] : []),
      ].join("\n"),
    ],
    ["Testing", checks.map((check) => `- \`${check.replaceAll("`", "'")}\``).join("\n")],
    [
      "Related",
      [`Ticket ${ticket.id}`, ...ticket.dependsOn.map((id) => `Builds on ${id}`)]
        .map((line) => `- ${line}`)
        .join("\n"),
    ],
  ] as const;
  const body = sections
    .filter(([, text]) => text !== "")
    .map(([heading, text]) => `## ${heading}\n\n${text}\n`)
    .join("\n");
  return {
    title: cut(`[${ticket.id}] ${printable(ticket.title)}`, longestTitle),
    body: cut(body, longestBody),
  };
}

/** What the ticket says of itself; what was said about it (feedback, comments, the thread) is between agents. */
function summaryOf({ body }: Ticket): string {
  const [own = ""] = body.split(/^## (?:Feedback|Comments|Thread)\s*$/m);
  return own
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^#{1,6} /gm, (marks) => `##${marks}`.slice(-7))
    .split("\n")
    .map((line) => printable(line))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

async function changedLines(git: Git, from: string, to: string): Promise<readonly string[]> {
  const { stdoutBytes } = await git.run([
    "diff-tree",
    "-r",
    "-z",
    "--numstat",
    "--no-renames",
    from,
    to,
    "--",
  ]);
  return pathText(stdoutBytes)
    .split("\0")
    .flatMap((entry) => {
      const [added, deleted, ...path] = entry.split("\t");
      if (added === undefined || deleted === undefined || path.length === 0) return [];
      const size = added === "-" ? "binary" : `+${added} −${deleted}`;
      return [`- \`${printable(path.join("\t")).replaceAll("`", "'")}\` (${size})`];
    });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Has this finding been told on the ticket? */
export function toldOn(events: readonly TicketEvent[]): (id: string) => boolean {
  const told = new Set(events.map(({ id }) => id));
  return (id) => told.has(id);
}
