// Questions to the index, answered as the reference in core answers them.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import {
  checkQuery,
  isTicketId,
  markAfter,
  matchesQuery,
  type PageRequest,
  readPage,
  sortKey,
  type Ticket,
  type TicketFacts,
  type TicketId,
  type TicketProblem,
  type TicketQuery,
  type TicketSummary,
} from "@wiggum/ticket-core";
import type { ObjectId } from "../objects.js";
import { IndexDamage } from "./index-database.js";
import { problemKinds, unknownCreation } from "./index-rows.js";

/** A part of a list; the text of the tickets is no part of it. */
export interface IndexPage {
  readonly tickets: readonly TicketSummary[];
  readonly next?: string | undefined;
}

/** What the index says of one commit. */
export interface IndexAnswers {
  /** As `selectPage` of core; a `text` in the query is left to the caller. @throws QUERY_INVALID */
  select(query?: TicketQuery, page?: PageRequest): IndexPage;
  /** All of the store, whatever is asked. */
  problems(): readonly TicketProblem[];
  /** What counts as this ticket: `"problem"` = something that is not served, and has no good version; `undefined` = nothing. */
  version(id: TicketId): ObjectId | "problem" | undefined;
  /** Every id that is taken; with `part` those that contain it. */
  ids(part?: string): readonly TicketId[];
}

export function createIndexAnswers(database: DatabaseSync): IndexAnswers {
  const rows = (sql: string, ...values: SQLInputValue[]) => database.prepare(sql).all(...values);

  /** As many as are one text for each column: a row by itself costs more than what stands in it. */
  function atOnce(sql: string, values: readonly SQLInputValue[]): readonly TicketSummary[] {
    const columns =
      "json_group_array(id) AS ids, json_group_array(blob) AS blobs, json_group_array(state) AS states";
    const [row] = rows(`SELECT ${columns}, group_concat(facts) AS facts FROM (${sql})`, ...values);
    const [ids, blobs, states, facts] = [
      row?.["ids"],
      row?.["blobs"],
      row?.["states"],
      `[${row?.["facts"] ?? ""}]`,
    ].map(listIn);
    if (ids === undefined || [blobs, states, facts].some((list) => list?.length !== ids.length))
      throw new IndexDamage("the rows of a page are damaged");
    return ids.map((id, place) => summaryOf(id, blobs?.[place], states?.[place], facts?.[place]));
  }

  /** Most of what a row costs is memory. */
  function* oneByOne(sql: string, values: readonly SQLInputValue[]): Generator<TicketSummary> {
    for (const { id, blob, state, facts } of database.prepare(sql).iterate(...values))
      yield summaryOf(id, blob, state, listIn(`[${String(facts)}]`)?.[0]);
  }

  return {
    select(query = {}, page = {}) {
      checkQuery(query);
      const { limit, after } = readPage(page);
      const { text: _text, ...members } = query;
      const condition = conditionOf(members);
      if (after !== undefined) {
        condition.terms.push("(priority, created, id) > (?, ?, ?)");
        condition.values.push(after[0], after[1] ?? unknownCreation, after[2]);
      }
      const ordered = "ORDER BY priority, created, id";
      const where = condition.terms.join(" AND ");
      // The rows are picked by the narrow index first; only those of the page are read whole.
      const picked = `SELECT rowid AS picked FROM ticket WHERE ${where} ${ordered}`;
      const cut = limit === undefined ? "" : ` LIMIT ${limit + 1}`;
      const sql = `SELECT id, blob, state, facts FROM (${picked}${cut}) JOIN ticket ON ticket.rowid = picked ${ordered}`;
      const count =
        limit ??
        Number(
          rows(`SELECT count(*) AS count FROM ticket WHERE ${where}`, ...condition.values)[0]?.["count"],
        );
      const summaries = count <= mostAtOnce ? atOnce(sql, condition.values) : oneByOne(sql, condition.values);
      const found: TicketSummary[] = [];
      for (const summary of summaries) {
        // The text is asked for by nobody here.
        if (!matchesQuery(summary.ticket as Ticket, members)) {
          throw new IndexDamage(`the row of ${summary.ticket.id} does not match`);
        }
        found.push(summary);
      }
      const tickets = found.slice(0, limit);
      const last = tickets.at(-1);
      return tickets.length === found.length || last === undefined
        ? { tickets }
        : { tickets, next: markAfter(sortKey(last.ticket)) };
    },
    problems() {
      const found = rows("SELECT kind, problem FROM problem ORDER BY kind, name, position").map((row) => ({
        kind: row["kind"],
        problem: JSON.parse(String(row["problem"])) as TicketProblem,
      }));
      const named = new Set(
        found.filter(({ kind }) => kind !== problemKinds.foreign).map(({ problem }) => problem.path),
      );
      return found
        .filter(
          ({ kind, problem }) =>
            kind !== problemKinds.foreign || problem.code !== "FILE_FOREIGN" || !named.has(problem.path),
        )
        .map(({ problem }) => problem);
    },
    version(id) {
      const [row] = rows("SELECT blob FROM ticket WHERE id = ?", id);
      if (row !== undefined) return typeof row["blob"] === "string" ? row["blob"] : "problem";
      return rows("SELECT 1 FROM problem WHERE id = ? LIMIT 1", id).length > 0 ? "problem" : undefined;
    },
    ids(part) {
      const found =
        part === undefined
          ? rows("SELECT id FROM ticket ORDER BY id")
          : rows("SELECT id FROM ticket WHERE instr(id, ?) > 0 ORDER BY id", part);
      return found.map((row) => String(row["id"]));
    },
  };
}

/** Rows that are fetched as one text. */
const mostAtOnce = 2_000;

function listIn(text: unknown): readonly unknown[] | undefined {
  try {
    return JSON.parse(String(text)) as readonly unknown[];
  } catch {
    // Told by whoever misses it.
    return undefined;
  }
}

function summaryOf(id: unknown, blob: unknown, state: unknown, facts: unknown): TicketSummary {
  const ticket = facts as TicketFacts | null | undefined;
  const isWhole = ticket?.id === id && ticket?.state === state && typeof blob === "string";
  if (!ticket || !isWhole) {
    throw new IndexDamage(`the row of ${String(id)} is damaged`);
  }
  return { ticket, revision: blob, fence: { id: ticket.id, epoch: ticket.leaseEpoch } };
}

interface Condition {
  readonly terms: string[];
  readonly values: SQLInputValue[];
}

function conditionOf(query: TicketQuery): Condition {
  // Without a state = it cannot be read.
  const terms = ["state IS NOT NULL"];
  const values: SQLInputValue[] = [];
  const among = (column: string, wanted: readonly string[] | undefined) => {
    if (wanted !== undefined) terms.push(`${column} IN (${listOf(wanted, values)})`);
  };
  const related = (table: string, column: string, wanted: readonly string[] | undefined) => {
    if (wanted === undefined) return;
    terms.push(`id IN (SELECT id FROM ${table} WHERE ${column} IN (${listOf(wanted, values)}))`);
  };
  among("id", query.ids?.filter(isTicketId));
  among("state", query.states);
  among("type", query.types);
  related("label", "label", query.labels);
  among("assignee", query.assignedAgentIds);
  among("parent", query.parents);
  related("dependency", "target", query.dependsOn);
  if (query.actionRequired !== undefined) {
    terms.push("action = ?");
    values.push(Number(query.actionRequired));
  }
  if (query.archived !== undefined) {
    terms.push("archived = ?");
    values.push(Number(query.archived));
  }
  return { terms, values };
}

/** More than that are handed over as one value: SQLite takes only so many. */
const mostMarks = 1000;

function listOf(wanted: readonly string[], values: SQLInputValue[]): string {
  if (wanted.length > mostMarks) {
    values.push(JSON.stringify(wanted));
    return "SELECT value FROM json_each(?)";
  }
  values.push(...wanted);
  return wanted.map(() => "?").join(", ");
}
