// What was written under the upstream's authority and does not count yet: commits on top of `main` that the upstream is still to accept.
import type { ObjectId } from "../objects.js";
import { readRefFile } from "../ref-files.js";
import type { StorePlace } from "../store-place.js";
import { readSince } from "../timeline.js";
import { pendingRef, sentRef } from "./uplink-paths.js";

export interface PendingState {
  /** The newest commit of the chain. */
  readonly tip: ObjectId | undefined;
  /** Up to here it was handed to the upstream, and what became of that is not known: it must not change until that is. */
  readonly sent: ObjectId | undefined;
}

/** Refs, so that git keeps what they name. Written under the write mutex only, both at once; read by anybody. */
export interface PendingChain {
  read(): PendingState;
  /** Under the write mutex. */
  write(state: PendingState): void;
  /** Is it built on `main`? Else it is over: what was in it has arrived, or was refused. */
  isLive(state: PendingState, main: ObjectId): boolean;
  /** The commit of this operation, among those that wait. */
  find(operationId: string, state: PendingState, main: ObjectId): ObjectId | undefined;
  /** Is the commit in what waits up to `tip`? */
  has(commit: ObjectId, tip: ObjectId | undefined): boolean;
}

export function createPendingChain(place: StorePlace): PendingChain {
  function refAt(ref: string): ObjectId | undefined {
    if (place.suitability().hasPlainRefs) return readRefFile(place.root, ref);
    const { stdout } = place.git.runSync(["rev-parse", "--verify", "--quiet", ref], {
      allowedExitCodes: [0, 1],
    });
    return stdout.trim() || undefined;
  }

  const chain: PendingChain = {
    // The sent part is read last: it is only ever named while it is in the chain.
    read: () => ({ tip: refAt(pendingRef), sent: refAt(sentRef) }),
    write({ tip, sent }) {
      const before = chain.read();
      const orders = [...changed(pendingRef, before.tip, tip), ...changed(sentRef, before.sent, sent)];
      if (orders.length === 0) return;
      const input = ["start", ...orders, "prepare", "commit", ""].join("\n");
      place.git.runSync(["-c", "core.fsync=reference", "update-ref", "--no-deref", "--stdin"], { input });
    },
    isLive: ({ tip }, main) => tip !== undefined && tip !== main && place.isAncestor(main, tip),
    find(operationId, { tip }, main) {
      if (tip === undefined) return undefined;
      const waiting = readSince(place, main, tip) ?? [];
      return waiting.find(({ own }) => own?.operationId === operationId)?.id;
    },
    has: (commit, tip) => tip !== undefined && (tip === commit || place.isAncestor(commit, tip)),
  };
  return chain;
}

function changed(ref: string, before: ObjectId | undefined, after: ObjectId | undefined): readonly string[] {
  if (before === after) return [];
  return [after === undefined ? `delete ${ref}` : `update ${ref} ${after}`];
}
