// An opened clone with all that works on it: what the native store uses, with the clone in the place of the repository and http in that of git.
import {
  type AttachmentLimits,
  isTicketError,
  type Judge,
  type TicketAttachments,
  type TicketId,
  type TicketReading,
} from "@wiggum/ticket-core";
import { createAttachmentFolders } from "../attachment-folders.js";
import { createGitAttachments } from "../git-attachments.js";
import { createHistory } from "../history.js";
import { writeFirstCommit } from "../init-git-store.js";
import { readWholeStore, type WholeStore } from "../list-tickets.js";
import { again, type Mutex } from "../mutex.js";
import type { ObjectId } from "../objects.js";
import { createOperations } from "../operations.js";
import { createRefusalFinder, effectiveTickets } from "../refusals.js";
import { createStoreReader } from "../snapshot.js";
import { mainRef } from "../store-layout.js";
import { createReceipts, readStored } from "../stored-answers.js";
import { readMainline } from "../timeline.js";
import { createUpstreamWrites } from "../uplink/await-upstream.js";
import { requireTickets } from "../uplink/integrate.js";
import { createPendingChain } from "../uplink/pending-chain.js";
import { publish } from "../uplink/publish.js";
import { noteReceived } from "../uplink/received.js";
import type { Upstream } from "../uplink/uplink.js";
import { upstreamRef } from "../uplink/uplink-paths.js";
import { createWriter, type Writer } from "../write.js";
import { createWritePlanner } from "../write-plan.js";
import { openClonePlace } from "./clone-place.js";
import { createHttpTransport } from "./http-transport.js";
import { openPrivateClone } from "./private-clone.js";

export interface HttpSessionOptions {
  readonly upstream: Upstream;
  readonly folder?: string | undefined;
  readonly judge: Judge;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
  readonly waitMs: number;
  readonly now: () => Date;
  readonly host: string;
  readonly limits: AttachmentLimits;
  readonly atStep?: ((step: string) => void) | undefined;
}

export interface SessionParts extends ReturnType<typeof createHistory> {
  readonly writer: Writer;
  readonly attachments: TicketAttachments;
  readonly recorded: ReturnType<typeof createReceipts>;
  /** Brings what the server has now. @throws OFFLINE UPSTREAM_UNUSABLE */
  refresh(): Promise<void>;
  /** The commit of an operation; asks the server where it may be on its way. @throws COMMIT_UNKNOWN OFFLINE */
  find(operationId: string): Promise<ObjectId | undefined>;
  whole(): WholeStore;
  read(id: TicketId): TicketReading;
  /** Looks at the server again and again, until the answer is called. While it does not answer, nothing has happened there; told of any other failure. */
  follow(pollMs: number, onFailure: (error: unknown) => void): () => void;
  close(): Promise<void>;
}

/** @throws UNSUPPORTED STORE_BUSY OFFLINE UPSTREAM_UNUSABLE */
export async function openHttpSession(options: HttpSessionOptions): Promise<SessionParts> {
  const { upstream, judge, host, now, waitMs, limits, atStep = () => {} } = options;
  const git = await import("isomorphic-git");
  const clone = await openPrivateClone(git, upstream, options.folder);
  const { root } = clone;
  const { place, refs } = openClonePlace(root);
  const transport = createHttpTransport({ ...options, git, root, refs, timeoutMs: waitMs });
  const reader = createStoreReader(place);
  const refusals = createRefusalFinder({ place, reader, judge });
  const folders = createAttachmentFolders(place.objects);
  const planner = createWritePlanner({ place, reader, judge, refusals, folders, host, now });
  const operations = createOperations(place);
  const chain = createPendingChain(place, refs);
  const tip = () => refs.read(upstreamRef);
  const setTip = (id: ObjectId | undefined) => refs.write([[upstreamRef, id]]);

  /** One exchange with the server at a time. */
  let queue: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  }

  /** `main` is where the server is: nothing is ever written to it that the server has not. */
  async function adopt(to: ObjectId): Promise<number> {
    requireTickets({ place, reader, upstream }, to);
    const main = refs.read(mainRef);
    const line = main === undefined ? [] : (readMainline(place, main, to) ?? []);
    const { sent } = chain.read();
    const others = line.filter(({ id }) => sent === undefined || !chain.has(id, sent)).map(({ id }) => id);
    noteReceived(root, others);
    refs.write([[mainRef, to]]);
    return others.length;
  }

  async function level(): Promise<void> {
    if (!(await transport.fetch())) await begin();
    const there = tip();
    if (there !== undefined && there !== refs.read(mainRef)) await adopt(there);
    // What a kill left: it had arrived, and nobody had noted that.
    const { tip: waiting, sent } = chain.read();
    const main = place.readMain();
    if (sent === undefined || !chain.has(sent, main)) return;
    const isLive = chain.isLive({ tip: waiting, sent: undefined }, main);
    chain.write({ tip: isLive ? waiting : undefined, sent: undefined });
  }

  /** The branch is not there: whoever is first makes it. */
  async function begin(): Promise<void> {
    const first = refs.read(mainRef) ?? writeFirstCommit(place.objects, now, "flat");
    const offered = await transport.offer(first, undefined);
    if ("error" in offered) throw offered.error;
    if (offered.answer === "accepted") setTip(first);
    else await transport.fetch();
  }

  let looking: Promise<void> | undefined;
  /** Several that ask at one time are answered by one look that begins after all of them. */
  function refresh(): Promise<void> {
    looking ??= inTurn(() => {
      looking = undefined;
      return level();
    });
    return looking;
  }

  const mutex: Mutex = {
    // This process is the only one, and `work` waits for nothing.
    async run(work) {
      const result = work({ isOurs: () => true });
      if (result === again) throw new Error("Nobody else can hold a lock in a private clone");
      return result;
    },
  };
  const locked = (work: () => void) => mutex.run(work, { waitMs: 0 });
  const published = { place, chain, transport, state: { tip, setTip }, locked, level, adopt, atStep };
  const writes = createUpstreamWrites({
    place,
    mutex,
    operations,
    chain,
    turn: (deadlineMs) => inTurn(() => publish(published, deadlineMs)),
    waitMs,
    lockWaitMs: waitMs,
    atStep,
  });
  const recorded = createReceipts({ place, reader });
  const writer = createWriter({
    place,
    mutex,
    operations,
    planner,
    recorded,
    lockWaitMs: waitMs,
    atStep,
    settleElsewhere: (asked) => writes.settle(asked),
  });

  function look() {
    const snapshot = reader.snapshot(place.readMain());
    const refused = refusals.at(snapshot);
    return { snapshot, refusals: refused, tickets: effectiveTickets(snapshot, refused) };
  }

  try {
    await refresh();
  } catch (error) {
    clone.close();
    throw error;
  }

  return {
    ...createHistory({ place, reader, judge, refusals, pollMs: 50 }),
    writer,
    recorded,
    refresh,
    attachments: createGitAttachments({ place, reader, folders, planner, writer, limits, host, look }),
    async find(operationId) {
      const known = operations.find(operationId, place.readMain());
      if (known !== undefined) return known;
      await refresh();
      return writes.find(operationId);
    },
    whole: () => readWholeStore({ place, reader, refusals, folders }),
    read: (id) => readStored({ ...look(), reader }, id),
    follow(pollMs, onFailure) {
      const timer = setInterval(() => {
        refresh().catch((error: unknown) => {
          if (!isTicketError(error, "OFFLINE")) onFailure(error);
        });
      }, pollMs);
      return () => clearInterval(timer);
    },
    async close() {
      await queue;
      clone.close();
    },
  };
}
