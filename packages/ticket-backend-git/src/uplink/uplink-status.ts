import type { StorePlace } from "../store-place.js";
import { commitsBetween } from "./integrate.js";
import type { PendingChain } from "./pending-chain.js";
import type { RefusedOperations } from "./refused-operations.js";
import type { UplinkStatus, Upstream } from "./uplink.js";
import type { UplinkState } from "./uplink-state.js";

export interface UplinkStatusPorts {
  readonly place: StorePlace;
  readonly upstream: Upstream;
  readonly state: UplinkState;
  readonly chain: PendingChain;
  readonly refusedOperations: RefusedOperations;
}

/** How this host stands to its upstream, by what the last exchange left. Only reads, and asks nobody. */
export function readUplinkStatus({
  place,
  upstream,
  state,
  chain,
  refusedOperations,
}: UplinkStatusPorts): UplinkStatus {
  const main = place.readMain();
  const tip = state.tip();
  const ahead = tip === main ? [] : commitsBetween(place, tip, main);
  const behind = tip === undefined || tip === main ? [] : commitsBetween(place, main, tip);
  const waiting = chain.read();
  const isLive = waiting.tip !== undefined && chain.isLive(waiting, main);
  const [oldest] = ahead;
  const { syncedAt, failure } = state.remembered();
  return {
    upstream,
    ahead: ahead.length,
    pending: isLive ? commitsBetween(place, main, waiting.tip).length : 0,
    ...(oldest === undefined ? {} : { aheadSince: committedAt(place, oldest) }),
    behind: behind.length,
    ...(syncedAt === undefined ? {} : { syncedAt }),
    ...(failure === undefined ? {} : { failure }),
    refused: refusedOperations.list(),
  };
}

function committedAt(place: StorePlace, commit: string): string {
  const { stdout } = place.git.runSync(["log", "-1", "--format=%ct", commit, "--"]);
  return new Date(Number(stdout.trim()) * 1000).toISOString();
}
