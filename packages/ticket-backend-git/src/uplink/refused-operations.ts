// What was written here, acknowledged, and then refused because another host was first. Kept beside the store until a person settles it.
import { appendFileSync, closeSync, existsSync, fdatasyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Fence, printable, TicketError, type TicketId } from "@wiggum/ticket-core";
import { readTextIfThere } from "../files.js";
import type { ObjectId } from "../objects.js";
import type { StorePlace } from "../store-place.js";
import type { RefusedOperation } from "./uplink.js";
import { uplinkPaths } from "./uplink-paths.js";

/** One line of the file: a refusal that counts once `join` is in the history of `main`, or that operations were settled. */
type Line =
  | { readonly join: ObjectId; readonly operation: RefusedOperation }
  | { readonly settled: readonly string[] };

export interface RefusedOperations {
  /** Those that nobody has settled, oldest first. */
  list(): readonly RefusedOperation[];
  /** Before `main` moves to `join`: killed in between, they do not count. */
  add(join: ObjectId, operations: readonly RefusedOperation[]): void;
  /** A person has seen them. Their claims stay refused. */
  settle(operationIds: readonly string[]): void;
  /** @throws TICKET_FENCED the claim that this fence shows was refused */
  checkFence(fence: Fence | undefined, actorId: string): void;
}

export function createRefusedOperations(place: StorePlace): RefusedOperations {
  const path = join(place.root, uplinkPaths.refused);

  function read(): readonly Line[] {
    return (readTextIfThere(path) ?? "").split("\n").flatMap(parse);
  }

  function append(line: Line): void {
    mkdirSync(dirname(path), { recursive: true });
    // A line that a kill cut off must not swallow this one.
    const text = readTextIfThere(path) ?? "";
    const gap = text === "" || text.endsWith("\n") ? "" : "\n";
    appendFileSync(path, `${gap}${JSON.stringify(line)}\n`);
    const descriptor = openSync(path, "r+");
    try {
      fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  function counting(lines: readonly Line[]): readonly RefusedOperation[] {
    const main = place.readMain();
    const joins = new Map<ObjectId, boolean>();
    const found = new Map<string, RefusedOperation>();
    for (const line of lines) {
      if (!("join" in line)) continue;
      const counts = joins.get(line.join) ?? place.isAncestor(line.join, main);
      joins.set(line.join, counts);
      if (counts) found.set(line.operation.commit, line.operation);
    }
    return [...found.values()];
  }

  return {
    list() {
      const lines = read();
      const settled = new Set(lines.flatMap((line) => ("settled" in line ? line.settled : [])));
      return counting(lines).filter(({ operationId }) => !settled.has(operationId));
    },
    add(join, operations) {
      for (const operation of operations) append({ join, operation });
    },
    settle(operationIds) {
      if (operationIds.length > 0) append({ settled: operationIds });
    },
    checkFence(fence, actorId) {
      // Where there is no upstream, and where nothing was ever refused, this is all that a write pays.
      if (fence === undefined || !existsSync(path)) return;
      const isMeant = ({ id, epoch }: { readonly id: TicketId; readonly epoch: number }) =>
        id === fence.id && epoch === fence.epoch;
      const lines = read().filter((line) => "join" in line && line.operation.claims.some(isMeant));
      const [refused] = counting(lines);
      if (refused === undefined) return;
      throw new TicketError(
        "TICKET_FENCED",
        `The claim of ${printable(actorId)} on ${fence.id} was refused by the upstream: ${refused.reason}`,
        { id: fence.id, epoch: fence.epoch, current: fence.epoch, refused: refused.reason },
        { hint: "Nothing was written. Stop working on it: it is another host's." },
      );
    },
  };
}

function parse(text: string): readonly Line[] {
  try {
    const value = JSON.parse(text) as Line;
    return typeof value === "object" && value !== null ? [value] : [];
  } catch {
    return []; // An empty line, or one that a kill cut off: what it was about did not happen.
  }
}
