import { oneLine } from "../one-line.js";
import type { Notice, NoticeChannel } from "./notice.js";
import type { DueNotice, NoticeStore } from "./notice-store.js";

/** Tells what is due, beside whatever else goes on: no channel waits for another, and nobody for a channel. */
export interface NoticeTeller {
  /** Begins with what is due and is not being told; returns at once. */
  start(): void;
  /** Resolves when all that was begun is through, or after `patienceMs`; what is cut off then is told by the next run. */
  finish(patienceMs: number): Promise<void>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 10 * 60_000;
/** Some hours after the first attempt; then a person finds it in what `doctor` says. */
const mostAttempts = 30;

export function createNoticeTeller({
  store,
  channels,
  trouble,
}: {
  readonly store: Pick<NoticeStore, "due" | "told" | "failed">;
  readonly channels: readonly NoticeChannel[];
  /** Told once of each reason of each channel. */
  readonly trouble: (what: string) => void;
}): NoticeTeller {
  const ending = new AbortController();
  const atWork = new Map<string, Promise<void>>();
  const askedAgain = new Set<string>();
  const said = new Map<string, string>();

  function complain(about: string, reason: string): void {
    if (said.get(about) === reason) return;
    said.set(about, reason);
    trouble(`${about}: ${reason}`);
  }

  async function tellOne(channel: NoticeChannel, { notice, attempts }: DueNotice): Promise<void> {
    const { name } = channel;
    try {
      await channel.send(notice, ending.signal);
    } catch (error) {
      // Cut off with the run: that is no failure of the channel.
      if (ending.signal.aborted) return;
      const reason = oneLine(error instanceof Error ? error.message : String(error));
      const isLast = attempts + 1 >= mostAttempts;
      complain(`A notice was not told by ${name}`, isLast ? `${reason}; it is given up` : reason);
      return store.failed(notice, name, reason, isLast ? undefined : pauseAfter(attempts));
    }
    said.delete(`A notice was not told by ${name}`);
    await store.told(notice, name);
  }

  async function tellAll(channel: NoticeChannel): Promise<void> {
    const tried = new Set<Notice["id"]>();
    for (;;) {
      const next = (await store.due(channel.name)).find(({ notice }) => !tried.has(notice.id));
      if (next === undefined || ending.signal.aborted) return;
      tried.add(next.notice.id);
      await tellOne(channel, next);
    }
  }

  /** Goes on as long as somebody asked for it meanwhile: what came in after the last look of one round is seen by the next. */
  async function work(channel: NoticeChannel): Promise<void> {
    const { name } = channel;
    try {
      do {
        askedAgain.delete(name);
        await tellAll(channel);
      } while (askedAgain.has(name) && !ending.signal.aborted);
    } catch (error) {
      complain("Notices", error instanceof Error ? error.message : String(error));
    } finally {
      atWork.delete(name);
    }
  }

  return {
    start() {
      for (const channel of channels) {
        if (ending.signal.aborted) return;
        if (atWork.has(channel.name)) askedAgain.add(channel.name);
        else atWork.set(channel.name, work(channel));
      }
    },
    async finish(patienceMs) {
      const all = Promise.all(atWork.values());
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([all, limit]);
      clearTimeout(timer);
      ending.abort();
      await all;
    },
  };
}

/** 1 s, 2 s, 4 s … 10 min. */
export function pauseAfter(attempts: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts, 20));
}
