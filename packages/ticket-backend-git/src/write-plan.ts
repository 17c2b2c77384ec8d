// From a commit that somebody asks for to git objects on top of one base. Decides everything, moves nothing.
import {
  checkFence,
  encodeWrite,
  type Judge,
  type TicketCommit,
  type TicketId,
  type TicketRecord,
} from "@wiggum/ticket-core";
import { type AttachmentFolders, folderOf } from "./attachment-folders.js";
import { formatMessage, type MessageChange } from "./commit-message.js";
import type { StoreLayout } from "./fan-out.js";
import type { ObjectId, TreeEntry } from "./objects.js";
import { type EffectiveTickets, effectiveTickets, type RefusalFinder, type Refusals } from "./refusals.js";
import { type Rejection, rejectionsOf, shortened } from "./rejections.js";
import { lookAtLayout, relaid } from "./relayout.js";
import { relayoutId, relayoutMessage } from "./relayout-commit.js";
import { type Snapshot, type StoreReader, shownName, sortEntries, type TicketContent } from "./snapshot.js";
import { isOrdinaryFile, ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import { compareStoreTrees, type FileVersion, type StoreTree } from "./store-tree.js";
import { createRefusedOperations } from "./uplink/refused-operations.js";
import { conflict } from "./write-refusals.js";

/** Objects that wait for `main` to move from `base` to the last of `commits`. */
export interface WritePlan {
  readonly base: ObjectId;
  readonly commits: readonly { readonly id: ObjectId; readonly operationId: string }[];
  /** What was written for it. */
  readonly objects: readonly ObjectId[];
  /** The tickets after the commit, in the order of its changes; deleted ones are left out. */
  readonly records: readonly TicketRecord[];
  /** All that differs from `base`, where that is files of tickets and nothing else. */
  readonly files?: ReadonlyMap<string, FileVersion | undefined> | undefined;
  /** Pushes that it puts back on the way. */
  readonly undone: readonly Pick<Rejection, "subject" | "cause">[];
}

export interface WritePlanner {
  /** Blocks; all it reads is kept, so that a second plan on another base is cheap. @throws every refusal of the contract */
  plan(commit: TicketCommit, base: ObjectId): WritePlan;
  /** A commit that changes no ticket but what lies beside one. `order` = the same object at every attempt. @throws whatever `work` refuses with */
  planBeside(
    order: Pick<TicketCommit, "operationId" | "at" | "actor" | "fence">,
    base: ObjectId,
    work: (ground: Ground) => BesideTickets,
  ): WritePlan;
  /** What pushes broke, put back; with `isTidied` also without what does not belong here. No commits = there is nothing to do. */
  planPutBack(base: ObjectId, isTidied?: boolean): WritePlan;
  /** Every ticket to its place in that layout, in one commit. No commits = all of them lie there. */
  planRelayout(base: ObjectId, to: StoreLayout): WritePlan;
  /** How many files are others at `tip` than at the base of the last plan: what a plan on it would have to look at. */
  changesUntil(tip: ObjectId): number;
}

/** What a plan beside the tickets is made from. */
export interface Ground {
  readonly snapshot: Snapshot;
  /** The tickets as they count. */
  readonly tickets: EffectiveTickets;
  /** @throws TICKET_UNREADABLE */
  recordOf(id: TicketId): TicketRecord;
  storeBlob(content: Uint8Array): ObjectId;
  storeTree(entries: readonly TreeEntry[]): ObjectId;
}

/** Entries of the tree by their names, as they shall be (`undefined` = none), and what the commit says. */
export interface BesideTickets {
  readonly files: ReadonlyMap<string, FileVersion | undefined>;
  readonly message: string;
}

/** So many new texts are written as one pack; fewer as loose objects, which cost git no pack to look through later. */
const fewestForPack = 64;

export interface WritePlannerPorts {
  readonly folders: AttachmentFolders;
  readonly place: StorePlace;
  readonly reader: StoreReader;
  readonly judge: Judge;
  readonly refusals: RefusalFinder;
  readonly host: string;
  readonly now: () => Date;
}

export function createWritePlanner(ports: WritePlannerPorts): WritePlanner {
  const { place, reader, judge, host, now } = ports;
  const refusedOperations = createRefusedOperations(place);
  const blobOfText = new Map<string | Uint8Array, ObjectId>();
  let planned: object | undefined;
  let plannedOn: Snapshot | undefined;
  let written: ObjectId[] = [];

  function begin(commit: object | undefined): void {
    // Not kept any longer: what is not yet in the history may be pruned from a repository some day.
    if (planned !== commit) blobOfText.clear();
    planned = commit;
    written = [...blobOfText.values()];
  }

  /** `text` is stored once, however often the plan of this commit is made anew. */
  function storeText(text: string | Uint8Array): ObjectId {
    const id = blobOfText.get(text) ?? place.objects.writeBlob(text);
    blobOfText.set(text, id);
    written.push(id);
    return id;
  }

  function storeTree(entries: readonly TreeEntry[]): ObjectId {
    const id = place.objects.writeTree(entries);
    written.push(id);
    return id;
  }

  /** What of these is not stored yet, at one go where it is much. */
  function storeTexts(texts: readonly (string | null)[]): void {
    const missing = [...new Set(texts)].filter((text) => text !== null && !blobOfText.has(text)) as string[];
    if (missing.length < fewestForPack) return;
    const ids = place.objects.writeBlobs(missing);
    for (const [index, id] of ids.entries()) blobOfText.set(missing[index] ?? "", id);
  }

  function storeCommit(tree: StoreTree, parent: ObjectId, message: string, at: string): ObjectId {
    const treeId = storeTree(tree.top);
    const id = place.objects.writeCommit({
      tree: treeId,
      parents: [parent],
      message,
      authoredAtSeconds: Math.floor(Date.parse(at) / 1000),
      committedAtSeconds: Math.floor(now().getTime() / 1000),
    });
    written.push(id);
    return id;
  }

  /** Puts back what pushes broke, a commit for each push. The refused text stays in the history. */
  function putBack(snapshot: Snapshot, refusals: Refusals) {
    let { tree, commit: parent } = snapshot;
    const commits: { id: ObjectId; operationId: string }[] = [];
    const undone = rejectionsOf(refusals);
    for (const { operationId, subject, cause, tickets, files } of undone) {
      tree = tree.with(snapshot.layout, files, storeTree);
      const changes = tickets.map((refusal) => ({ id: refusal.id, ...stateOf(refusal) }));
      const actor = { kind: "supervisor", id: "wiggum" } as const;
      const message = formatMessage({ operationId, actor, subject, cause }, changes, host);
      const id = storeCommit(tree, parent, message, now().toISOString());
      commits.push({ id, operationId });
      parent = id;
    }
    return { tree, parent, commits, undone };
  }

  /** One commit without the files that belong to nobody here. They stay in the history. */
  function tidy(tree: StoreTree, layout: StoreLayout, parent: ObjectId) {
    const sorted = sortEntries(tree.all());
    const changed = new Map<string, FileVersion | undefined>();
    const names = [...sorted.foreign, ...sorted.twins].map(({ path }) => shownName(path));
    for (const { name } of sorted.foreign) changed.set(name, undefined);
    // Written once more, what counts lies at its own place alone.
    for (const { name } of sorted.twins) changed.set(name, tree.find(name));
    for (const folder of sorted.folders) {
      const { foreign } = ports.folders.read(folder.name, folder);
      if (foreign.length === 0) continue;
      names.push(...foreign.map(shownName));
      changed.set(folder.name, ports.folders.tidied(folder.name, folder, storeTree));
    }
    if (changed.size === 0) return [];
    const operationId = `tidy-${parent}`;
    const actor = { kind: "supervisor", id: "wiggum" } as const;
    const subject = `Take out what is no ticket: ${shortened(names, ", ")}`;
    const message = formatMessage({ operationId, actor, subject }, [], host);
    const kept = tree.with(layout, changed, storeTree);
    return [{ id: storeCommit(kept, parent, message, now().toISOString()), operationId }];
  }

  function stateOf({ id, good }: Rejection["tickets"][number]): Pick<MessageChange, "from" | "to"> {
    const content = good && reader.content(id, good.id);
    const state = content !== undefined && "record" in content ? content.record.ticket.state : undefined;
    return { from: state, to: state };
  }

  return {
    changesUntil(tip) {
      const names = [plannedOn?.commit ?? tip, tip].map((commit) => `${commit}^{tree}`);
      const found = place.objects.readAll(names);
      const [before, after] = names.map((name) => found.get(name)?.content);
      if (before === undefined || after === undefined) return 0;
      return compareStoreTrees(place.objects, before, after, tip.length / 2).length;
    },
    planPutBack(base, isTidied = false) {
      begin(undefined);
      const snapshot = reader.snapshot(base);
      plannedOn = snapshot;
      const { tree, parent, commits, undone } = putBack(snapshot, ports.refusals.at(snapshot));
      const tidied = isTidied ? tidy(tree, snapshot.layout, parent) : [];
      return { base, commits: [...commits, ...tidied], objects: written, records: [], undone };
    },
    planRelayout(base, to) {
      begin(undefined);
      const snapshot = reader.snapshot(base);
      plannedOn = snapshot;
      const { moved, dropped, tickets, from } = lookAtLayout(snapshot, to);
      if (moved === 0 && from === to) return { base, commits: [], objects: written, records: [], undone: [] };
      const { tree, parent, commits, undone } = putBack(snapshot, ports.refusals.at(snapshot));
      const next = relaid(tree, to, storeTree, storeText);
      const operationId = relayoutId(to, base);
      const message = relayoutMessage(operationId, to, tickets, dropped, host);
      const id = storeCommit(next, parent, message, now().toISOString());
      return { base, commits: [...commits, { id, operationId }], objects: written, records: [], undone };
    },
    planBeside(order, base, work) {
      refusedOperations.checkFence(order.fence, order.actor.id);
      begin(order);
      const snapshot = reader.snapshot(base);
      plannedOn = snapshot;
      const refusals = ports.refusals.at(snapshot);
      const tickets = effectiveTickets(snapshot, refusals);
      const ground: Ground = {
        snapshot,
        tickets,
        recordOf(id) {
          const content = reader.content(id, tickets.get(id)?.id ?? "");
          if ("problem" in content) throw content.problem;
          return content.record;
        },
        storeBlob: storeText,
        storeTree,
      };
      const { files, message } = work(ground);
      const { tree, parent, commits, undone } = putBack(snapshot, refusals);
      const next = tree.with(snapshot.layout, files, storeTree);
      const id = storeCommit(next, parent, message, order.at);
      const { operationId } = order;
      return { base, commits: [...commits, { id, operationId }], objects: written, records: [], undone };
    },
    plan(commit, base) {
      begin(commit);
      const snapshot = reader.snapshot(base);
      plannedOn = snapshot;
      const refusals = ports.refusals.at(snapshot);
      const tickets = effectiveTickets(snapshot, refusals);
      const contents = reader.contents(blobsOf(tickets, namedTickets(commit)));
      const held = commit.fence?.id ?? commit.changes[0]?.id ?? "";
      checkFence(commit, held, recordOf(contents, held)?.ticket);
      refusedOperations.checkFence(commit.fence, commit.actor.id);
      for (const { id, expected, next } of commit.changes) {
        if (next !== null || expected !== null) requireRevision(id, expected);
      }
      for (const { id, revision } of commit.requires ?? []) requireRevision(id, revision);
      const texts = commit.changes.map((change) => {
        const previous = recordOf(contents, change.id);
        const verdict = judge(previous?.ticket, change.next ?? undefined, { override: commit.override });
        if (!verdict.legal) throw verdict.error;
        return encodeWrite(change, previous?.text);
      });

      const { tree, parent, commits, undone } = putBack(snapshot, refusals);
      storeTexts(texts);
      const blobs = new Map<TicketId, ObjectId>();
      const messageChanges: MessageChange[] = [];
      const files = new Map<string, FileVersion | undefined>();
      for (const [index, { id, next }] of commit.changes.entries()) {
        const text = texts[index] ?? null;
        const version =
          text === null ? undefined : { mode: tickets.get(id)?.mode ?? "100644", id: storeText(text) };
        files.set(ticketFile(id), version);
        // What is attached goes with its ticket; what lay there before a ticket came belongs to nobody.
        const hasFolder = folderOf(snapshot.tree, id) !== undefined;
        if (hasFolder && (version === undefined || !tickets.has(id))) files.set(id, undefined);
        if (version !== undefined) blobs.set(id, version.id);
        messageChanges.push({
          id,
          from: recordOf(contents, id)?.ticket.state,
          to: next?.state,
          epoch: next?.leaseEpoch,
        });
      }
      const next = tree.with(snapshot.layout, files, storeTree);
      const id = storeCommit(next, parent, formatMessage(commit, messageChanges, host), commit.at);
      const records = [...reader.contents(blobs).values()].map((content) => {
        if ("record" in content) return content.record;
        throw content.problem;
      });
      return {
        base,
        commits: [...commits, { id, operationId: commit.operationId }],
        objects: written,
        records,
        files: undone.length === 0 ? files : undefined,
        undone,
      };

      function requireRevision(ticketId: TicketId, expected: ObjectId | null): void {
        const stored = tickets.get(ticketId)?.id ?? null;
        const isInTheWay = stored === null && isNameTaken(snapshot, refusals, ticketId);
        if (stored === expected && !isInTheWay) return;
        throw conflict(place, snapshot.commit, ticketId, expected, contents.get(ticketId), isInTheWay);
      }
    },
  };
}

function namedTickets(commit: TicketCommit): readonly TicketId[] {
  return [
    ...commit.changes.map(({ id }) => id),
    ...(commit.requires ?? []).map(({ id }) => id),
    ...(commit.fence === undefined ? [] : [commit.fence.id]),
  ];
}

function blobsOf(tickets: EffectiveTickets, ids: readonly TicketId[]): Map<TicketId, ObjectId> {
  const blobs = new Map<TicketId, ObjectId>();
  for (const id of ids) {
    const version = tickets.get(id);
    if (version !== undefined) blobs.set(id, version.id);
  }
  return blobs;
}

function recordOf(contents: ReadonlyMap<TicketId, TicketContent>, id: TicketId): TicketRecord | undefined {
  const content = contents.get(id);
  return content !== undefined && "record" in content ? content.record : undefined;
}

/** Does a link, folder or sub-module lie where the ticket's file would? */
function isNameTaken(snapshot: Snapshot, refusals: Refusals, id: TicketId): boolean {
  if (refusals.tickets.has(id)) return false;
  const entry = snapshot.tree.find(ticketFile(id));
  return entry !== undefined && !isOrdinaryFile(entry.mode);
}
