// What the upstream has comes into `main` of this host: `main` never goes back, and both histories stay.
import { loadParsers, TicketError } from "@wiggum/ticket-core";
import { formatMessage } from "../commit-message.js";
import { walkStraight } from "../in-process/walk-commits.js";
import { again, type Mutex } from "../mutex.js";
import type { ObjectId } from "../objects.js";
import type { RefusalFinder } from "../refusals.js";
import { layoutFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import type { WritePlanner } from "../write-plan.js";
import { readLocalSteps } from "./local-steps.js";
import { noteReceived } from "./received.js";
import type { RefusedOperations } from "./refused-operations.js";
import { type ReplayPorts, replaySteps } from "./replay.js";
import { unusable } from "./transport.js";
import type { RefusedOperation, Upstream } from "./uplink.js";

export interface IntegratePorts extends ReplayPorts {
  readonly upstream: Upstream;
  readonly planner: WritePlanner;
  readonly refusals: RefusalFinder;
  readonly mutex: Mutex;
  readonly refusedOperations: RefusedOperations;
  readonly lockWaitMs: number;
  /** The newest commit of this host that was sent before it counts here: it may come back as part of what the upstream has. */
  readonly mine?: (() => ObjectId | undefined) | undefined;
  readonly atStep: (step: string) => void;
}

export interface Integrated {
  /** Commits of other hosts that came. */
  readonly pulled: number;
  readonly refused: readonly RefusedOperation[];
}

/** How often it begins anew because a local write came first. Each time there is one write more to replay, and nothing else. */
const mostTurns = 50;

/**
 * Moves `main` to where `tip` is in its history: to `tip` itself where nothing was written here meanwhile, else to a join of both.
 * @throws UPSTREAM_UNUSABLE STORE_BUSY COMMIT_UNKNOWN
 */
export async function integrate(ports: IntegratePorts, tip: ObjectId): Promise<Integrated> {
  const { place } = ports;
  for (let turn = 1; turn <= mostTurns; turn++) {
    const main = place.readMain();
    if (place.isAncestor(tip, main)) return { pulled: 0, refused: [] };
    requireTickets(ports, tip);
    const isBehind = place.isAncestor(main, tip);
    const received = receivedBetween(ports, main, tip);
    // Bodies of tickets are merged by their headings, which only the full parsers know.
    if (!isBehind) await loadParsers();
    const { to, objects, refused } = isBehind
      ? { to: tip, objects: [], refused: [] }
      : planJoin(ports, main, tip);
    ports.atStep("join-planned");
    // Noted before it happens: a kill in between leaves notes about what is not in the history, which say nothing.
    noteReceived(place.root, received);
    ports.refusedOperations.add(to, refused);
    ports.atStep("refusals-noted");
    if (await moveMain(ports, main, to, objects)) {
      ports.atStep("joined");
      return { pulled: received.length, refused };
    }
  }
  throw new TicketError(
    "STORE_BUSY",
    "The ticket store was too busy to take in what the upstream has; nothing was changed",
    { waitedMs: 0 },
    { hint: "Run the same command again." },
  );
}

/** What other hosts wrote: not what this one sent itself, and is told of only now. */
function receivedBetween(
  { place, mine }: IntegratePorts,
  main: ObjectId,
  tip: ObjectId,
): readonly ObjectId[] {
  const commits = commitsBetween(place, main, tip);
  const own = mine?.();
  if (own === undefined) return commits;
  const sent = new Set(commitsBetween(place, main, own));
  return commits.filter((id) => !sent.has(id));
}

/** Commits on the line of `to` that `from` lacks, oldest first. */
export function commitsBetween(
  place: StorePlace,
  from: ObjectId | undefined,
  to: ObjectId,
): readonly ObjectId[] {
  if (from === to) return [];
  const near = from === undefined ? undefined : walkStraight(place.objects, to, from);
  if (near?.hasMet === true) return near.commits.map(({ id }) => id).reverse();
  const args = [
    "rev-list",
    "--first-parent",
    "--reverse",
    to,
    ...(from === undefined ? [] : [`^${from}`]),
    "--",
  ];
  return place.git
    .runSync(args)
    .stdout.split("\n")
    .filter((line) => line !== "");
}

/** @throws UPSTREAM_UNUSABLE the branch holds something else: the code, say */
export function requireTickets(
  { place, reader, upstream }: Pick<IntegratePorts, "place" | "reader" | "upstream">,
  tip: ObjectId,
): void {
  const { trusted } = reader.snapshot(tip);
  const layout = `${trusted}:${layoutFile}`;
  if (trusted !== undefined && place.objects.sizes([layout]).has(layout)) return;
  throw unusable(upstream, "there are no tickets of Wiggum in this branch");
}

function planJoin(ports: IntegratePorts, main: ObjectId, tip: ObjectId) {
  const { place, planner, reader, host, now } = ports;
  const steps = readLocalSteps({ ...ports }, place.mergeBase(main, tip), main);
  // What was pushed there and may not be is put back first, as the next write of that host would do.
  const mended = planner.planPutBack(tip);
  const ground = mended.commits.at(-1)?.id ?? tip;
  const replayed = replaySteps(ports, reader.snapshot(ground), steps);
  const { accepted, refused } = replayed;
  const seconds = Math.floor(now().getTime() / 1000);
  const to = place.objects.writeCommit({
    tree: replayed.tree,
    // The line of `main` goes on with what the upstream has; what was written here, refused or not, stays reachable.
    parents: [replayed.commit, main],
    message: formatMessage(
      {
        operationId: `sync-${main}-${tip}`,
        actor: { kind: "supervisor", id: "wiggum" },
        subject: `Sync: ${accepted} written here, ${refused.length} refused`,
        skipHooks: true,
        refused: refused.map(({ operationId }) => operationId),
      },
      [],
      host,
    ),
    authoredAtSeconds: seconds,
    committedAtSeconds: seconds,
  });
  return { to, objects: [...mended.objects, ...replayed.objects, to], refused };
}

/** `false` = somebody wrote meanwhile. */
function moveMain(
  { place, mutex, lockWaitMs, atStep }: IntegratePorts,
  from: ObjectId,
  to: ObjectId,
  objects: readonly ObjectId[],
): Promise<boolean> {
  return mutex.run(
    (held) => {
      place.recover();
      if (place.readMain() !== from) return false;
      const check = () => {
        if (!held.isOurs()) throw outcomeUnknown(to, "its lock file was replaced");
      };
      const moved = place.moveMain({ from, to, objects, check, atStep });
      if (moved === "held") return again;
      if (moved === "unknown" || moved === "unsynced")
        throw outcomeUnknown(to, "the disk or its lock failed");
      return moved === "moved";
    },
    { waitMs: lockWaitMs },
  );
}

function outcomeUnknown(to: ObjectId, why: string): TicketError<"COMMIT_UNKNOWN"> {
  return new TicketError(
    "COMMIT_UNKNOWN",
    `It is not known whether what the upstream has was taken in: ${why}`,
    { operationId: to },
    { hint: "Run 'wiggum ticket sync' again: it looks, and goes on from there." },
  );
}
