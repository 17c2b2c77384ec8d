import type { Judge } from "@wiggum/ticket-core";
import { createGitBackend } from "./create-git-backend.js";
import type { StoreLayout } from "./fan-out.js";
import type { Relayout } from "./relayout.js";

/** Above this number of tickets a write in one folder costs more the more there are; below it one folder is what people expect. */
export const mostInOneFolder = 1_000;

/** A move of all tickets to another layout, as data until it is applied. */
export interface RelayoutPlan extends Relayout {
  /** `false` = every ticket lies where it belongs. */
  readonly isNeeded: boolean;
  /** What would be done, for people. */
  readonly description: string;
  /** @throws as a write of the backend */
  apply(): Promise<void>;
}

/**
 * What a move of the store at `root` would do; changes nothing. `to` absent = the layout that suits its number of tickets.
 * @throws STORE_BROKEN
 */
export async function planRelayout(
  root: string,
  { judge, to }: { readonly judge: Judge; readonly to?: StoreLayout | undefined },
): Promise<RelayoutPlan> {
  const backend = createGitBackend({ root, judge });
  try {
    const now = await backend.lookAtLayout();
    const wanted = to ?? suitingLayout(now.tickets);
    const found = await backend.lookAtLayout(wanted);
    const isNeeded = found.moved > 0 || found.from !== wanted;
    return {
      ...found,
      isNeeded,
      description: describe(found),
      async apply() {
        const writer = createGitBackend({ root, judge });
        try {
          await writer.relayout(wanted);
        } finally {
          await writer.close();
        }
      },
    };
  } finally {
    await backend.close();
  }
}

/** The layout that a store of so many tickets is better with. */
export function suitingLayout(tickets: number): StoreLayout {
  return tickets > mostInOneFolder ? "fan-out" : "flat";
}

function describe({ to, tickets, dropped }: Relayout): string {
  const where = to === "flat" ? "into one folder (flat)" : "into folders by their ids (fan-out)";
  const twice =
    dropped === 0
      ? ""
      : `; ${dropped} that ${dropped === 1 ? "lies" : "lie"} twice stay in the history alone`;
  return `move ${tickets} ticket${tickets === 1 ? "" : "s"} ${where}, in one commit that changes none of them${twice}`;
}
