// Files as the journal keeps them: one that differs from its forerunner in one place is kept as that place, so that a thread of a thousand events
// does not take the room of a thousand threads.
import { createHash } from "node:crypto";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

/** Kept contents, by their hash. */
export interface JournalBytes {
  /** Keeps a content and answers its hash; `base` is one that is kept, and much like it. */
  keep(content: Uint8Array, base?: Uint8Array): string;
  /** @throws Error when it is not kept */
  read(hash: string): Uint8Array;
}

export const bytesSchema = `
CREATE TABLE contents (
  hash TEXT PRIMARY KEY, base TEXT, prefix INTEGER NOT NULL, suffix INTEGER NOT NULL, depth INTEGER NOT NULL, bytes BLOB NOT NULL
);
`;

/** How many steps a content may be away from one that is kept whole. */
const maxDepth = 32;

interface Row {
  readonly base: string | null;
  readonly prefix: number;
  readonly suffix: number;
  readonly depth: number;
  readonly bytes: Uint8Array;
}

/** `prepared` keeps the statements of the database. */
export function createJournalBytes(
  prepared: (sql: string) => ReturnType<DatabaseSync["prepare"]>,
): JournalBytes {
  const rowOf = (hash: string) =>
    prepared("SELECT base, prefix, suffix, depth, bytes FROM contents WHERE hash = ?").get(hash) as
      | (Row & Record<string, unknown>)
      | undefined;
  const insert = (...values: SQLInputValue[]) =>
    prepared("INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?)").run(...values);

  function read(hash: string): Uint8Array {
    const row = rowOf(hash);
    if (row === undefined) throw new Error(`The journal lacks the content ${hash}`);
    if (row.base === null) return row.bytes;
    const base = read(row.base);
    return Buffer.concat([base.subarray(0, row.prefix), row.bytes, base.subarray(base.length - row.suffix)]);
  }

  return {
    keep(content, base) {
      const hash = hashOf(content);
      if (rowOf(hash) !== undefined) return hash;
      const baseHash = base === undefined ? undefined : hashOf(base);
      const known = baseHash === undefined ? undefined : rowOf(baseHash);
      if (base !== undefined && baseHash !== undefined && known !== undefined && known.depth < maxDepth) {
        const [prefix, suffix] = commonEnds(base, content);
        const middle = content.subarray(prefix, content.length - suffix);
        if (middle.length * 2 < content.length) {
          insert(hash, baseHash, prefix, suffix, known.depth + 1, middle);
          return hash;
        }
      }
      insert(hash, null, 0, 0, 0, content);
      return hash;
    },
    read,
  };
}

/** How many bytes are the same at the beginning, and, of the rest, at the end. */
function commonEnds(one: Uint8Array, other: Uint8Array): readonly [prefix: number, suffix: number] {
  const most = Math.min(one.length, other.length);
  let prefix = 0;
  while (prefix < most && one[prefix] === other[prefix]) prefix += 1;
  let suffix = 0;
  while (suffix < most - prefix && one[one.length - 1 - suffix] === other[other.length - 1 - suffix]) {
    suffix += 1;
  }
  return [prefix, suffix];
}

function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
