// The writes of one backend under the authority of its upstream.
import type { GitBackendOptions, UpstreamAuthority } from "../create-git-backend.js";
import type { Mutex } from "../mutex.js";
import type { Operations } from "../operations.js";
import type { StorePlace } from "../store-place.js";
import { createUpstreamWrites, type UpstreamWrites } from "./await-upstream.js";
import { openUplink } from "./create-uplink.js";

/** What they share with the backend. */
export interface BackendParts
  extends Pick<GitBackendOptions, "root" | "judge" | "durability" | "lockWaitMs" | "atStep"> {
  readonly place: StorePlace;
  readonly mutex: Mutex;
  readonly operations: Operations;
  readonly host: string;
  readonly now: () => Date;
}

/** @throws UPSTREAM_UNUSABLE the upstream's address is not known */
export async function writesThrough(
  { upstream, waitMs = 30_000 }: UpstreamAuthority,
  { place, mutex, operations, lockWaitMs = 10_000, atStep = () => {}, ...options }: BackendParts,
): Promise<UpstreamWrites> {
  const { turn, chain } = openUplink({
    ...options,
    lockWaitMs,
    atStep,
    upstream: await upstream(),
    networkTimeoutMs: waitMs,
  });
  return createUpstreamWrites({ place, mutex, operations, chain, turn, waitMs, lockWaitMs, atStep });
}
