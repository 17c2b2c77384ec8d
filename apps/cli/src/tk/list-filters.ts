import type { ListedTicket, TicketFilter } from "@wiggum/ticket-backend-files";
import { passes } from "@wiggum/ticket-backend-files";
import { tkError } from "./tk-failure.js";
import type { TkStore } from "./tk-store.js";

/** What a listing was told. */
export interface ListFilters extends TicketFilter {
  readonly limit?: number | undefined;
}

/** Reads `-a NAME`, `--assignee=NAME`, `-T TAG`, `--tag=TAG`, `--status=S` and `--limit=N`; other words are ignored, as the original does. */
export function readFilters(words: readonly string[]): ListFilters {
  const found: { assignee?: string; tag?: string; status?: string; limit?: number } = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const [, name = "", value = ""] = /^--(assignee|tag|status|limit)=(.*)$/s.exec(word) ?? [];
    if (word === "-a" || word === "-T") {
      at += 1;
      const given = words[at];
      // Without the filter everything would be shown, which nobody asked for.
      if (given === undefined) throw tkError(`option ${word} needs a value`);
      if (word === "-a") found.assignee = given;
      else found.tag = given;
    } else if (name === "limit") {
      if (!/^\d{1,9}$/.test(value)) throw tkError(`--limit=${value} is no whole number`);
      found.limit = Number(value);
    } else if (name === "assignee" || name === "tag" || name === "status") {
      found[name] = value;
    }
  }
  return found;
}

/** Does the ticket pass assignee and tag, the filters of every listing? */
export function passesOwner(ticket: ListedTicket, { assignee, tag }: ListFilters): boolean {
  return passes(ticket, { assignee, tag });
}

/** Does the ticket pass all filters of `ls`? */
export function passesAll(store: TkStore, ticket: ListedTicket, filters: ListFilters): boolean {
  return (
    passesOwner(ticket, filters) && (filters.status === undefined || store.isStatus(ticket, filters.status))
  );
}

/** Lines with their ends. */
export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
