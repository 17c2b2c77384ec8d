// What differs between two trees, without looking at what does not.
import { parseTree, type TreeEntry } from "../objects.js";

/** An entry before and after; the name's bytes as Latin-1. */
export interface EntryChange {
  readonly name: string;
  readonly before?: TreeEntry | undefined;
  readonly after?: TreeEntry | undefined;
}

const stretchBytes = 4096;

/**
 * The entries that differ between two raw trees of one level. Equal stretches at both ends are compared as bytes; between the first and the last
 * difference every entry is looked at.
 */
export function changedEntries(before: Buffer, after: Buffer, idBytes: number): readonly EntryChange[] {
  const start = entryStart(before, firstDifference(before, after), idBytes);
  const [leftEnd, rightEnd] = endsOf(before, after, start, idBytes);
  const left = parseTree(before.subarray(start, leftEnd), idBytes);
  const right = parseTree(after.subarray(start, rightEnd), idBytes);
  const old = new Map(left.map((entry) => [entry.name, entry]));
  const changes: EntryChange[] = [];
  for (const entry of right) {
    const known = old.get(entry.name);
    old.delete(entry.name);
    if (known?.id !== entry.id || known.mode !== entry.mode) {
      changes.push({ name: entry.name, before: known, after: entry });
    }
  }
  for (const entry of old.values()) changes.push({ name: entry.name, before: entry });
  return changes;
}

/** Where the part ends that is looked at: behind it both trees have the same bytes, and these begin with an entry in both. */
function endsOf(before: Buffer, after: Buffer, start: number, idBytes: number): readonly [number, number] {
  const equal = equalTail(before, after, start);
  const left = endOfEntries(before, start, before.length - equal, idBytes);
  const right = endOfEntries(after, start, after.length - equal, idBytes);
  return before.length - left === after.length - right ? [left, right] : [before.length, after.length];
}

/** Offset of the first byte that differs, or the length of the shorter one. */
function firstDifference(left: Buffer, right: Buffer): number {
  const end = Math.min(left.length, right.length);
  let offset = 0;
  while (
    offset + stretchBytes <= end &&
    left.compare(right, offset, offset + stretchBytes, offset, offset + stretchBytes) === 0
  ) {
    offset += stretchBytes;
  }
  while (offset < end && left[offset] === right[offset]) offset += 1;
  return offset;
}

/** How many bytes at the end are equal, at most down to `start`. */
function equalTail(left: Buffer, right: Buffer, start: number): number {
  const most = Math.min(left.length, right.length) - start;
  let equal = 0;
  while (equal + stretchBytes <= most) {
    const [atLeft, atRight] = [left.length - equal, right.length - equal];
    if (left.compare(right, atRight - stretchBytes, atRight, atLeft - stretchBytes, atLeft) !== 0) break;
    equal += stretchBytes;
  }
  while (equal < most && left[left.length - equal - 1] === right[right.length - equal - 1]) equal += 1;
  return equal;
}

/** Where the entry begins in which this offset lies. */
function entryStart(tree: Buffer, offset: number, idBytes: number): number {
  let start = 0;
  while (start < tree.length) {
    const next = endOfEntry(tree, start, idBytes);
    if (next > offset) return start;
    start = next;
  }
  return start;
}

/** The first border between entries, from `start` on, that is not before `offset`. */
function endOfEntries(tree: Buffer, start: number, offset: number, idBytes: number): number {
  let end = start;
  while (end < offset && end < tree.length) end = endOfEntry(tree, end, idBytes);
  return Math.min(end, tree.length);
}

function endOfEntry(tree: Buffer, start: number, idBytes: number): number {
  let at = start;
  while (at < tree.length && tree[at] !== 0) at += 1;
  return at + 1 + idBytes;
}
