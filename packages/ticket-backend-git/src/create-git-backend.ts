import { hostname } from "node:os";
import { join } from "node:path";
import {
  type AttachmentLimits,
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
  type TicketViews,
} from "@wiggum/ticket-core";
import { createAttachmentFolders } from "./attachment-folders.js";
import { diagnoseStore } from "./diagnose.js";
import type { StoreLayout } from "./fan-out.js";
import { createGitAttachments } from "./git-attachments.js";
import { createHistory } from "./history.js";
import { openMutex } from "./mutex.js";
import type { ObjectId } from "./objects.js";
import { createOperations } from "./operations.js";
import type { IndexAnswers } from "./read-index/index-answers.js";
import { problemOf } from "./read-index/index-rows.js";
import { createReadIndex } from "./read-index/read-index.js";
import { createRefusalFinder, effectiveFiles, effectiveTickets } from "./refusals.js";
import { lookAtLayout, type Relayout } from "./relayout.js";
import { createStoreReader } from "./snapshot.js";
import { storePaths } from "./store-layout.js";
import { type Durability, openStorePlace } from "./store-place.js";
import { createReceipts, readStored } from "./stored-answers.js";
import type { UpstreamWrites } from "./uplink/await-upstream.js";
import { createRefusedOperations } from "./uplink/refused-operations.js";
import type { Upstream } from "./uplink/uplink.js";
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
  /** Given where the upstream's word counts: a write is acknowledged when it has accepted it. Default: this host's word counts. */
  readonly authority?: UpstreamAuthority | undefined;
  /** How much may be attached to a ticket. Default `defaultAttachmentLimits`: 10 MiB each, 100 for each. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
  /** Told, in a sentence, of each push that a write put back because it was not legal. Default: nobody is told. */
  readonly notify?: ((sentence: string) => void) | undefined;
  /** Told the name of each step of a write, under the lock, too. For tests that stop the process at one. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** Whose word counts, where it is not this host's. */
export interface UpstreamAuthority {
  /** Asked for at the first write. */
  readonly upstream: () => Promise<Upstream>;
  /** Milliseconds that a write waits for the upstream. Default 30,000. Then it was not written, or ends with COMMIT_UNKNOWN. */
  readonly waitMs?: number | undefined;
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
  /** How the store is laid out, and what a move to the other layout would do. Looks at all of it. @throws STORE_BROKEN */
  lookAtLayout(to?: StoreLayout): Promise<Relayout>;
  /**
   * Moves every ticket to its place in that layout, by one commit that changes no ticket. Answers whether there was anything to move.
   * @throws STORE_BUSY STORE_LOCKED STORE_READ_ONLY STORE_BROKEN COMMIT_UNKNOWN
   */
  relayout(to: StoreLayout): Promise<boolean>;
}

/**
 * Tickets in a bare git repository on this machine that many processes and clones share. Nothing is opened yet: a missing store shows
 * as STORE_BROKEN at the first use.
 */
export function createGitBackend(options: GitBackendOptions): GitBackend {
  const place = openStorePlace(options.root, options.durability, { atStep: options.atStep });
  const {
    judge,
    now = () => new Date(),
    host = hostname(),
    lockWaitMs = 10_000,
    pollMs = 200,
    atStep,
  } = options;
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

  let upstreamWrites: Promise<UpstreamWrites> | undefined;
  /** Loaded and opened at the first write: most stores have none. */
  function throughUpstream(authority: UpstreamAuthority): Promise<UpstreamWrites> {
    upstreamWrites ??= import("./uplink/through-upstream.js")
      .then(({ writesThrough }) =>
        writesThrough(authority, { ...options, place, mutex, operations, host, now }),
      )
      .catch((error: unknown) => {
        upstreamWrites = undefined;
        throw error;
      });
    return upstreamWrites;
  }
  const { authority } = options;

  const recorded = createReceipts({ place, reader });
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
    ...(authority && {
      settleElsewhere: async (asked) => (await throughUpstream(authority)).settle(asked),
    }),
  });
  const limits = options.attachmentLimits ?? defaultAttachmentLimits;
  const attachments = createGitAttachments({ place, reader, folders, planner, writer, limits, host, look });

  function snapshotAt(commit: ObjectId) {
    return place.objects.sizes([commit]).has(commit) ? reader.snapshot(commit) : undefined;
  }

  function dependenciesOf(id: TicketId): readonly TicketId[] {
    const version = look().tickets.get(id);
    const content = version === undefined ? undefined : reader.content(id, version.id);
    return content !== undefined && "record" in content ? content.record.ticket.dependsOn : [];
  }

  function layoutNow(): StoreLayout {
    return reader.snapshot(place.readMain()).layout;
  }

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

  return {
    contract: 1,
    name: "git",
    supports: { history: true, watch: true, sync: false, attachments: true, batch: true, shared: true },
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
        if (blob === "problem") return readStored({ ...look(), reader }, id);
        if (blob === undefined) return { asOf };
        const content = reader.content(id, blob);
        if ("problem" in content) throw content.problem;
        return { record: content.record, asOf };
      });
    },
    commit: (commit) => writer.write(commit),
    putBack: ({ isTidied } = {}) => writer.putBack(isTidied),
    async lookAtLayout(to) {
      const snapshot = reader.snapshot(place.readMain());
      return lookAtLayout(snapshot, to ?? snapshot.layout);
    },
    relayout: (to) => writer.relayout(to),
    async checkClaim(fence, actorId) {
      refusedOperations.checkFence(fence, actorId);
    },
    async outcome(operationId) {
      const known = operations.find(operationId, place.readMain());
      const commit = known ?? (authority && (await (await throughUpstream(authority)).find(operationId)));
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
    views: createViews({ place, look, layout: layoutNow, snapshotAt, dependenciesOf, lockWaitMs, atStep }),
  };
}
