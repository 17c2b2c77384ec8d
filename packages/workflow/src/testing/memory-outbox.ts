import type { Cursor } from "@wiggum/ticket-core";
import type { Clock, NewOutboxRow, Outbox, OutboxRow } from "../ports.js";

/** An outbox in this process, with the rules of the real one. `rows` is what it holds now. */
export function createMemoryOutbox(
  clock: Pick<Clock, "now">,
): Outbox & { readonly rows: readonly OutboxRow[] } {
  const rows: OutboxRow[] = [];
  let at: Cursor | undefined;
  const isOpen = (row: OutboxRow) => row.status === "pending" || row.status === "started";
  const replace = (row: OutboxRow, change: Partial<OutboxRow>): OutboxRow => {
    const index = rows.findIndex(({ eventId, hook }) => eventId === row.eventId && hook === row.hook);
    const next = { ...row, ...change };
    rows[index] = next;
    return next;
  };
  return {
    rows,
    cursor: async () => at,
    async record(added: readonly NewOutboxRow[], upTo, from) {
      if (at !== from) return false;
      for (const row of added) {
        if (rows.some(({ eventId, hook }) => eventId === row.eventId && hook === row.hook)) continue;
        rows.push({ ...row, status: "pending", attempts: 0 });
      }
      at = upTo;
      return true;
    },
    async takeNext() {
      const now = clock.now().toISOString();
      const next = rows.find(
        (row, index) =>
          row.status === "pending" &&
          (row.notBefore === undefined || row.notBefore <= now) &&
          !rows.slice(0, index).some((other) => other.ticketId === row.ticketId && isOpen(other)),
      );
      return next && replace(next, { status: "started", attempts: next.attempts + 1 });
    },
    async finish(row, { status, output, retryAfterMs, isAttempt = true }) {
      const stored = rows.find(({ eventId, hook }) => eventId === row.eventId && hook === row.hook);
      if (stored?.status !== "started") throw new Error(`${row.hook} was not running`);
      replace(stored, {
        status,
        lastOutput: output,
        attempts: stored.attempts - (isAttempt ? 0 : 1),
        notBefore:
          retryAfterMs === undefined
            ? undefined
            : new Date(clock.now().getTime() + retryAfterMs).toISOString(),
      });
    },
    async pending(ticketId) {
      return rows.filter(
        (row) =>
          (ticketId === undefined || row.ticketId === ticketId) &&
          row.status !== "done" &&
          row.status !== "dropped",
      );
    },
    async resolve(eventId, hook, decision) {
      const row = rows.find((candidate) => candidate.eventId === eventId && candidate.hook === hook);
      if (row === undefined) throw new Error(`no row ${eventId} ${hook}`);
      replace(row, decision === "drop" ? { status: "dropped" } : { status: "pending", attempts: 0 });
    },
    async close() {},
  };
}
