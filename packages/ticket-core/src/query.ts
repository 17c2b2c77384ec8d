// The reference for listing: what a query matches, in which order, and where a page ends. A backend that uses an index must answer the same.
import { isArchived } from "./archive.js";
import type { PageRequest, TicketQuery } from "./backend.js";
import { TicketError } from "./errors.js";
import type { Ticket, TicketRecord } from "./ticket.js";

/** Most tickets on one page. */
export const maxPageSize = 10_000;

const listMembers = ["ids", "states", "types", "labels", "assignedAgentIds", "parents", "dependsOn"] as const;
const members: ReadonlySet<string> = new Set([...listMembers, "actionRequired", "archived", "text"]);

/** Does this ticket match? A member that is absent matches all, an empty list matches nothing. */
export function matchesQuery(ticket: Ticket, query: TicketQuery): boolean {
  const { ids, states, types, labels, assignedAgentIds, parents, dependsOn, actionRequired, archived, text } =
    query;
  return (
    isOneOf(ids, ticket.id) &&
    isOneOf(states, ticket.state) &&
    isOneOf(types, ticket.type) &&
    hasOneOf(labels, ticket.labels) &&
    isOneOf(assignedAgentIds, ticket.assignedAgentId) &&
    isOneOf(parents, ticket.parent) &&
    hasOneOf(dependsOn, ticket.dependsOn) &&
    (actionRequired === undefined || actionRequired === (ticket.actionRequired !== undefined)) &&
    (archived === undefined || archived === isArchived(ticket)) &&
    (text === undefined || contains(ticket.title, text) || contains(ticket.body, text))
  );
}

function isOneOf(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function hasOneOf(wanted: readonly string[] | undefined, values: readonly string[]): boolean {
  return wanted === undefined || values.some((value) => wanted.includes(value));
}

function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** Where a ticket stands in a listing: priority, creation time in ms (null = unknown: last), id. */
export type SortKey = readonly [priority: number, createdMs: number | null, id: string];

/** Where this ticket stands. */
export function sortKey(ticket: Pick<Ticket, "priority" | "createdAt" | "id">): SortKey {
  const createdMs = ticket.createdAt === undefined ? Number.NaN : Date.parse(ticket.createdAt);
  return [ticket.priority, Number.isNaN(createdMs) ? null : createdMs, ticket.id];
}

/** Order of a listing, by sort keys. */
export function compareKeys(left: SortKey, right: SortKey): number {
  if (left[0] !== right[0]) return left[0] - right[0];
  if (left[1] !== right[1]) {
    return (left[1] ?? Number.POSITIVE_INFINITY) < (right[1] ?? Number.POSITIVE_INFINITY) ? -1 : 1;
  }
  if (left[2] === right[2]) return 0;
  return left[2] < right[2] ? -1 : 1;
}

/** Order of a listing: priority, then creation time (an unknown one last), then id by code units. */
export function compareTickets(left: Ticket, right: Ticket): number {
  return compareKeys(sortKey(left), sortKey(right));
}

/** What a backend answers to `list`, out of all its records. */
export interface RecordPage {
  readonly tickets: readonly TicketRecord[];
  readonly next?: string | undefined;
}

/**
 * Filters, sorts and cuts one page. `next` names the last ticket of the page by its sort key, so that a ticket which was there
 * all the time is neither skipped nor repeated when others come or go between two pages.
 * @throws QUERY_INVALID
 */
export function selectPage(
  records: Iterable<TicketRecord>,
  query: TicketQuery = {},
  page: PageRequest = {},
): RecordPage {
  checkQuery(query);
  const { limit, after } = readPage(page);
  const keyed: { key: SortKey; record: TicketRecord }[] = [];
  for (const record of records) {
    if (!matchesQuery(record.ticket, query)) continue;
    const key = sortKey(record.ticket);
    if (after === undefined || compareKeys(key, after) > 0) keyed.push({ key, record });
  }
  keyed.sort((left, right) => compareKeys(left.key, right.key));
  const tickets = keyed.slice(0, limit).map(({ record }) => record);
  const last = keyed[tickets.length - 1];
  if (tickets.length === keyed.length || last === undefined) return { tickets };
  return { tickets, next: markAfter(last.key) };
}

/** `next` of a page whose last ticket stands here. */
export function markAfter(key: SortKey): string {
  return JSON.stringify(key);
}

/** Refuses a query that is not what `TicketQuery` says. @throws QUERY_INVALID naming the member */
export function checkQuery(query: TicketQuery): void {
  for (const member of Object.keys(query)) if (!members.has(member)) throw queryInvalid(member, "is unknown");
  for (const member of listMembers) {
    const value: unknown = query[member];
    if (value === undefined) continue;
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw queryInvalid(member, "is not a list of texts");
    }
  }
  const { text } = query as { readonly text?: unknown };
  for (const member of ["actionRequired", "archived"] as const) {
    const value: unknown = query[member];
    if (value !== undefined && typeof value !== "boolean")
      throw queryInvalid(member, "is neither true nor false");
  }
  if (text !== undefined && typeof text !== "string") throw queryInvalid("text", "is not a text");
}

/** How many, and behind which ticket. @throws QUERY_INVALID */
export function readPage({ limit, after }: PageRequest): {
  readonly limit: number | undefined;
  readonly after: SortKey | undefined;
} {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize)) {
    throw queryInvalid("limit", `is not a whole number from 1 to ${maxPageSize}`);
  }
  return { limit, after: after === undefined ? undefined : readToken(after) };
}

function readToken(token: string): SortKey {
  let key: unknown;
  try {
    key = JSON.parse(token);
  } catch {
    key = undefined;
  }
  if (Array.isArray(key) && key.length === 3) {
    const [priority, createdMs, id] = key as readonly unknown[];
    const isTime = createdMs === null || typeof createdMs === "number";
    if (typeof priority === "number" && isTime && typeof id === "string") return [priority, createdMs, id];
  }
  throw queryInvalid("after", "is not the `next` of a page");
}

function queryInvalid(member: string, problem: string): TicketError<"QUERY_INVALID"> {
  return new TicketError("QUERY_INVALID", `Query: ${member} ${problem}`, { member });
}
