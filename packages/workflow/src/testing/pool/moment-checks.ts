// What must hold at the moment at which a supervisor decides something.
import { backoffMs } from "../../supervisor-attempts.js";
import type { Process } from "./agents.js";
import type { Supervision } from "./supervision.js";
import { leaseMs, wallMs } from "./world.js";

/** A claim is taken only from who was silent, awake, for about a whole lease. */
export function checkSilence({ world }: Supervision, process: Process): void {
  if (!process.isAlive || process.isHung || process.isFar) return;
  const silentMs = world.time.nowMs() - process.lastOutputMs;
  if (silentMs < leaseMs / 2)
    world.violate(`${process.agentId} lost its claim though it worked ${silentMs} ms ago`);
}

/** Who failed a moment ago is not asked again at once; a clock that was set makes nobody wait. */
export function checkBackOff({ world, store }: Supervision, role: string, ticketId: string): void {
  const { counts, lastMs } = store.stored(ticketId).failed;
  const failures = counts[role] ?? 0;
  if (failures === 0 || lastMs === undefined) return;
  const passedMs = wallMs(world) - lastMs;
  if (passedMs >= 0 && passedMs < backoffMs(failures))
    world.violate(`a ${role} for ${ticketId} was tried ${passedMs} ms after failure ${failures}`);
}

/** Of two tickets that can both be taken, the more urgent one is asked for first. */
export function checkPriority(
  { world, store, registry }: Supervision,
  ticketId: string,
  asked: readonly string[],
): void {
  const { ticket } = store.stored(ticketId);
  if (ticket.state !== "ready" || world.budget !== undefined) return;
  const isTaken = new Set(registry.live().map((agent) => agent.ticketId));
  for (const other of world.tickets.values()) {
    if (other.ticket.priority >= ticket.priority || asked.includes(other.ticket.id)) continue;
    if (!store.isWorkable(other) || isTaken.has(other.ticket.id)) continue;
    if (Object.keys(other.failed.counts).length > 0) continue;
    world.violate(
      `${ticketId} (${ticket.priority}) went before ${other.ticket.id} (${other.ticket.priority})`,
    );
  }
}
