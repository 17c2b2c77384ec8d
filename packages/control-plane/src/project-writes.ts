import { existsSync } from "node:fs";
import { isTicketError, printable, type TicketId, type WriteContext } from "@wiggum/ticket-core";
import { requireOwnClaim } from "./own-claim.js";
import type { ProjectParts } from "./project-parts.js";
import { changedError, describeUnseen, readUnseen, type Unseen, type UnseenTicket } from "./seen-changes.js";
import { storageReason } from "./storage-errors.js";

/** Do others' changes concern this caller, and may it say that it has seen them? Hooks and supervisors look through nobody's eyes. */
function keepsMark({ caller }: ProjectParts): boolean {
  return caller.hookDepth === 0 && (caller.actor.kind === "person" || caller.actor.kind === "agent");
}

/**
 * Brings the caller's view up to date and tells what others changed since the caller last looked. A view that cannot be written (a read-only
 * file system, a full disk) is one line more and keeps nobody from reading: what is asked for comes from the store.
 */
export async function readForCaller(parts: ProjectParts): Promise<readonly string[]> {
  const lines: string[] = [];
  let isRefreshed = false;
  try {
    lines.push(...(await refreshView(parts)));
    isRefreshed = true;
  } catch (error) {
    // What is asked for cannot be read either: that is told once, with the next step.
    if (isStoreLost(parts, error)) throw error;
    lines.push(`The view could not be brought up to date: ${messageOf(error)}`);
  }
  if (!keepsMark(parts)) return lines;
  try {
    const unseen = await readUnseen(parts.tickets, parts.caller);
    lines.push(...unseen.tickets.map(describeUnseen));
    await markSeen(parts, unseen);
  } catch (error) {
    // One line about one disk is enough.
    if (isRefreshed) lines.push(notNoted(error));
  }
  return lines;
}

function isStoreLost({ paths }: ProjectParts, error: unknown): boolean {
  return isTicketError(error, "STORE_BROKEN") && error.data.path === paths.ticketStore;
}

/**
 * A write on the caller's behalf. Nothing is written when others changed what the caller's policy watches: that is shown, counts as seen, and
 * the same call again goes through.
 * @throws TICKET_CHANGED
 */
export async function writeForCaller<Result>(
  parts: ProjectParts,
  ticketId: TicketId | undefined,
  action: (context: WriteContext) => Promise<Result>,
): Promise<Result> {
  await stopIfChanged(parts, ticketId);
  try {
    return await action(parts.writeContext());
  } finally {
    await afterwards(parts);
  }
}

/** Brings the caller's view up to date after something that may have moved tickets. Never fails: what was done is done. */
export async function followView(parts: ProjectParts): Promise<void> {
  await afterwards(parts);
}

async function stopIfChanged(parts: ProjectParts, ticketId: TicketId | undefined): Promise<void> {
  const { onChange } = parts.caller;
  if (onChange === "none" || !keepsMark(parts)) return;
  const unseen = await readUnseen(parts.tickets, parts.caller);
  const target = unseen.tickets.find(({ id }) => id === ticketId);
  const stopping = target ?? (onChange === "any" ? unseen.tickets[0] : undefined);
  if (stopping === undefined) return;
  // Who must stop working is not told to look and type it again.
  await requireOwnClaim(parts.tickets, parts.caller.agent);
  await afterwards(parts, unseen, stopping);
  throw changedError(stopping);
}

/**
 * The view follows and the mark moves past what is told. What was written counts already: whatever goes wrong here is told, and made good by
 * the next command.
 */
async function afterwards(parts: ProjectParts, known?: Unseen, told?: UnseenTicket): Promise<void> {
  let isRefreshed = false;
  try {
    for (const line of await refreshView(parts)) parts.notify(line);
    isRefreshed = true;
    if (!keepsMark(parts)) return;
    const unseen = known ?? (await readUnseen(parts.tickets, parts.caller));
    for (const ticket of unseen.tickets) if (ticket !== told) parts.notify(describeUnseen(ticket));
    await markSeen(parts, unseen);
  } catch (error) {
    const folder = printable(parts.caller.viewFolder);
    parts.notify(
      isRefreshed
        ? notNoted(error)
        : `The files of ${folder} could not be brought up to date: ${messageOf(error)}`,
    );
  }
}

async function markSeen({ backend, caller }: ProjectParts, { upTo }: Unseen): Promise<void> {
  if (upTo !== undefined && existsSync(caller.viewFolder))
    await backend.views?.markSeen(caller.viewFolder, upTo);
}

/** Lines about files that were left alone. */
async function refreshView({ backend, caller }: ProjectParts): Promise<readonly string[]> {
  if (backend.views === undefined) return [];
  if (!existsSync(caller.viewFolder)) {
    return [
      `There are no ticket files in ${printable(caller.viewFolder)}: 'wiggum doctor --fix' makes them again`,
    ];
  }
  const own = caller.agent?.ticketId;
  const showing = own === undefined ? [] : [own];
  const { edited } = await backend.views.refresh(caller.viewFolder, { isGlance: true, showing });
  if (edited.length === 0) return [];
  return [
    `Edited here and not submitted: ${edited.map(printable).join(", ")} ('wiggum ticket sync' submits them)`,
  ];
}

/** The files are as they should be, only the mark of what was shown is not: it is shown once more. */
function notNoted(error: unknown): string {
  return `What was shown to you could not be noted: ${messageOf(error)}`;
}

function messageOf(error: unknown): string {
  const ofStorage = storageReason(error);
  if (ofStorage !== undefined) return ofStorage;
  return printable(error instanceof Error ? error.message : String(error));
}
