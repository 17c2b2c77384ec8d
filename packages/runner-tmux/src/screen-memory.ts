import type { Evidence } from "@wiggum/workflow";

/** What screens said, for as long as nothing was printed on them since: most agents say the same for minutes, and each look costs programs. */
export interface ScreenMemory {
  /** What the screen said when nothing else had been printed than now (`glance`); absent = look at it. */
  recall(token: string, glance: string | undefined): readonly Evidence[] | undefined;
  /** Told what a look saw that began at `fromMs`, monotonic. */
  keep(token: string, glance: string | undefined, fromMs: number, seen: readonly Evidence[]): void;
}

/** What was printed is on the screen, and in the recording, so long afterwards. */
const settledMs = 1_000;
/** A person may resize or redraw a pane, of which no recording tells. */
const keptMs = 60_000;

interface Remembered {
  readonly glance: string;
  /** Since when that was the glance. */
  readonly sinceMs: number;
  readonly seen?: { readonly evidence: readonly Evidence[]; readonly atMs: number };
}

export function createScreenMemory(monotonicMs: () => number): ScreenMemory {
  const known = new Map<string, Remembered>();
  return {
    recall(token, glance) {
      const nowMs = monotonicMs();
      const former = known.get(token);
      if (glance === undefined) {
        known.delete(token);
        return undefined;
      }
      if (former?.glance !== glance) {
        known.set(token, { glance, sinceMs: nowMs });
        return undefined;
      }
      if (former.seen === undefined || nowMs - former.seen.atMs > keptMs) return undefined;
      const { evidence } = former.seen;
      // As far apart as they were: two looks at one moment would be one.
      const laterMs = nowMs - (evidence.at(-1)?.atMs ?? nowMs);
      return evidence.map((item) => ({ ...item, atMs: item.atMs + laterMs }));
    },
    keep(token, glance, fromMs, seen) {
      const former = known.get(token);
      if (former === undefined || former.glance !== glance || fromMs - former.sinceMs < settledMs) return;
      // Two looks that differ are no answer.
      if (new Set(seen.map(({ fact }) => JSON.stringify(fact))).size > 1) return;
      known.set(token, { ...former, seen: { evidence: seen, atMs: fromMs } });
    },
  };
}
