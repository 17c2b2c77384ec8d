// The operations of this host once more, one after the other, on top of what the upstream has.
import { isGitError } from "@wiggum/git";
import { isTicketError, pathBetween, TicketError, type TicketId } from "@wiggum/ticket-core";
import { formatMessage, type MessageChange, subjectOf } from "../commit-message.js";
import { actorOf, timeOf } from "../last-change.js";
import type { ObjectId, TreeEntry } from "../objects.js";
import { ticketFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import type { FileVersion } from "../timeline.js";
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
  readonly entries: readonly TreeEntry[];
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

/** Each operation goes on whole or not at all; one that cannot does not keep the later ones from it. */
export function replaySteps(ports: ReplayPorts, ground: ReplayGround, steps: readonly LocalStep[]): Replayed {
  const { place, reader, now } = ports;
  let entries: ReadonlyMap<string, TreeEntry> = new Map(ground.entries.map((entry) => [entry.name, entry]));
  let commit = ground.commit;
  const objects: ObjectId[] = [];
  const refused: RefusedOperation[] = [];
  let accepted = 0;
  const storeTree = (all: ReadonlyMap<string, TreeEntry>) => {
    const tree = place.objects.writeTree([...all.values()]);
    objects.push(tree);
    return tree;
  };
  let tree: ObjectId | undefined;

  for (const step of steps) {
    if (isHousekeeping(step)) continue;
    try {
      const next = applied(ports, entries, step);
      const message = messageOf(ports, step, entries, next);
      tree = storeTree(next);
      commit = place.objects.writeCommit({
        tree,
        parents: [commit],
        message,
        authoredAtSeconds: step.commit.atSeconds,
        committedAtSeconds: Math.floor(now().getTime() / 1000),
      });
      objects.push(commit);
      entries = next;
      accepted += 1;
    } catch (error) {
      // What git cannot do is no verdict about an operation.
      if (!isTicketError(error) || isGitError(error) || error.code.startsWith("STORE_")) throw error;
      refused.push(refusalOf(ports, step, entries, error));
    }
  }
  return { commit, tree: tree ?? storeTree(entries), objects, accepted, refused };

  function applied(
    merging: MergePorts,
    before: ReadonlyMap<string, TreeEntry>,
    { commit: { own }, tickets, folders, others }: LocalStep,
  ): ReadonlyMap<string, TreeEntry> {
    const next = new Map(before);
    for (const [id, change] of tickets) {
      const name = ticketFile(id);
      const version = mergeTicketStep(merging, { id, ...change, stored: before.get(name) }, own?.override);
      put(next, name, version);
      if (version === undefined) next.delete(id);
    }
    for (const [id, change] of folders) {
      const isThere = next.has(ticketFile(id));
      if (!isThere && tickets.has(id)) continue;
      put(next, id, mergeFolderStep(merging, { id, ...change, stored: before.get(id) }, isThere));
    }
    for (const [name, change] of others) {
      // What belongs to nobody here clashes with nothing: the other side's stays.
      if (before.get(name)?.id === change.before?.id) put(next, name, change.after);
    }
    for (const id of tickets.keys()) refuseCycle(before, next, id);
    return next;
  }

  /** @throws DEPENDENCY_CYCLE two hosts made tickets wait for each other */
  function refuseCycle(
    before: ReadonlyMap<string, TreeEntry>,
    next: ReadonlyMap<string, TreeEntry>,
    id: TicketId,
  ): void {
    const had = dependenciesOf(before, id);
    if (dependenciesOf(next, id).every((dependency) => had.includes(dependency))) return;
    const path = pathBetween(id, id, (each) => dependenciesOf(next, each));
    if (path === undefined) return;
    const message = `${id} would wait for itself, with what another host wrote: ${path.join(" → ")}`;
    throw new TicketError("DEPENDENCY_CYCLE", message, { path });
  }

  function dependenciesOf(all: ReadonlyMap<string, TreeEntry>, id: TicketId): readonly TicketId[] {
    const blob = all.get(ticketFile(id))?.id;
    const content = blob === undefined ? undefined : reader.content(id, blob);
    return content !== undefined && "record" in content ? content.record.ticket.dependsOn : [];
  }
}

function put(entries: Map<string, TreeEntry>, name: string, version: FileVersion | undefined): void {
  if (version === undefined) entries.delete(name);
  else entries.set(name, { name, ...version });
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
  before: ReadonlyMap<string, TreeEntry>,
  after: ReadonlyMap<string, TreeEntry>,
): string {
  const ticketAt = (all: ReadonlyMap<string, TreeEntry>, id: TicketId) => {
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
  stored: ReadonlyMap<string, TreeEntry>,
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
  stored: ReadonlyMap<string, TreeEntry>,
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
