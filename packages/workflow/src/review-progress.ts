// Loops of rejection are bounded by progress: what is rejected again and again with nothing gained goes to a person. Pure.

/** One rejection: what was handed in, and what was found in it. */
export interface ReviewRound {
  /** The commit that was handed in; absent = not known. */
  readonly commit?: string | undefined;
  /** Each finding in its own words. */
  readonly findings: readonly string[];
}

/**
 * How many of the last rounds in a row gained nothing. A round gains something when there are new commits and at least one finding of the
 * round before is not named any more. The first rejection has nothing to be measured by, and is no round without progress.
 */
export function roundsWithoutProgress(rounds: readonly ReviewRound[]): number {
  let count = 0;
  for (let index = rounds.length - 1; index > 0; index--) {
    const round = rounds[index];
    const before = rounds[index - 1];
    if (round === undefined || before === undefined || hasGained(before, round)) break;
    count += 1;
  }
  return count;
}

function hasGained(before: ReviewRound, round: ReviewRound): boolean {
  if (before.commit !== undefined && before.commit === round.commit) return false;
  const open = new Set(round.findings.map(sameWords));
  return before.findings.length === 0 || before.findings.some((finding) => !open.has(sameWords(finding)));
}

/** Findings in the text of a rejection: its numbered or listed items, else the text as one. */
export function findingsIn(text: string): readonly string[] {
  const items: string[] = [];
  for (const line of text.split("\n")) {
    const [, item] = /^\s{0,3}(?:\d{1,3}[.)]|[-*+])\s+(.+)$/.exec(line) ?? [];
    if (item !== undefined) items.push(item);
    else if (items.length > 0 && /^\s+\S/.test(line)) items.push(`${items.pop()} ${line.trim()}`);
  }
  const whole = text.trim();
  return items.length > 0 ? items : whole === "" ? [] : [whole];
}

/** The same finding in a later round is spaced or capitalised otherwise, and names another line. */
function sameWords(finding: string): string {
  return finding
    .toLowerCase()
    .replace(/(:|\blines?\s+)\d+/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
