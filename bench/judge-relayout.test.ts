// A move to another layout that changes what it moves must be condemned; one that only moves must not.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judgeRelayouts } from "./judge-relayout.mjs";
import { commented, fresh, type HandMadeStore, makeStore } from "./store.fixture.js";
import { readHistory } from "./store-history.mjs";

const [one, two] = ["tk-0001", "tk-1b02"] as const;
let store: HandMadeStore;

beforeEach(() => {
  store = makeStore();
  store.commit("CREATE-1", one, fresh(one));
  store.commit("CREATE-2", two, fresh(two));
});

afterEach(() => store.remove());

/** Moves these tickets into their folders, as Wiggum says it. */
function move(ids: readonly string[], says: Readonly<Record<string, string>> = {}): void {
  for (const id of ids) {
    const folder = id.slice(3, 5);
    mkdirSync(store.path(folder), { recursive: true });
    renameSync(store.path(`${id}.md`), store.path(`${folder}/${id}.md`));
  }
  writeFileSync(store.path(".wiggum-layout"), "version: 2\nlayout: fan-out\n");
  const base = store.git("rev-parse", "HEAD").trim();
  const trailers = { Op: `relayout-fan-out-${base}`, Actor: "wiggum", Kind: "supervisor", ...says };
  const lines = Object.entries(trailers).map(([key, value]) => `${key}: ${value}`);
  store.git("add", "--all");
  store.git("commit", "-q", "-m", `Move\n\n${lines.join("\n")}`);
}

function judge() {
  const [, ...history] = readHistory(store.path(".git"));
  return judgeRelayouts(store.path(".git"), history);
}

describe("the judge of moves", () => {
  test("takes one that moves every ticket and changes none, and leaves all other commits to others", () => {
    move([one, two]);
    const { commits, findings } = judge();
    expect(findings).toEqual([]);
    expect([...commits]).toEqual([store.git("rev-parse", "HEAD").trim()]);
  });

  test("finds a ticket that was changed on the way", () => {
    writeFileSync(store.path(`${one}.md`), commented(fresh(one), "words"));
    move([one, two]);
    expect(judge().findings).toEqual([expect.stringMatching(/ changes what it moves$/)]);
  });

  test("finds a ticket that was lost on the way", () => {
    store.git("rm", "-q", `${two}.md`);
    move([one]);
    expect(judge().findings).toEqual([expect.stringMatching(/ changes what it moves$/)]);
  });

  test("finds one that was left behind, and a move that says more than it does", () => {
    move([one], { Ticket: one });
    expect(judge().findings).toEqual([
      expect.stringMatching(/ says more than it does$/),
      expect.stringMatching(/ leaves tk-1b02\.md where it was$/),
    ]);
  });
});
