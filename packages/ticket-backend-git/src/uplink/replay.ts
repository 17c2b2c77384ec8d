// The operations of this host once more, one after the other, on top of what the upstream has.
import { isGitError } from "@wiggum/git";
import { isTicketError, pathBetween, TicketError, type TicketId } from "@wiggum/ticket-core";
import { formatMessage, type MessageChange, subjectOf } from "../commit-message.js";
import type { StoreLayout } from "../fan-out.js";
import { actorOf, timeOf } from "../last-change.js";
import type { ObjectId, TreeEntry } from "../objects.js";
import { relaid } from "../relayout.js";
import { layoutOfOperation } from "../relayout-commit.js";
import { ticketFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import type { FileVersion, StoreTree } from "../store-tree.js";
import type { LocalStep } from "./local-steps.js";
import { type MergePorts, mergeFolderStep, mergeTicketStep } from "./merge-change.js";
import { refusedFields } from "./refused-fields.js";
import type { RefusedOperation } from "./uplink.js";

export interface ReplayPorts extends MergePorts {
  readonly place: StorePlace;
  readonly host: string;
  readonly now: () => Date;
}

/** Where the replay begins: a commit on which nothing is refused. */
export interface ReplayGround {
  readonly commit: ObjectId;
  readonly tree: StoreTree;
  readonly layout: StoreLayout;
}

export interface Replayed {
  /** The last commit, or the ground where nothing could be put on it. */
  readonly commit: ObjectId;
  readonly tree: ObjectId;
  /** Every object that was written on the way, commits included. */
  readonly objects: readonly ObjectId[];
  readonly accepted: number;
  readonly refused: readonly RefusedOperation[];
}

/** What lies under a name. */
interface Entries {
  get(name: string): FileVersion | undefined;
}

/** Each operation goes on whole or not at all; one that cannot does not keep the later ones from it. */
export function replaySteps(ports: ReplayPorts, ground: ReplayGround, steps: readonly LocalStep[]): Replayed {
  const { place, reader, now } = ports;
  let { tree, commit, layout } = ground;
  const objects: ObjectId[] = [];
  const refused: RefusedOperation[] = [];
  let accepted = 0;
  const storeTree = (entries: readonly TreeEntry[]) => {
    const id = place.objects.writeTree(entries);
    objects.push(id);
    return id;
  };
  const storeBlob = (text: string) => {
    const id = place.objects.writeBlob(text);
    objects.push(id);
    return id;
  };
  let treeId: ObjectId | undefined;

  for (const step of steps) {
    if (isHousekeeping(step)) continue;
    const before = entriesOf(tree);
    try {
      const wanted = layoutOfOperation(step.commit.own?.operationId ?? "");
      if (wanted === layout) continue;
      const files = wanted === undefined ? applied(ports, before, step) : new Map();
      const message = messageOf(ports, step, before, over(before, files));
      // Moved once more, with all that came meanwhile.
      const next =
        wanted === undefined
          ? tree.with(layout, files, storeTree)
          : relaid(tree, wanted, storeTree, storeBlob);
      treeId = storeTree(next.top);
      commit = place.objects.writeCommit({
        tree: treeId,
        parents: [commit],
        message,
        authoredAtSeconds: step.commit.atSeconds,
        committedAtSeconds: Math.floor(now().getTime() / 1000),
      });
      objects.push(commit);
      tree = next;
      layout = wanted ?? layout;
      accepted += 1;
    } catch (error) {
      // What git cannot do is no verdict about an operation.
      if (!isTicketError(error) || isGitError(error) || error.code.startsWith("STORE_")) throw error;
      refused.push(refusalOf(ports, step, before, error));
    }
  }
  return { commit, tree: treeId ?? storeTree(tree.top), objects, accepted, refused };

  function applied(
    merging: MergePorts,
    before: Entries,
    { commit: { own }, tickets, folders, others }: LocalStep,
  ): Map<string, FileVersion | undefined> {
    const files = new Map<string, FileVersion | undefined>();
    const next = over(before, files);
    for (const [id, change] of tickets) {
      const name = ticketFile(id);
      const version = mergeTicketStep(merging, { id, ...change, stored: before.get(name) }, own?.override);
      files.set(name, version);
      if (version === undefined) files.set(id, undefined);
    }
    for (const [id, change] of folders) {
      const isThere = next.get(ticketFile(id)) !== undefined;
      if (!isThere && tickets.has(id)) continue;
      files.set(id, mergeFolderStep(merging, { id, ...change, stored: before.get(id) }, isThere));
    }
    for (const [name, change] of others) {
      // What belongs to nobody here clashes with nothing: the other side's stays.
      if (before.get(name)?.id === change.before?.id) files.set(name, change.after);
    }
    for (const id of tickets.keys()) refuseCycle(before, next, id);
    return files;
  }

  /** @throws DEPENDENCY_CYCLE two hosts made tickets wait for each other */
  function refuseCycle(before: Entries, next: Entries, id: TicketId): void {
    const had = dependenciesOf(before, id);
    if (dependenciesOf(next, id).every((dependency) => had.includes(dependency))) return;
    const path = pathBetween(id, id, (each) => dependenciesOf(next, each));
    if (path === undefined) return;
    const message = `${id} would wait for itself, with what another host wrote: ${path.join(" → ")}`;
    throw new TicketError("DEPENDENCY_CYCLE", message, { path });
  }

  function dependenciesOf(all: Entries, id: TicketId): readonly TicketId[] {
    const blob = all.get(ticketFile(id))?.id;
    const content = blob === undefined ? undefined : reader.content(id, blob);
    return content !== undefined && "record" in content ? content.record.ticket.dependsOn : [];
  }
}

function entriesOf(tree: StoreTree): Entries {
  return { get: (name) => tree.find(name) };
}

/** The same with these in it. */
function over(entries: Entries, files: ReadonlyMap<string, FileVersion | undefined>): Entries {
  return { get: (name) => (files.has(name) ? files.get(name) : entries.get(name)) };
}

/** Joins, and what puts the store itself right: each host does that for itself. */
function isHousekeeping({ commit, tickets, folders, others }: LocalStep): boolean {
  const isEmpty = tickets.size + folders.size + others.size === 0;
  const { own, parents } = commit;
  if (own === undefined) return isEmpty;
  return (isEmpty && parents.length > 1) || /^(?:reject|tidy|adopt)-[0-9a-f]{7,}/.test(own.operationId);
}

/** As the operation said it, with the states that it found this time. */
function messageOf(
  { reader, host }: ReplayPorts,
  { commit, tickets }: LocalStep,
  before: Entries,
  after: Entries,
): string {
  const ticketAt = (all: Entries, id: TicketId) => {
    const blob = all.get(ticketFile(id))?.id;
    const content = blob === undefined ? undefined : reader.content(id, blob);
    return content !== undefined && "record" in content ? content.record.ticket : undefined;
  };
  const named = (commit.own?.changes ?? []).map(({ id }) => id);
  const changes = [...new Set([...named, ...tickets.keys()])].map((id): MessageChange => {
    const now = ticketAt(after, id);
    return { id, from: ticketAt(before, id)?.state, to: now?.state, epoch: now?.leaseEpoch };
  });
  const said = commit.own ?? { operationId: `push-${commit.id}` };
  return formatMessage(
    { ...said, actor: actorOf(commit), subject: subjectOf(commit.message) },
    changes,
    host,
  );
}

function refusalOf(
  ports: ReplayPorts,
  step: LocalStep,
  stored: Entries,
  error: TicketError,
): RefusedOperation {
  const { commit, tickets, folders } = step;
  return {
    operationId: commit.own?.operationId ?? `push-${commit.id}`,
    commit: commit.id,
    subject: subjectOf(commit.message),
    actor: actorOf(commit),
    at: timeOf(commit),
    tickets: [...new Set([...tickets.keys(), ...folders.keys()])],
    claims: claimsOf(ports, step, stored),
    code: error.code,
    reason: error.message,
    fields: refusedFields(error),
    refusedAt: ports.now().toISOString(),
  };
}

/**
 * Claims of the operation whose epoch the other host has given away, too: the epoch alone would not stop who holds them. A higher one is not
 * the stored one, which stops its holder without our help, and may be given away once more some day.
 */
function claimsOf(
  { reader }: ReplayPorts,
  { tickets }: LocalStep,
  stored: Entries,
): RefusedOperation["claims"] {
  const ticketAt = (id: TicketId, version: FileVersion | undefined) => {
    const content = version === undefined ? undefined : reader.content(id, version.id);
    return content !== undefined && "record" in content ? content.record.ticket : undefined;
  };
  return [...tickets].flatMap(([id, { before, after }]) => {
    const { leaseEpoch: epoch = 0, assignedAgentId: holder } = ticketAt(id, after) ?? {};
    const storedEpoch = ticketAt(id, stored.get(ticketFile(id)))?.leaseEpoch ?? 0;
    const isTaken = epoch > (ticketAt(id, before)?.leaseEpoch ?? 0) && epoch <= storedEpoch;
    return isTaken ? [{ id, epoch, ...(holder === undefined ? {} : { holder }) }] : [];
  });
}
