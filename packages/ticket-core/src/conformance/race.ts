import type { TicketBackend } from "../backend.js";
import { isTicketError } from "../errors.js";
import { check, describe } from "./assertions.js";
import type { ConformanceRun } from "./conformance-case.js";

export interface RaceResult {
  /** Titles (`Writer 0`, …) of those that were answered. */
  readonly won: readonly string[];
  /** What refused the others. */
  readonly lost: readonly unknown[];
}

/** Lets several writers go at one instant, each with a handle of its own where the store can be opened again. */
export async function race(
  { backend, open }: ConformanceRun,
  writers: number,
  write: (handle: TicketBackend, title: string, index: number) => Promise<unknown>,
): Promise<RaceResult> {
  const others = open !== undefined && backend.supports.shared ? writers - 1 : 0;
  const opened = await Promise.all(Array.from({ length: others }, () => open?.()));
  const handles = [backend, ...opened];
  const titles = Array.from({ length: writers }, (_item, index) => `Writer ${index}`);
  const settled = await Promise.allSettled(
    titles.map(async (title, index) => {
      await write(handles[index] ?? backend, title, index);
      return title;
    }),
  );
  for (const handle of opened) await handle?.close?.();
  return {
    won: settled.flatMap((end) => (end.status === "fulfilled" ? [end.value] : [])),
    lost: settled.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : [])),
  };
}

/** A race that exactly one wins, while the others are told TICKET_CONFLICT. Answers the winner's title. */
export async function raceForOne(
  store: ConformanceRun,
  write: (handle: TicketBackend, title: string, index: number) => Promise<unknown>,
  writers = 12,
): Promise<string> {
  const { won, lost } = await race(store, writers, write);
  check(won.length === 1, `${won.length} of ${writers} writers won, not one`);
  for (const error of lost) {
    check(isTicketError(error, "TICKET_CONFLICT"), `a loser was told: ${describe(error)}`);
  }
  return won[0] ?? "";
}
