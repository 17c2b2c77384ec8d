// Under the uplink's lock: what waits is handed to the upstream, and counts here when it has been accepted there.
import { setTimeout as sleep } from "node:timers/promises";
import { isTicketError, TicketError } from "@wiggum/ticket-core";
import type { ObjectId } from "../objects.js";
import type { StorePlace } from "../store-place.js";
import { readMainline } from "../timeline.js";
import type { PendingChain, PendingState } from "./pending-chain.js";
import type { Transport } from "./transport.js";
import type { UplinkState } from "./uplink-state.js";

/**
 * What one turn of the uplink came to. `settled`: what was sent has arrived or never will. `unsent`, `declined`: nothing of it was sent, or the upstream
 * answered that it will not have it. `unresolved`: it may have arrived.
 */
export type Published =
  | { readonly outcome: "settled"; readonly pushed: number; readonly pulled: number }
  | { readonly outcome: "unsent" | "declined" | "unresolved"; readonly error: TicketError };

export interface PublishPorts {
  readonly place: StorePlace;
  readonly chain: PendingChain;
  readonly transport: Pick<Transport, "offer" | "fetch">;
  /** Where the branch of the upstream was when it was last seen. */
  readonly state: Pick<UplinkState, "tip" | "setTip">;
  /** Runs `work` under the write mutex. */
  readonly locked: (work: () => void) => Promise<void>;
  /** Makes `main` and the upstream the same, where something came into `main` past us. */
  readonly level: () => Promise<unknown>;
  /** Brings `main` to where `tip` is in its history. Answers how many commits of others came. */
  readonly adopt: (tip: ObjectId) => Promise<number>;
  readonly atStep: (step: string) => void;
}

/** Shortest time that an exchange is given: one that is begun late must not be bound to fail. */
const leastMs = 2_000;

/**
 * One turn: what was sent before and never answered is sent again, the very same commits, until that is answered; else all that waits is sent, in one
 * push. Cut off anywhere, the next turn goes on from what the refs say.
 * @throws what `level` and `adopt` throw
 */
export async function publish(ports: PublishPorts, deadlineMs: number): Promise<Published> {
  const { place, state, transport, chain, atStep } = ports;
  const leftMs = () => Math.max(leastMs, deadlineMs - performance.now());
  const wasSent = chain.read().sent !== undefined;

  for (let round = 0; ; round++) {
    const failed = state.tip() === place.readMain() ? undefined : await failureOf(ports.level);
    if (failed !== undefined) return { outcome: wasSent ? "unresolved" : "unsent", error: failed };
    const known = state.tip();
    const sent = await noteSent(ports, known);
    if (sent === undefined) return { outcome: "settled", pushed: 0, pulled: 0 };
    atStep("sent-noted");
    const offered = await transport.offer(sent, known, leftMs());
    atStep("offered");
    if (offered.answer === "accepted") {
      state.setTip(sent);
      atStep("tip-noted");
      return { outcome: "settled", ...(await arrive(ports, sent)) };
    }
    if ("error" in offered) {
      if (wasSent || offered.answer === "unknown") return { outcome: "unresolved", error: offered.error };
      await rewrite(ports, () => ({ tip: undefined, sent: undefined }));
      return { outcome: offered.answer, error: offered.error };
    }
    const failure = await failureOf(async () => {
      if (!(await transport.fetch(leftMs()))) state.setTip(undefined);
    });
    if (failure !== undefined) return { outcome: "unresolved", error: failure };
    atStep("fetched");
    const tip = state.tip();
    // Somebody else holds the branch, and has not moved it: what we sent may still be on its way.
    if (tip === known || tip === undefined) {
      if (performance.now() > deadlineMs) return { outcome: "unresolved", error: tooBusy() };
      await sleep(Math.random() * Math.min(500, 20 * 2 ** round));
      continue;
    }
    return { outcome: "settled", ...(await arrive(ports, tip)) };
  }
}

/** Decides under the write mutex what is sent now; `undefined` = nothing is. */
async function noteSent(ports: PublishPorts, known: ObjectId | undefined): Promise<ObjectId | undefined> {
  const { place, chain } = ports;
  let chosen: ObjectId | undefined;
  await rewrite(ports, ({ tip, sent }) => {
    // The branch has moved to where what was sent is not on top of it: it has arrived, or never will.
    const isOpen =
      sent !== undefined && known !== undefined && sent !== known && place.isAncestor(known, sent);
    if (isOpen) {
      chosen = sent;
      return { tip, sent };
    }
    const main = place.readMain();
    const live = chain.isLive({ tip, sent: undefined }, main) ? tip : undefined;
    chosen = known === main ? live : undefined;
    return { tip: live, sent: chosen };
  });
  return chosen;
}

/** What the upstream has counts here; what waits on top of it goes on waiting, all else that waited is over. */
async function arrive(ports: PublishPorts, tip: ObjectId) {
  const { place, chain } = ports;
  const main = place.readMain();
  const { sent } = chain.read();
  const hasArrived = sent !== undefined && chain.has(sent, tip);
  const pushed = hasArrived ? (readMainline(place, main, sent)?.length ?? 1) : 0;
  const pulled = await ports.adopt(tip);
  await rewrite(ports, (state) => ({
    tip: chain.isLive(state, place.readMain()) ? state.tip : undefined,
    sent: undefined,
  }));
  ports.atStep("settled");
  return { pushed, pulled };
}

function rewrite(
  { chain, locked }: PublishPorts,
  change: (state: PendingState) => PendingState,
): Promise<void> {
  return locked(() => chain.write(change(chain.read())));
}

/** Why the upstream could not be asked. */
async function failureOf(work: () => Promise<unknown>): Promise<TicketError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (passing.some((code) => isTicketError(error, code))) return error as TicketError;
    throw error;
  }
}

const passing = ["OFFLINE", "UPSTREAM_UNUSABLE", "STORE_BUSY"] as const;

function tooBusy(): TicketError {
  return new TicketError("STORE_BUSY", "The upstream was too busy: other hosts were faster each time", {
    waitedMs: 0,
  });
}
