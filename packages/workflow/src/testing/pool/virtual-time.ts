/** A clock that moves only when told to, and what is due at its moments. */
export interface VirtualTime {
  /** Milliseconds; never goes back. */
  nowMs(): number;
  /** `owner` = whose doing it is: what sleeps with that owner. */
  after(delayMs: number, action: () => void, owner?: string): void;
  /** Does what is due within `durationMs`, in order; stops early when `isEnough` says so after one of them. */
  advance(durationMs: number, isEnough?: () => boolean): void;
  /** Everything of these owners comes later by so much: they were asleep. */
  postpone(durationMs: number, isAsleep: (owner: string | undefined) => boolean): void;
}

interface Due {
  atMs: number;
  readonly order: number;
  readonly action: () => void;
  readonly owner: string | undefined;
}

export function createVirtualTime(): VirtualTime {
  let nowMs = 0;
  let order = 0;
  let queue: Due[] = [];

  const isBefore = (left: Due, right: Due) =>
    left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
  // A binary heap: a run has thousands of events, and few at a time.
  function push(due: Due): void {
    queue.push(due);
    let at = queue.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = queue[above] as Due;
      if (!isBefore(due, parent)) break;
      queue[at] = parent;
      at = above;
    }
    queue[at] = due;
  }
  function pop(): Due {
    const first = queue[0] as Due;
    const last = queue.pop() as Due;
    if (queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= queue.length) break;
      if (below + 1 < queue.length && isBefore(queue[below + 1] as Due, queue[below] as Due)) below += 1;
      const child = queue[below] as Due;
      if (!isBefore(child, last)) break;
      queue[at] = child;
      at = below;
    }
    queue[at] = last;
    return first;
  }

  return {
    nowMs: () => nowMs,
    after(delayMs, action, owner) {
      push({ atMs: nowMs + Math.max(0, delayMs), order: order++, action, owner });
    },
    advance(durationMs, isEnough) {
      const endMs = nowMs + Math.max(1, durationMs);
      for (let next = queue[0]; next !== undefined && next.atMs <= endMs; next = queue[0]) {
        pop();
        nowMs = Math.max(nowMs, next.atMs);
        next.action();
        if (isEnough?.() === true) return;
      }
      nowMs = endMs;
    },
    postpone(durationMs, isAsleep) {
      const all = queue;
      queue = [];
      for (const due of all) {
        if (isAsleep(due.owner)) due.atMs += durationMs;
        push(due);
      }
    },
  };
}
