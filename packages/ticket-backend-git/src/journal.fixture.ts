// What workers say that they did, and whether the history agrees.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parseMessage } from "./commit-message.js";
import type { StoreFixture } from "./store.fixture.js";

/** A line of a worker's journal. */
export interface JournalEntry {
  readonly kind: "tried" | "acknowledged";
  readonly operationId: string;
  readonly id: string;
}

export function readJournal(path: string): readonly JournalEntry[] {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as JournalEntry] : []));
}

/** Replays the history with plain git. P25: nothing acknowledged is lost or there twice, nothing is there that nobody asked for. */
export function judgeHistory({ plain, root }: StoreFixture, journal: readonly JournalEntry[]): void {
  const commits = plain("log", "--first-parent", "--reverse", "-z", "--format=%B", "main").split("\0");
  const found = new Map<string, number>();
  const states = new Map<string, string | undefined>();
  for (const message of commits) {
    const own = parseMessage(message);
    if (own === undefined) continue;
    found.set(own.operationId, (found.get(own.operationId) ?? 0) + 1);
    for (const { id, from, to } of own.changes) {
      expect(from, `${own.operationId} on ${id}`).toBe(states.get(id));
      states.set(id, to);
    }
  }
  const tried = new Set(journal.map(({ operationId }) => operationId));
  for (const { kind, operationId } of journal) {
    if (kind === "acknowledged") expect(found.get(operationId), operationId).toBe(1);
  }
  for (const [operationId, count] of found) {
    expect(count, operationId).toBe(1);
    // The tests' own writes, what a writer puts back, and moves to another layout.
    if (!/^(?:op|reject|relayout)-/.test(operationId)) expect(tried, operationId).toContain(operationId);
  }
  expect(plain("fsck", "--strict", "--no-dangling")).toBe("");
  expect(existsSync(join(root, "refs/heads/main.lock"))).toBe(false);
}
