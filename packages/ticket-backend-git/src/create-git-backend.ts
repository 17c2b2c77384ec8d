import { hostname } from "node:os";
import { join } from "node:path";
import {
  type AttachmentLimits,
  type CommitReceipt,
  checkTicketId,
  defaultAttachmentLimits,
  type Judge,
  type PageRequest,
  type RecordPage,
  selectPage,
  type TicketAttachments,
  type TicketBackend,
  type TicketId,
  type TicketPage,
  type TicketQuery,
  type TicketReading,
  type TicketViews,
} from "@wiggum/ticket-core";
import { createAttachmentFolders } from "./attachment-folders.js";
import { diagnoseStore } from "./diagnose.js";
import { createGitAttachments } from "./git-attachments.js";
import { createHistory } from "./history.js";
import { openMutex } from "./mutex.js";
import type { ObjectId } from "./objects.js";
import { createOperations } from "./operations.js";
import type { IndexAnswers } from "./read-index/index-answers.js";
import { problemOf } from "./read-index/index-rows.js";
import { createReadIndex } from "./read-index/read-index.js";
import { createRefusalFinder, effectiveFiles, effectiveTickets } from "./refusals.js";
import { createStoreReader } from "./snapshot.js";
import { storePaths, ticketFile } from "./store-layout.js";
import { type Durability, openStorePlace } from "./store-place.js";
import { createRefusedOperations } from "./uplink/refused-operations.js";
import { createViews } from "./views/create-views.js";
import { createWriter, type WriterPorts } from "./write.js";
import { createWritePlanner } from "./write-plan.js";

/** Which store is opened, and how it waits and writes. */
export interface GitBackendOptions {
  /** Path of the bare repository `tickets.git`. */
  readonly root: string;
  /** Legality, from core: `createJudge(types)`. */
  readonly judge: Judge;
  /**
   * What the judge goes by, in words (the ticket types, as JSON): the read index keeps verdicts about pushed tickets under it. Absent = while a
   * push is on top of the store, every reader judges it anew.
   */
  readonly judgedBy?: string | undefined;
  /** Wall clock, only displayed. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Name of this machine for the history. Default: the system's. */
  readonly host?: string | undefined;
  /** Default `process`. */
  readonly durability?: Durability | undefined;
  /** Milliseconds to wait for the lock before STORE_BUSY. Default 10,000. */
  readonly lockWaitMs?: number | undefined;
  /** Milliseconds between looks at the store while a watch follows it. Default 200. */
  readonly pollMs?: number | undefined;
  /** How much may be attached to a ticket. Default `defaultAttachmentLimits`: 10 MiB each, 100 for each. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
  /** Told, in a sentence, of each push that a write put back because it was not legal. Default: nobody is told. */
  readonly notify?: ((sentence: string) => void) | undefined;
  /** Told the name of each step of a write, under the lock, too. For tests that stop the process at one. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** A `TicketBackend` over a bare git repository, with all that it supports. */
export interface GitBackend extends TicketBackend {
  /** Absolute path of the bare repository. */
  readonly root: string;
  readonly views: TicketViews;
  readonly attachments: TicketAttachments;
  history: NonNullable<TicketBackend["history"]>;
  watch: NonNullable<TicketBackend["watch"]>;
  ids: NonNullable<TicketBackend["ids"]>;
  summaries: NonNullable<TicketBackend["summaries"]>;
  diagnose: NonNullable<TicketBackend["diagnose"]>;
  close: NonNullable<TicketBackend["close"]>;
  /**
   * Puts back at once what the next write would: tickets and files of the store that pushes broke. With `isTidied` it also takes out what is
   * neither; the history keeps that. Answers whether there was anything.
   * @throws STORE_BUSY STORE_LOCKED STORE_READ_ONLY COMMIT_UNKNOWN
   */
  putBack(options?: { readonly isTidied?: boolean | undefined }): Promise<boolean>;
}

/**
 * Tickets in a bare git repository on this machine that many processes and clones share. Nothing is opened yet: a missing store shows
 * as STORE_BROKEN at the first use.
 */
export function createGitBackend(options: GitBackendOptions): GitBackend {
  const place = openStorePlace(options.root, options.durability, { atStep: options.atStep });
  const { judge, now = () => new Date(), lockWaitMs = 10_000, pollMs = 200, atStep } = options;
  // Asked when something is written: reads need it not.
  const host = () => options.host ?? hostname();
  const reader = createStoreReader(place);
  const mutex = openMutex(join(place.root, storePaths.mutex));
  const operations = createOperations(place);
  const refusedOperations = createRefusedOperations(place);
  const refusalFinder = createRefusalFinder({ place, reader, judge });
  const folders = createAttachmentFolders(place.objects);
  const planner = createWritePlanner({ place, reader, judge, refusals: refusalFinder, folders, host, now });
  const onUndone: WriterPorts["onUndone"] = ({ subject, cause }) =>
    options.notify?.(`${subject}: ${cause}. It was undone; the history of the store keeps it`);
  const { history, watch } = createHistory({ place, reader, judge, refusals: refusalFinder, pollMs });

  const index = createReadIndex({
    place,
    folders,
    path: join(place.root, storePaths.index),
    judgedBy: options.judgedBy,
    contentOf: reader.content,
    look(commit) {
      const snapshot = reader.snapshot(commit);
      return { snapshot, refusals: refusalFinder.at(snapshot) };
    },
  });

  const writer = createWriter({
    place,
    mutex,
    operations,
    planner,
    recorded,
    onUndone,
    onWritten: index.follow,
    lockWaitMs,
    atStep,
  });
  const limits = options.attachmentLimits ?? defaultAttachmentLimits;
  const attachments = createGitAttachments({ place, reader, folders, planner, writer, limits, host, look });

  /** The tickets as they count at this moment. */
  function look() {
    const snapshot = reader.snapshot(place.readMain());
    const refusals = refusalFinder.at(snapshot);
    return {
      snapshot,
      refusals,
      tickets: effectiveTickets(snapshot, refusals),
      files: effectiveFiles(snapshot, refusals),
    };
  }

  /** Records of what the index picks; what stands in a text is looked for in the texts. */
  function textRecords(
    answers: IndexAnswers,
    query: TicketQuery,
    page: PageRequest | undefined,
  ): RecordPage & Pick<TicketPage, "problems"> {
    const { text, ...members } = query;
    const { tickets, next } = answers.select(members, text === undefined ? page : {});
    const blobs = new Map(tickets.map(({ ticket, revision }) => [ticket.id, revision]));
    const contents = [...reader.contents(blobs)];
    const records = contents.flatMap(([, content]) => ("record" in content ? [content.record] : []));
    // Damaged or lost since the index was made from it.
    const lost = contents.flatMap(([id, content]) =>
      "problem" in content ? [problemOf(id, content.problem)] : [],
    );
    const problems = [...answers.problems(), ...lost];
    if (text !== undefined) return { ...selectPage(records, query, page), problems };
    return { tickets: records, ...(next === undefined ? {} : { next }), problems };
  }

  /** What was pushed, cannot be served, and has no good version before it. */
  function readRefused(id: TicketId): TicketReading {
    const { snapshot, refusals, tickets } = look();
    const version = tickets.get(id);
    const refusal = refusals.tickets.get(id);
    if (version === undefined && refusal?.error?.code === "TICKET_UNREADABLE") throw refusal.error;
    if (version === undefined) return { asOf: snapshot.commit };
    const content = reader.content(id, version.id);
    if ("problem" in content) throw content.problem;
    return { record: content.record, asOf: snapshot.commit };
  }

  /** Of what that commit wrote, whatever is asked of its operation now. */
  function recorded(operationId: string, commit: ObjectId): CommitReceipt {
    const { own } = reader.snapshot(commit);
    // What wrote an attachment named its ticket, and wrote no ticket.
    const written = own?.attachment === undefined ? (own?.changes ?? []).map(({ id }) => id) : [];
    const found = place.objects.sizes(written.map((id) => `${commit}:${ticketFile(id)}`));
    const blobs = new Map<TicketId, ObjectId>();
    for (const id of written) {
      const blob = found.get(`${commit}:${ticketFile(id)}`)?.id;
      if (blob !== undefined) blobs.set(id, blob);
    }
    const contents = [...reader.contents(blobs).values()];
    const records = contents.flatMap((content) => ("record" in content ? [content.record] : []));
    return { operationId, already: true, asOf: commit, records };
  }

  return {
    contract: 1,
    name: "git",
    supports: {
      history: true,
      watch: true,
      sync: false,
      attachments: true,
      batch: true,
      shared: true,
      archive: true,
    },
    root: place.root,
    async list(query = {}, page) {
      return index.ask((answers, asOf) => {
        const found = textRecords(answers, query, page);
        return { ...found, asOf, cursor: asOf };
      });
    },
    async summaries(query = {}, page) {
      return index.ask((answers, asOf) => {
        // What stands in the text, the index does not know.
        const found =
          query.text === undefined ? answers.select(query, page) : textRecords(answers, query, page);
        return { problems: answers.problems(), ...found, asOf, cursor: asOf };
      });
    },
    ids: async (part) => index.ask((answers) => answers.ids(part)),
    async read(id) {
      checkTicketId(id);
      return index.ask((answers, asOf) => {
        const blob = answers.version(id);
        if (blob === "problem") return readRefused(id);
        if (blob === undefined) return { asOf };
        const content = reader.content(id, blob);
        if ("problem" in content) throw content.problem;
        return { record: content.record, asOf };
      });
    },
    commit: (commit) => writer.write(commit),
    putBack: ({ isTidied } = {}) => writer.putBack(isTidied),
    async checkClaim(fence, actorId) {
      refusedOperations.checkFence(fence, actorId);
    },
    async outcome(operationId) {
      const commit = operations.find(operationId, place.readMain());
      if (commit === undefined) return { status: "absent" };
      return { status: "committed", receipt: recorded(operationId, commit) };
    },
    history,
    watch,
    async diagnose() {
      return diagnoseStore(place);
    },
    attachments,
    async close() {
      await index.close();
    },
    views: createViews({ place, look, lockWaitMs, atStep }),
  };
}
