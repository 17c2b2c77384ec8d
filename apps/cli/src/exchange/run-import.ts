// Carries a plan out: many tickets in each commit.
import type { Actor, Fence, TicketBackend, TicketWrite } from "@wiggum/ticket-core";
import type { ImportPlan } from "./plan-import.js";

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
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Creates what the plan creates. Killed in the middle, it has made whole commits of whole tickets; the same import again makes the rest.
 * @throws TICKET_CONFLICT somebody else took one of the ids meanwhile: plan again
 */
export async function runImport(plan: ImportPlan, ports: ImportPorts): Promise<void> {
  const changes = plan.entries.flatMap(({ ticket, verbatim }): readonly TicketWrite[] =>
    ticket === undefined
      ? []
      : [{ id: ticket.id, expected: null, next: ticket, ...(verbatim !== undefined && { verbatim }) }],
  );
  const { backend, actor, fence, cause } = ports;
  const size = ports.isAtomic ? Math.max(changes.length, 1) : ticketsPerCommit;
  for (let start = 0; start < changes.length; start += size) {
    const part = changes.slice(start, start + size);
    ports.onProgress(start, changes.length);
    await backend.commit({
      operationId: ports.newId(),
      actor,
      fence,
      subject: part.length === 1 ? `Import ticket: ${part[0]?.id ?? ""}` : `Import ${part.length} tickets`,
      cause,
      at: `${ports.now().toISOString().slice(0, 19)}Z`,
      changes: part,
      // A foreign ticket comes in the state that it is in, not by the edges of the type.
      override: "import",
      skipHooks: true,
    });
  }
  ports.onProgress(changes.length, changes.length);
}
