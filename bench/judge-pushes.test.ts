import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judgePushes } from "./judge-pushes.mjs";
import { commented, fresh, type HandMadeStore, makeStore } from "./store.fixture.js";
import { readHistory } from "./store-history.mjs";

const one = "tk-0001";
let store: HandMadeStore;
let broken = "";

beforeEach(() => {
  store = makeStore();
  store.commit("CREATE", one, fresh(one));
  broken = pushed(fresh(one).replace("state: ready", "state: flying"));
});

afterEach(() => store.remove());

/** A commit by hand, as plain git makes it. */
function pushed(text: string): string {
  writeFileSync(store.path(`${one}.md`), text);
  store.git("commit", "-q", "--all", "-m", "By hand");
  return store.git("rev-parse", "HEAD").trim();
}

const push = (commit: string, isLegal: boolean, status = "acknowledged") => ({ commit, isLegal, status });

function judge(...pushes: readonly object[]): readonly string[] {
  const [, ...history] = readHistory(store.path(".git"));
  return judgePushes(store.path(".git"), history, pushes).findings;
}

describe("the judge of plain pushes", () => {
  test("takes a push that may not be when the next writer puts it back, and one that nobody has met yet", () => {
    expect(judge(push(broken, false))).toEqual([]);
    store.commit(`reject-${broken.slice(0, 12)}-${one}`, one, fresh(one));
    store.commit("COMMENT", one, commented(fresh(one), "words"));
    expect(judge(push(broken, false))).toEqual([]);
  });

  test("finds a writer who went on without putting it back", () => {
    store.commit("COMMENT", one, commented(store.read(one), "words"));
    expect(judge(push(broken, false))).toEqual([
      expect.stringMatching(/^put back: .* was written before .* was put back$/),
      `put back: the push ${broken} was never put back`,
    ]);
  });

  test("finds one that was put back otherwise than it was, and a legal one that was put back", () => {
    store.commit(
      `reject-${broken.slice(0, 12)}-${one}`,
      one,
      fresh(one).replace("priority: 2", "priority: 1"),
    );
    expect(judge(push(broken, false))).toEqual([
      expect.stringMatching(/^put back: .* leaves tk-0001.md other than it was/),
    ]);
    expect(judge(push(broken, true))).toEqual([
      expect.stringMatching(/^put back: .*, which nobody may put back$/),
    ]);
  });

  test("finds a push that git took and that is gone, and one that git refused and that is there", () => {
    expect(judge(push(broken, false, "refused"))).toEqual([
      `phantom: the push ${broken} was refused, yet it is there`,
    ]);
    expect(judge(push(broken, false), push("0".repeat(40), true))).toEqual([
      `lost: git took the push ${"0".repeat(40)}, it is not there`,
    ]);
  });
});
