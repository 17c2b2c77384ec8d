import { type Git, mergeBase } from "@wiggum/git";
import type { Ticket } from "@wiggum/ticket-core";

/**
 * May these two commits be merged although they share no history? Work that was begun before the project had its first commit may: all of
 * it is younger than its ticket. Anything else says that somebody rewrote the history, and a merge would bring back what they took out:
 * then git refuses it (UNRELATED_HISTORIES). Where they do share history there is nothing to allow.
 */
export async function mayBeUnrelated(
  git: Git,
  base: string,
  work: string,
  ticket: Pick<Ticket, "createdAt">,
): Promise<boolean> {
  if (ticket.createdAt === undefined || (await mergeBase(git, base, work)) !== undefined) return false;
  const { stdout } = await git.run([
    "log",
    "--max-parents=0",
    "--no-show-signature",
    "--format=%ct",
    work,
    "--",
  ]);
  const createdAtSeconds = Math.floor(Date.parse(ticket.createdAt) / 1_000);
  return stdout
    .trim()
    .split("\n")
    .every((seconds) => Number(seconds) >= createdAtSeconds);
}
