import type { Project } from "@wiggum/control-plane";
import type { Ticket, TicketRecord, WriteContext } from "@wiggum/ticket-core";
import type { Context } from "./context.js";
import { unsubmitted, writtenTicket } from "./ticket-data.js";

/**
 * One write on behalf of the caller: finds the ticket, returns early (exit 8) when somebody else changed it since the caller saw it, writes.
 * `operationId` replaces the fresh one, so that the same command line may be sent twice.
 */
export async function writeTicket(
  context: Context,
  typedId: string,
  operationId: string | undefined,
  action: (project: Project, id: string, write: WriteContext) => Promise<TicketRecord>,
): Promise<TicketRecord> {
  const project = await context.project();
  const id = await project.tickets.resolve(typedId, "write");
  return await project.write(id, (write) =>
    action(project, id, operationId === undefined ? write : { ...write, operationId }),
  );
}

/** What a write answers about the ticket. */
export interface Written {
  readonly ticket: Ticket;
  readonly data: ReturnType<typeof writtenTicket> | ReturnType<typeof unsubmitted>;
}

/**
 * The same for commands that know `--no-sync`: then only the file in the caller's ticket folder changes, by `change`, and a later
 * `wiggum ticket sync` submits it.
 */
export async function writeTicketOrFile(
  context: Context,
  typedId: string,
  flags: { readonly noSync?: boolean; readonly operationId?: string },
  change: (project: Project) => Promise<(ticket: Ticket) => Ticket>,
  action: (project: Project, id: string, write: WriteContext) => Promise<TicketRecord>,
): Promise<Written> {
  const project = await context.project();
  if (!isFileOnly(project, flags)) {
    const record = await writeTicket(context, typedId, flags.operationId, action);
    return { ticket: record.ticket, data: writtenTicket(record) };
  }
  const written = await project.writeViewOnly(typedId, await change(project));
  sayFileOnly(context, written.path);
  return { ticket: written.ticket, data: unsubmitted(written.ticket, written.path) };
}

/** Does this call change only the file: `--no-sync`, or the setting that says so for every call? */
export function isFileOnly(project: Project, flags: { readonly noSync?: boolean }): boolean {
  return flags.noSync === true || !project.settings.isAutoSync;
}

export function sayFileOnly(context: Context, path: string): void {
  context.messages.info(`Only ${path} was changed; 'wiggum ticket sync' submits it`);
}
