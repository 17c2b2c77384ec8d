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

/** Where refs are, and how they are written. */
export interface ChainRefs {
  read(ref: string): ObjectId | undefined;
  /** In this order; `undefined` removes one. */
  write(changes: readonly (readonly [ref: string, to: ObjectId | undefined])[]): void;
}

/** Refs of a repository that git may be at work in, too. All of a write, or nothing. */
export function createGitRefs(place: StorePlace): ChainRefs {
  return {
    read(ref) {
      if (place.suitability().hasPlainRefs) return readRefFile(place.root, ref);
      const args = ["rev-parse", "--verify", "--quiet", ref];
      return place.git.runSync(args, { allowedExitCodes: [0, 1] }).stdout.trim() || undefined;
    },
    write(changes) {
      const orders = changes.map(([ref, to]) => (to === undefined ? `delete ${ref}` : `update ${ref} ${to}`));
      const input = ["start", ...orders, "prepare", "commit", ""].join("\n");
      place.git.runSync(["-c", "core.fsync=reference", "update-ref", "--no-deref", "--stdin"], { input });
    },
  };
}

export function createPendingChain(place: StorePlace, refs: ChainRefs): PendingChain {
  const chain: PendingChain = {
    read: () => ({ tip: refs.read(pendingRef), sent: refs.read(sentRef) }),
    write(next) {
      const before = chain.read();
      const changes = [
        [pendingRef, before.tip, next.tip],
        [sentRef, before.sent, next.sent],
      ] as const;
      const due = changes.flatMap(([ref, from, to]) => (from === to ? [] : [[ref, to] as const]));
      if (due.length > 0) refs.write(due);
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
