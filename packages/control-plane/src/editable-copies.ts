import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeTicket, type TicketId, type TicketRecord, type ViewEdit } from "@wiggum/ticket-core";
import type { ProjectParts } from "./project-parts.js";
import { requireWritable } from "./storage-errors.js";
import { requireViews, type SettlingEdit } from "./view-edits.js";
import { replaceFile } from "./write-files.js";

// A person may keep an editor open for an hour. Meanwhile the files of the view move on, and an editor that saves over a newer file would
// seem to take back what others wrote. So an editor works on a copy, beside which lies what it was made from.

/** Copies that editors work on, of one view. A copy that was not submitted stays and is opened again by the next edit. */
export interface EditableCopies {
  /** Path of the copy of this ticket, made from the view's edited file or else from the store. */
  open(id: TicketId): Promise<string>;
  /** What was changed in the copies of these tickets since they were opened here. */
  edits(ids: readonly TicketId[]): Promise<readonly SettlingEdit[]>;
}

/** What a copy was made from. */
interface CopyBase {
  /** Absent = the ticket is in the view only, not in the store. */
  readonly stored?: { readonly revision: string; readonly text: string } | undefined;
  /** What the copy said at first. */
  readonly text: string;
}

export function createEditableCopies(parts: ProjectParts): EditableCopies {
  const { viewFolder } = parts.caller;
  const place = createHash("sha256").update(viewFolder).digest("hex").slice(0, 12);
  const folder = join(parts.paths.stateRoot, "edits", place);
  const fileOf = (id: TicketId) => join(folder, `${id}.md`);
  const baseOf = (id: TicketId) => join(folder, `${id}.json`);
  const fromView = new Map<TicketId, string>();

  async function settle(id: TicketId): Promise<void> {
    await rm(fileOf(id), { force: true });
    await rm(baseOf(id), { force: true });
    await followStore(id);
  }

  /** The copy may have begun with an edit of the view's own file, and has then taken it along. */
  async function followStore(id: TicketId): Promise<void> {
    const taken = fromView.get(id);
    if (taken !== undefined) await requireViews(parts).settle(viewFolder, id, taken);
  }

  async function rebase(id: TicketId, base: CopyBase, { revision, text }: TicketRecord): Promise<void> {
    if (text === undefined) return;
    const moved: CopyBase = { ...base, stored: { revision, text } };
    await replaceFile(baseOf(id), JSON.stringify(moved));
    await followStore(id);
  }

  return {
    async open(id) {
      const path = fileOf(id);
      requireWritable(parts.paths.controlDirectory);
      if (existsSync(path) && existsSync(baseOf(id))) return path;
      const edited = (await requireViews(parts).edits(viewFolder)).find(
        (edit) => edit.id === id && edit.isForeign !== true,
      );
      const stored = edited === undefined ? await parts.tickets.show(id) : edited.base;
      const text = edited?.text ?? stored?.text ?? "";
      if (edited?.text !== undefined) fromView.set(id, edited.text);
      const base: CopyBase = {
        text,
        ...(stored?.text === undefined ? {} : { stored: { revision: stored.revision, text: stored.text } }),
      };
      await mkdir(folder, { recursive: true });
      // The copy last: only with its base beside it does it count.
      await writeFile(baseOf(id), JSON.stringify(base));
      await writeFile(path, text);
      return path;
    },
    async edits(ids) {
      const edits: SettlingEdit[] = [];
      for (const id of ids) {
        if (!existsSync(fileOf(id)) || !existsSync(baseOf(id))) continue;
        const text = await readFile(fileOf(id), "utf8");
        const base = JSON.parse(await readFile(baseOf(id), "utf8")) as CopyBase;
        if (text === base.text && fromView.get(id) === undefined) await settle(id);
        else {
          edits.push({
            ...editOf(id, fileOf(id), base, text),
            settle: () => settle(id),
            rebase: (stored) => rebase(id, base, stored),
          });
        }
      }
      return edits;
    },
  };
}

function editOf(id: TicketId, path: string, { stored }: CopyBase, text: string): ViewEdit {
  if (stored === undefined) return { id, path, text };
  const ticket = decodeTicket(stored.text, { path });
  const base: TicketRecord = { ticket, ...stored, fence: { id, epoch: ticket.leaseEpoch } };
  return { id, path, base, text };
}
