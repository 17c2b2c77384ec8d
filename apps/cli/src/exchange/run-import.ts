// Carries a plan out: many tickets in each commit.
import type { Actor, Fence, TicketBackend, TicketWrite } from "@wiggum/ticket-core";
import type { ImportPlan, PlanEntry } from "./plan-import.js";

/** A commit of that many is made in a fraction of a second, and what a kill can undo is no more than that. */
const ticketsPerCommit = 1000;

export interface ImportPorts {
  readonly backend: TicketBackend;
  readonly actor: Actor;
  readonly fence?: Fence | undefined;
  readonly now: () => Date;
  /** A new operation id. */
  readonly newId: () => string;
  /** Kept in the history: where it came from. */
  readonly cause: string;
  /** All in one commit. */
  readonly isAtomic: boolean;
  /** Told of each commit that was made. */
  readonly onWritten: (entries: readonly PlanEntry[]) => void;
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Creates what the plan creates. Killed in the middle, it has made whole commits of whole tickets; the same import again makes the rest.
 * @throws TICKET_CONFLICT somebody else took one of the ids meanwhile: plan again
 */
export async function runImport(plan: ImportPlan, ports: ImportPorts): Promise<void> {
  const entries = plan.entries.filter(({ ticket }) => ticket !== undefined);
  const { backend, actor, fence, cause } = ports;
  const size = ports.isAtomic ? Math.max(entries.length, 1) : ticketsPerCommit;
  for (let start = 0; start < entries.length; start += size) {
    const part = entries.slice(start, start + size);
    ports.onProgress(start, entries.length);
    await backend.commit({
      operationId: ports.newId(),
      actor,
      fence,
      subject: part.length === 1 ? `Import ticket: ${part[0]?.id ?? ""}` : `Import ${part.length} tickets`,
      cause,
      at: `${ports.now().toISOString().slice(0, 19)}Z`,
      changes: part.flatMap(writeOf),
      // A foreign ticket comes in the state that it is in, not by the edges of the type.
      override: "import",
      skipHooks: true,
    });
    ports.onWritten(part);
  }
  ports.onProgress(entries.length, entries.length);
}

function writeOf({ ticket, verbatim }: PlanEntry): readonly TicketWrite[] {
  if (ticket === undefined) return [];
  return [{ id: ticket.id, expected: null, next: ticket, ...(verbatim !== undefined && { verbatim }) }];
}
