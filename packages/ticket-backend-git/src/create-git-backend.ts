import { hostname } from "node:os";
import { join } from "node:path";
import {
  type AttachmentLimits,
  type CommitReceipt,
  checkTicketId,
  defaultAttachmentLimits,
  type Judge,
  selectPage,
  type TicketAttachments,
  type TicketBackend,
  type TicketId,
  type TicketProblem,
  type TicketViews,
} from "@wiggum/ticket-core";
import { createAttachmentFolders } from "./attachment-folders.js";
import { diagnoseStore } from "./diagnose.js";
import { createGitAttachments } from "./git-attachments.js";
import { createHistory } from "./history.js";
import { openMutex } from "./mutex.js";
import type { ObjectId } from "./objects.js";
import { createOperations } from "./operations.js";
import { createRefusalFinder, effectiveFiles, effectiveTickets, refusalProblems } from "./refusals.js";
import { createStoreReader, shownName, ticketFolders } from "./snapshot.js";
import { storePaths, ticketFile } from "./store-layout.js";
import { type Durability, openStorePlace } from "./store-place.js";
import { createViews } from "./views/create-views.js";
import { createWriter, type WriterPorts } from "./write.js";
import { createWritePlanner } from "./write-plan.js";

/** Which store is opened, and how it waits and writes. */
export interface GitBackendOptions {
  /** Path of the bare repository `tickets.git`. */
  readonly root: string;
  /** Legality, from core: `createJudge(types)`. */
  readonly judge: Judge;
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
  diagnose: NonNullable<TicketBackend["diagnose"]>;
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
  const refusalFinder = createRefusalFinder({ place, reader, judge });
  const folders = createAttachmentFolders(place.objects);
  const planner = createWritePlanner({ place, reader, judge, refusals: refusalFinder, folders, host, now });
  const onUndone: WriterPorts["onUndone"] = ({ subject, cause }) =>
    options.notify?.(`${subject}: ${cause}. It was undone; the history of the store keeps it`);
  const writer = createWriter({ place, mutex, operations, planner, recorded, onUndone, lockWaitMs, atStep });
  const { history, watch } = createHistory({ place, reader, judge, refusals: refusalFinder, pollMs });

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
    supports: { history: true, watch: true, sync: false, attachments: true, batch: true, shared: true },
    root: place.root,
    async list(query, page) {
      const { snapshot, refusals, tickets } = look();
      const contents = reader.contents(new Map([...tickets].map(([id, version]) => [id, version.id])));
      const records = [...contents.values()].flatMap((content) =>
        "record" in content ? [content.record] : [],
      );
      const problems: TicketProblem[] = [...refusalProblems(refusals)];
      for (const [id, content] of contents) {
        if (!("problem" in content)) continue;
        const { path = ticketFile(id), line } = content.problem.data;
        const { message } = content.problem;
        problems.push({
          code: "TICKET_UNREADABLE",
          id,
          path,
          ...(line === undefined ? {} : { line }),
          message,
        });
      }
      const named = new Set(problems.map(({ path }) => path));
      for (const { name, mode } of snapshot.foreign) {
        // The folder of a ticket that a push took away, and that is put back.
        if (mode === "40000" && tickets.has(name)) continue;
        if (!named.has(name)) problems.push(foreignProblem(name, mode));
      }
      for (const folder of ticketFolders(snapshot)) {
        for (const path of folders.read(folder.name, folder).foreign) {
          problems.push(foreignProblem(path, "100644"));
        }
      }
      const asOf = snapshot.commit;
      return { ...selectPage(records, query, page), problems, asOf, cursor: asOf };
    },
    async ids() {
      const { snapshot, tickets } = look();
      return [...new Set([...tickets.keys(), ...snapshot.tickets.keys()])];
    },
    async read(id) {
      checkTicketId(id);
      const { snapshot, refusals, tickets } = look();
      const version = tickets.get(id);
      const refusal = refusals.tickets.get(id);
      // Pushed, not readable, and no good version before it.
      if (version === undefined && refusal?.error?.code === "TICKET_UNREADABLE") throw refusal.error;
      if (version === undefined) return { asOf: snapshot.commit };
      const content = reader.content(id, version.id);
      if ("problem" in content) throw content.problem;
      return { record: content.record, asOf: snapshot.commit };
    },
    commit: (commit) => writer.write(commit),
    putBack: ({ isTidied } = {}) => writer.putBack(isTidied),
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
    views: createViews({ place, look, lockWaitMs, atStep }),
  };
}

/** Something in the store that is no ticket. */
function foreignProblem(name: string, mode: string): TicketProblem {
  const kinds: Readonly<Record<string, string>> = {
    "120000": "a symbolic link",
    "40000": "a folder",
    "160000": "a sub-module",
  };
  const path = shownName(name);
  return {
    code: "FILE_FOREIGN",
    path,
    message: `${path} is ${kinds[mode] ?? "a file"} that does not belong to the store and is left alone; 'wiggum doctor --fix' takes it out, the history keeps it`,
  };
}
