// What the index keeps of a ticket, of problems, and of the commit that it shows.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { sortKey, type TicketFacts, type TicketId, type TicketProblem } from "@wiggum/ticket-core";
import type { TicketContent } from "../snapshot.js";
import { ticketFile } from "../store-layout.js";
import type { FileVersion } from "../store-tree.js";

/** Creation time of a ticket that does not tell: behind all others. */
export const unknownCreation = Number.MAX_SAFE_INTEGER;

/** Where a problem comes from; they are told in this order. */
export const problemKinds = { refused: 0, unreadable: 1, foreign: 2, inFolder: 3 } as const;

/** What the index shows. */
export interface IndexMark {
  readonly commit: string;
  /** Nothing was refused: what counts is what lies in the tree. */
  readonly isPlain: boolean;
  /** What pushed tickets were judged by; empty = nothing had to be judged; absent = shown once, and not kept. */
  readonly judgedBy?: string | undefined;
}

/** `undefined` = the index is empty. */
export function readMark(database: DatabaseSync): IndexMark | undefined {
  const text = database.prepare("SELECT value FROM meta WHERE name = 'mark'").get()?.["value"];
  return typeof text === "string" ? (JSON.parse(text) as IndexMark) : undefined;
}

export function writeMark(database: DatabaseSync, mark: IndexMark): void {
  database.prepare("INSERT OR REPLACE INTO meta VALUES ('mark', ?)").run(JSON.stringify(mark));
}

/** Writes rows; made once for each transaction. */
export interface RowWriter {
  /** `version` absent = something lies there that is not served and has no good version. */
  put(id: TicketId, version: FileVersion | undefined, content: TicketContent | undefined): void;
  remove(id: TicketId): void;
  addProblem(kind: number, name: string, problem: TicketProblem): void;
  /** Of what lies under this name in the tree. */
  removeProblems(kind: number, name: string): void;
}

export function createRowWriter(database: DatabaseSync): RowWriter {
  const statements = new Map<string, StatementSync>();
  const run = (sql: string, ...values: (string | number | null)[]) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    statement.run(...values);
  };

  function remove(id: TicketId): void {
    run("DELETE FROM ticket WHERE id = ?", id);
    run("DELETE FROM label WHERE id = ?", id);
    run("DELETE FROM dependency WHERE id = ?", id);
    removeProblems(problemKinds.unreadable, ticketFile(id));
  }

  function removeProblems(kind: number, name: string): void {
    run("DELETE FROM problem WHERE kind = ? AND name = ?", kind, name);
  }

  function addProblem(kind: number, name: string, problem: TicketProblem): void {
    run(
      "INSERT INTO problem SELECT ?, ?, 1 + IFNULL(MAX(position), 0), ?, ? FROM problem WHERE kind = ? AND name = ?",
      kind,
      name,
      problem.id ?? null,
      JSON.stringify(problem),
      kind,
      name,
    );
  }

  return {
    remove,
    removeProblems,
    addProblem,
    put(id, version, content) {
      remove(id);
      if (content === undefined || !("record" in content)) {
        const nothing = [null, null, null, null, null, null, null, null];
        run(insertTicket, id, version?.id ?? null, version?.mode ?? null, ...nothing);
        if (content !== undefined)
          addProblem(problemKinds.unreadable, ticketFile(id), problemOf(id, content.problem));
        return;
      }
      const { body: _body, preamble: _preamble, ...facts } = content.record.ticket;
      run(
        insertTicket,
        id,
        version?.id ?? null,
        version?.mode ?? null,
        ...columnsOf(facts),
        JSON.stringify(facts),
      );
      for (const label of facts.labels) run("INSERT OR IGNORE INTO label VALUES (?, ?)", label, id);
      for (const target of facts.dependsOn) run("INSERT OR IGNORE INTO dependency VALUES (?, ?)", target, id);
    },
  };
}

const insertTicket = "INSERT INTO ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

function columnsOf(facts: TicketFacts): (string | number | null)[] {
  const [priority, created] = sortKey(facts);
  return [
    facts.state,
    facts.type,
    priority,
    created ?? unknownCreation,
    facts.assignedAgentId ?? null,
    facts.parent ?? null,
    Number(facts.actionRequired !== undefined),
  ];
}

/** A ticket that cannot be read, as `list` tells it. */
export function problemOf(
  id: TicketId,
  error: Extract<TicketContent, { problem: unknown }>["problem"],
): TicketProblem {
  const { path = ticketFile(id), line } = error.data;
  const { message } = error;
  return { code: "TICKET_UNREADABLE", id, path, ...(line === undefined ? {} : { line }), message };
}
