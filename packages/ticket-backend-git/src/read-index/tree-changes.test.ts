import { expect, test } from "vitest";
import type { TreeEntry } from "../objects.js";
import { changedEntries } from "./tree-changes.js";

const idBytes = 20;

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/** Ids full of the bytes that borders of entries are made of. */
function idOf(pick: (below: number) => number): string {
  const bytes = Array.from({ length: idBytes }, () => [0, 0x20, 0x31, 0x6d, pick(256)][pick(5)] ?? 0);
  return Buffer.from(bytes).toString("hex");
}

function rawTree(entries: ReadonlyMap<string, TreeEntry>): Buffer {
  const sorted = [...entries.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, id }) => [
      Buffer.from(`${mode} ${name}\0`, "latin1"),
      Buffer.from(id, "hex"),
    ]),
  );
}

test("what differs between two trees is what differs entry by entry, whatever bytes their ids have", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const pick = random(seed);
    const before = new Map<string, TreeEntry>();
    const make = (): TreeEntry => ({
      mode: pick(4) === 0 ? "40000" : "100644",
      name: `tk-${pick(300)
        .toString(16)
        .padStart(pick(3) + 1, "0")}.md`,
      id: idOf(pick),
    });
    for (let count = pick(300); count > 0; count--) {
      const entry = make();
      before.set(entry.name, entry);
    }
    const after = new Map(before);
    for (let count = pick(6); count > 0; count--) {
      const entry = make();
      const names = [...after.keys()];
      const known = names[pick(Math.max(1, names.length))] ?? entry.name;
      if (pick(3) === 0) after.delete(known);
      else if (pick(2) === 0) after.set(known, { ...entry, name: known });
      else after.set(entry.name, entry);
    }
    const expected = [...new Set([...before.keys(), ...after.keys()])]
      .map((name) => ({ name, before: before.get(name), after: after.get(name) }))
      .filter(
        (change) => change.before?.id !== change.after?.id || change.before?.mode !== change.after?.mode,
      );
    const found = changedEntries(rawTree(before), rawTree(after), idBytes);
    const byName = (left: { readonly name: string }, right: { readonly name: string }) =>
      left.name < right.name ? -1 : 1;
    expect(
      found
        .toSorted(byName)
        .map(({ name, ...sides }) => ({ name, before: sides.before, after: sides.after })),
      `seed ${seed}`,
    ).toEqual(expected.toSorted(byName));
  }
});
