import { dueMaintenance, maintainStore } from "@wiggum/ticket-backend-git";
import { wakeDrain } from "./hook-wake.js";
import type { ProjectParts } from "./project-parts.js";

const told = {
  "not-due": undefined,
  busy: undefined,
  packed: "Packed the ticket store",
  cleaned: "Cleaned the ticket store",
  failed: "The ticket store could not be packed: 'wiggum doctor' says why",
} as const;

/** Packs the ticket store where that is due. Blocks the process. */
export async function maintainTickets({ paths, clock }: ProjectParts): Promise<string | undefined> {
  return told[await maintainStore({ path: paths.ticketStore, now: () => clock.now() })];
}

/** Where something is due: starts the process that drains hooks, which packs at its end. It never fails: what is due stays due. */
export async function wakeMaintenance(
  { paths, clock, environment }: ProjectParts,
  wiggumCommand: readonly string[] | undefined,
): Promise<void> {
  if (wiggumCommand === undefined) return;
  if (dueMaintenance({ path: paths.ticketStore, now: () => clock.now() }) === undefined) return;
  await wakeDrain({ paths, wiggumCommand, environment }).catch(() => undefined);
}
