import { existsSync } from "node:fs";
import type {
  NewTicket,
  Ticket,
  TicketId,
  TicketRecord,
  TicketViews,
  ViewEdit,
  WriteContext,
} from "@wiggum/ticket-core";
import { decodeTicket, encodeTicket, isTicketError, printable, TicketError } from "@wiggum/ticket-core";
import { isWorkflowError, type TransitionResult, WorkflowError } from "@wiggum/workflow";
import { draftTicket } from "./draft-ticket.js";
import type { EditableCopies } from "./editable-copies.js";
import type { ViewSyncOptions, ViewSyncReport } from "./project.js";
import type { ProjectParts } from "./project-parts.js";

type Submitted = ViewSyncReport["submitted"][number];
type Refused = ViewSyncReport["refused"][number];

/** An edit, and how it is taken as submitted. */
export interface SettlingEdit extends ViewEdit {
  settle(): Promise<void>;
}

/** The guarded way to another state, with another write in the place of the bare transition. */
export type GuardedMove = (
  id: TicketId,
  to: string,
  context: WriteContext,
  move: (
    context: WriteContext & { readonly unguarded?: boolean | undefined },
    claimed: (ticket: Ticket) => Ticket,
  ) => Promise<TicketRecord>,
) => Promise<TransitionResult>;

/** Brings the edits of the caller's view and the store together. Each edit by itself: one that is refused is in no other's way. */
export async function syncView(
  parts: ProjectParts,
  copies: EditableCopies,
  options: ViewSyncOptions,
  move: GuardedMove,
): Promise<ViewSyncReport> {
  const views = requireViews(parts);
  const folder = parts.caller.viewFolder;
  const { ids, direction, isDryRun = false, subject = "Manual sync" } = options;
  const copied = ids === undefined ? [] : await copies.edits(ids);
  const inView = (await views.edits(folder))
    .filter(({ id }) => !copied.some((copy) => copy.id === id))
    .map((edit) => ({ ...edit, settle: () => views.settle(folder, edit.id, edit.text) }));
  const edits = [...copied, ...inView];
  const isSubmitting = direction !== "pull" && !isDryRun;
  const chosen = isSubmitting ? edits.filter(({ id }) => ids === undefined || ids.includes(id)) : [];
  const { submitted, refused } = await submitAll(parts, chosen, subject, move);
  const isPulling = !isDryRun && (direction !== "push" || submitted.length > 0);
  const report = isPulling ? await views.refresh(folder) : undefined;
  const { asOf } = await parts.tickets.list({ ids: [] });
  return {
    asOf,
    pulled: report?.written ?? [],
    submitted,
    refused,
    waiting: edits.filter((edit) => !chosen.includes(edit)).map(({ id, path }) => ({ id, path })),
  };
}

async function submitAll(
  parts: ProjectParts,
  edits: readonly SettlingEdit[],
  subject: string,
  move: GuardedMove,
): Promise<{ readonly submitted: readonly Submitted[]; readonly refused: readonly Refused[] }> {
  const submitted: Submitted[] = [];
  const refused = new Map<TicketId, Refused>();
  let waiting = edits;
  // A new ticket may depend on another new one: what was refused is tried again as long as anything goes through.
  for (let before = -1; submitted.length > before && waiting.length > 0; ) {
    before = submitted.length;
    const again: SettlingEdit[] = [];
    for (const edit of waiting) {
      const { id, path } = edit;
      try {
        submitted.push(await submitEdit(parts, edit, subject, move));
        refused.delete(id);
        await edit.settle();
      } catch (error) {
        if (!isTicketError(error) && !isWorkflowError(error)) throw error;
        refused.set(id, refusalOf(id, path, error));
        again.push(edit);
      }
    }
    waiting = again;
  }
  return { submitted, refused: [...refused.values()] };
}

function refusalOf(
  id: TicketId,
  path: string,
  error: TicketError | InstanceType<typeof WorkflowError>,
): Refused {
  const { code, message, hint } = error;
  const fields = isTicketError(error, "FIELD_CONFLICT")
    ? error.data.conflicts.map(({ field, base, mine, theirs }) => ({ name: field, base, mine, theirs }))
    : undefined;
  return {
    id,
    path,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(fields === undefined ? {} : { fields }),
  };
}

async function submitEdit(
  parts: ProjectParts,
  edit: ViewEdit,
  subject: string,
  move: GuardedMove,
): Promise<Submitted> {
  const { id, base, text } = edit;
  if (edit.isForeign === true) throw foreignFile(edit);
  if (text === undefined) throw deletedFile(edit);
  const mine = decodeTicket(text, { path: edit.path });
  const stored = await parts.backend.read(id);
  const from = stored.record?.ticket.state;
  const context = parts.writeContext();
  if (from === undefined || base === undefined || mine.state === base.ticket.state || mine.state === from) {
    await parts.tickets.merge(base, mine, context, { verbatim: text, subject });
    return { id };
  }
  const moved = await move(id, mine.state, context, (given, claimed) =>
    parts.tickets.merge(base, claimed(mine), given, {
      verbatim: text,
      subject: `Transition ${id}: ${from} → ${mine.state}`,
    }),
  );
  return { id, transition: { from: moved.from, to: moved.to } };
}

function foreignFile({ id, path }: ViewEdit): TicketError<"TICKET_UNREADABLE"> {
  return new TicketError(
    "TICKET_UNREADABLE",
    `In the place of the file of ${id} lies something that is no text file (a link, a folder): ${printable(path)}`,
    { id, path },
    { hint: "Move it away, then 'wiggum doctor --fix' brings the file back." },
  );
}

function deletedFile({ id }: ViewEdit): TicketError<"TICKET_INVALID"> {
  return new TicketError(
    "TICKET_INVALID",
    `The file of ${id} was deleted here; the ticket is as it was`,
    { id },
    { hint: `'wiggum ticket close ${id}' ends a ticket. 'wiggum doctor --fix' brings the file back.` },
  );
}

/** Changes the file in the caller's view and nothing else. */
export async function writeViewOnly(
  parts: ProjectParts,
  typedId: string,
  change: (ticket: Ticket) => Ticket,
): Promise<{ readonly id: TicketId; readonly path: string; readonly ticket: Ticket }> {
  const views = requireViews(parts);
  const folder = parts.caller.viewFolder;
  const id = await resolveInView(parts, typedId);
  const path = views.path(folder, id);
  await views.refresh(folder);
  let ticket: Ticket | undefined;
  await views.edit(folder, id, (text) => {
    if (text === undefined) throw noFile(id, path);
    ticket = change(decodeTicket(text, { path }));
    return encodeTicket(ticket, text);
  });
  if (ticket === undefined) throw noFile(id, path);
  return { id, path, ticket };
}

/** A new ticket as a file in the caller's view. */
export async function createViewOnly(
  parts: ProjectParts,
  input: NewTicket,
): Promise<{ readonly id: TicketId; readonly path: string; readonly ticket: Ticket }> {
  const views = requireViews(parts);
  const folder = parts.caller.viewFolder;
  const ticket = await draftTicket(parts, input);
  const path = views.path(folder, ticket.id);
  await views.edit(folder, ticket.id, (text) => {
    if (text === undefined) return encodeTicket(ticket);
    throw new TicketError("TICKET_CONFLICT", `${printable(path)} is there already`, {
      id: ticket.id,
      expected: null,
    });
  });
  return { id: ticket.id, path, ticket };
}

/** A ticket may stand in the view alone, created there and not submitted yet. */
export async function resolveInView(parts: ProjectParts, typedId: string): Promise<TicketId> {
  try {
    return await parts.tickets.resolve(typedId, "write");
  } catch (error) {
    if (!isTicketError(error, "TICKET_NOT_FOUND")) throw error;
    const created = (await requireViews(parts).edits(parts.caller.viewFolder)).filter(
      ({ base, isForeign }) => base === undefined && isForeign !== true,
    );
    const [only, another] = created.filter(
      ({ id }) => id === typedId || id.startsWith(typedId) || id.startsWith(`tk-${typedId}`),
    );
    if (only === undefined || another !== undefined) throw error;
    return only.id;
  }
}

function noFile(id: TicketId, path: string): TicketError<"TICKET_UNREADABLE"> {
  return new TicketError(
    "TICKET_UNREADABLE",
    `There is no file ${printable(path)}`,
    { id, path },
    { hint: "'wiggum doctor --fix' brings the files of this folder up to date." },
  );
}

/** @throws UNSUPPORTED the store has no views; VIEW_MISSING the caller's is not there */
export function requireViews({ backend, caller }: Pick<ProjectParts, "backend" | "caller">): TicketViews {
  const { views } = backend;
  if (views === undefined) {
    throw new TicketError("UNSUPPORTED", `The ticket store '${backend.name}' has no files to edit`, {
      what: "views",
    });
  }
  if (existsSync(caller.viewFolder)) return views;
  throw new WorkflowError(
    "VIEW_MISSING",
    "No tickets clone found - run 'wiggum init' first",
    { path: caller.viewFolder },
    { hint: `'wiggum init' makes ${printable(caller.viewFolder)} again; no ticket is lost.` },
  );
}
