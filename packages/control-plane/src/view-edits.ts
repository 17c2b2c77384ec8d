import { existsSync } from "node:fs";
import {
  decodeTicket,
  encodeTicket,
  findType,
  isTicketError,
  printable,
  type Ticket,
  TicketError,
  type TicketId,
  type TicketRecord,
  type TicketViews,
  transitionBetween,
  type ViewEdit,
  type WriteContext,
} from "@wiggum/ticket-core";
import { isWorkflowError, type TransitionResult, WorkflowError } from "@wiggum/workflow";
import type { EditableCopies } from "./editable-copies.js";
import { foreignHint, foreignReason } from "./foreign-file.js";
import type { ViewSyncOptions, ViewSyncReport } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { requireWritable } from "./storage-errors.js";

type Submitted = ViewSyncReport["submitted"][number];
type Refused = ViewSyncReport["refused"][number];

/** An edit, and how it is taken as submitted. */
export interface SettlingEdit extends ViewEdit {
  settle(): Promise<void>;
  /** The ticket is stored as this now; what the file says beyond that is an edit of it. */
  rebase(base: TicketRecord): Promise<void>;
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
  if (!isDryRun) requireWritable(folder);
  const copied = ids === undefined ? [] : await copies.edits(ids);
  const inView = (await views.edits(folder))
    .filter(({ id }) => !copied.some((copy) => copy.id === id))
    .map(
      (edit): SettlingEdit => ({
        ...edit,
        settle: () => views.settle(folder, edit.id, edit.text),
        rebase: (base) => views.settle(folder, edit.id, base.text),
      }),
    );
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
    for (const found of waiting) {
      const { id, path } = found;
      let edit = found;
      try {
        edit = await createFirst(parts, found);
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

/**
 * A ticket that was made here and moved before anybody else saw it: it is stored in its first state, and what is left of the edit is a move
 * like any other. A sync that was killed in between is gone on with.
 */
async function createFirst(parts: ProjectParts, edit: SettlingEdit): Promise<SettlingEdit> {
  const { id, base, text, path } = edit;
  if (base !== undefined || text === undefined || edit.isForeign === true) return edit;
  const moved = decodeTicket(text, { path });
  const type = findType(parts.types, moved.type);
  if (type === undefined || transitionBetween(type, type.initial, moved.state) === undefined) return edit;
  const made = { ...moved, state: type.initial };
  const { record: stored } = await parts.backend.read(id);
  const isOurs = stored?.text === encodeTicket({ ...made, updatedAt: stored?.ticket.updatedAt }, text);
  if (stored !== undefined && !isOurs) return edit;
  const created =
    stored ??
    (await parts.tickets.merge(undefined, made, parts.writeContext(), {
      verbatim: encodeTicket(made, text),
      subject: `Create ticket: ${id}`,
    }));
  await edit.rebase(created);
  return { ...edit, base: created };
}

async function submitEdit(
  parts: ProjectParts,
  edit: ViewEdit,
  subject: string,
  move: GuardedMove,
): Promise<Submitted> {
  const { id, base, text } = edit;
  if (edit.isForeign === true) throw await foreignFile(edit);
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

async function foreignFile({ id, path }: ViewEdit): Promise<TicketError<"TICKET_UNREADABLE">> {
  return new TicketError(
    "TICKET_UNREADABLE",
    `${printable(path)} should be the file of ${id}, but ${await foreignReason(path)}`,
    { id, path },
    { hint: foreignHint },
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
