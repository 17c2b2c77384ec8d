// Which operation is which commit. The answer is in the history (trailer `Op`); a disposable file spares reading all of it each time.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OperationId } from "@wiggum/ticket-core";
import { readTextIfThere, writeFileAtomically } from "./files.js";
import type { ObjectId } from "./objects.js";
import { storePaths } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import { readLog, readSince } from "./timeline.js";

export interface Operations {
  /** The commit of this operation in the history of `tip`. */
  find(operationId: OperationId, tip: ObjectId): ObjectId | undefined;
  /** Under the write mutex, after `main` moved from `base` to the last of `commits`. */
  record(
    base: ObjectId,
    commits: readonly { readonly id: ObjectId; readonly operationId: OperationId }[],
  ): void;
}

interface Known {
  /** Everything in the history of this commit is in `commits`. */
  upTo: ObjectId;
  readonly commits: Map<OperationId, ObjectId>;
}

/** One line per commit, oldest first: its id, and the operation id (URI-encoded) where it has one. */
const heading = "wiggum operations 1";

export function createOperations(place: StorePlace): Operations {
  const path = join(place.root, storePaths.operations);
  let known: Known | undefined;

  function advance(tip: ObjectId): Known {
    known ??= parseFile(readTextIfThere(path));
    if (known?.upTo === tip) return known;
    const since = known === undefined ? undefined : readSince(place, known.upTo, tip);
    const commits = (since && known?.commits) ?? new Map<OperationId, ObjectId>();
    // Parents first: what a sync refused is taken out again, and what was then written anew is in once more.
    for (const { id, own } of (since ?? readLog(place, { tip, isOwn: true })).toReversed()) {
      if (own === undefined) continue;
      commits.set(own.operationId, id);
      for (const refused of own.refused ?? []) commits.delete(refused);
    }
    known = { upTo: tip, commits };
    return known;
  }

  return {
    find: (operationId, tip) => advance(tip).commits.get(operationId),
    record(base, commits) {
      const tip = commits.at(-1);
      if (tip === undefined) return;
      const state = known?.upTo === base ? known : advance(base);
      for (const { id, operationId } of commits) state.commits.set(operationId, id);
      state.upTo = tip.id;
      try {
        const text = readTextIfThere(path);
        const isAtBase = text !== undefined && parseTail(text) === base;
        if (isAtBase)
          appendFileSync(path, commits.map(({ id, operationId }) => line(id, operationId)).join(""));
        else {
          mkdirSync(dirname(path), { recursive: true });
          writeFileAtomically(path, formatFile(state));
        }
      } catch {
        // The write itself is done and safe. A file that lags behind, or is missing, costs a look into the history.
      }
    },
  };
}

function line(id: ObjectId, operationId: OperationId): string {
  return `${id} ${encodeURIComponent(operationId)}\n`;
}

function formatFile({ upTo, commits }: Known): string {
  const lines = [...commits]
    .filter(([, id]) => id !== upTo)
    .map(([operationId, id]) => line(id, operationId));
  const [last] = [...commits].find(([, id]) => id === upTo) ?? [];
  return `${heading}\n${lines.join("")}${last === undefined ? `${upTo}\n` : line(upTo, last)}`;
}

/** The commit of the last whole line. A line cut off by a kill does not count, nor does one that another was appended to. */
function parseTail(text: string): ObjectId | undefined {
  if (!text.startsWith(`${heading}\n`) || !text.endsWith("\n")) return undefined;
  const last = text.slice(text.lastIndexOf("\n", text.length - 2) + 1, -1);
  return /^([0-9a-f]{40,64})(?: \S+)?$/.exec(last)?.[1];
}

function parseFile(text: string | undefined): Known | undefined {
  if (text === undefined || parseTail(text) === undefined) return undefined;
  const commits = new Map<OperationId, ObjectId>();
  let upTo: ObjectId | undefined;
  for (const entry of text.split("\n").slice(1, -1)) {
    const [, id, operation] = /^([0-9a-f]{40,64})(?: (\S+))?$/.exec(entry) ?? [];
    if (id === undefined) return undefined;
    upTo = id;
    if (operation !== undefined) commits.set(decodeURIComponent(operation), id);
  }
  return upTo === undefined ? undefined : { upTo, commits };
}
