// One disposable index for all processes of this machine: what tickets say, by the commit that `main` is at. Without it the answers are the same.

import { setTimeout as sleep } from "node:timers/promises";
import type { TicketId } from "@wiggum/ticket-core";
import { monotonicMs } from "../monotonic.js";
import { storeBusy } from "../mutex.js";
import type { TicketContent } from "../snapshot.js";
import type { WritePlan } from "../write-plan.js";
import { applyWrite, type FillPorts, fillIndex, isShowing } from "./fill-index.js";
import { createIndexAnswers, type IndexAnswers } from "./index-answers.js";
import {
  atOneMoment,
  type IndexDatabase,
  isIndexBusy,
  isIndexFault,
  openIndexFile,
  openIndexInMemory,
  removeIndexFile,
} from "./index-database.js";
import { readMark } from "./index-rows.js";

export interface ReadIndexPorts extends FillPorts {
  /** Of the file; SQLite lays others beside it. */
  readonly path: string;
  readonly contentOf: (id: TicketId, blob: string) => TicketContent;
}

export interface ReadIndex {
  /**
   * Asks about what `main` is at now. `question` may not wait. It may be asked a second time, where the index turns out to be damaged.
   * @throws STORE_BROKEN, and what `question` throws
   */
  ask<Result>(question: (answers: IndexAnswers, asOf: string) => Result): Promise<Result>;
  /** After a write of this process: cheap where the index is open and shows what was written on. Waits for nobody, and never fails. */
  follow(plan: Pick<WritePlan, "base" | "commits" | "files">): void;
  close(): Promise<void>;
}

/** How long another process may write into the index before this one makes its own in memory. */
const patienceMs = 10_000;
/** Making the tables takes a moment. A file that is locked for longer is locked by what somebody made of it. */
const openingMs = 2000;
/** How often a damaged file is thrown away before the disk is left alone. */
const mostFiles = 3;

export function createReadIndex(ports: ReadIndexPorts): ReadIndex {
  const { path, place, judgedBy } = ports;
  let opened: Promise<IndexDatabase> | undefined;
  let now: IndexDatabase | undefined;
  let thrownAway = 0;

  async function open(): Promise<IndexDatabase> {
    // A store that is not there is told as such, and no folder is made in its place.
    place.readMain();
    for (let end = monotonicMs() + openingMs; ; ) {
      if (thrownAway >= mostFiles) return openIndexInMemory();
      try {
        return await openIndexFile(path);
      } catch (error) {
        if (isIndexBusy(error) && monotonicMs() < end) {
          await sleep(5);
          continue;
        }
        throwAway(error);
        end = monotonicMs() + openingMs;
      }
    }
  }

  function throwAway(error: unknown): void {
    if (!isIndexFault(error)) throw error;
    thrownAway += 1;
    try {
      removeIndexFile(path);
    } catch {
      // It cannot be removed either: the disk is left alone.
      thrownAway = mostFiles;
    }
  }

  async function forget(index: IndexDatabase): Promise<void> {
    if (now === index) now = undefined;
    if ((await opened) === index) opened = undefined;
    try {
      index.close();
    } catch {
      // A damaged file may not even be closed in peace.
    }
  }

  async function current(): Promise<IndexDatabase> {
    for (;;) {
      opened ??= open();
      const index = await opened.catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      now = index;
      if (index.isThere()) return index;
      await forget(index);
    }
  }

  async function ask<Result>(question: (answers: IndexAnswers, asOf: string) => Result): Promise<Result> {
    const start = monotonicMs();
    let filled: string | undefined;
    for (;;) {
      const index = await current();
      try {
        const commit = place.readMain();
        const answer = atOneMoment(index.database, () => {
          const mark = readMark(index.database);
          const isFilled = filled === commit && mark?.commit === commit;
          if (!isFilled && !isShowing(mark, commit, judgedBy)) return undefined;
          return { result: question(createIndexAnswers(index.database), commit) };
        });
        if (answer !== undefined) return answer.result;
        fillIndex(index, commit, ports);
        filled = commit;
      } catch (error) {
        if (!isIndexFault(error)) throw error;
        filled = undefined;
        if (isIndexBusy(error) && monotonicMs() - start < patienceMs) {
          await sleep(Math.random() * 20);
          continue;
        }
        if (index.isMemory) throw storeBusy(Math.round(monotonicMs() - start));
        await forget(index);
        if (isIndexBusy(error)) thrownAway = mostFiles;
        else throwAway(error);
      }
    }
  }

  return {
    ask,
    follow({ base, commits, files }) {
      const commit = commits.at(-1)?.id;
      if (now === undefined || commit === undefined || files === undefined) return;
      try {
        applyWrite(now, { base, commit, files }, ports.contentOf, ports);
      } catch (error) {
        // The next question finds out, and pays for it: the write itself is done.
        if (!isIndexFault(error)) throw error;
      }
    },
    async close() {
      const index = await opened?.catch(() => undefined);
      if (index !== undefined) await forget(index);
    },
  };
}
