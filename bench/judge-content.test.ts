import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Attempt,
  attempt,
  claimedBy,
  commented,
  created,
  dependingOn,
  fresh,
  type HandMadeStore,
  heldBy,
  makeStore,
} from "./store.fixture.js";

const [one, two] = ["tk-0001", "tk-0002"];
const setUp = [created("CREATE", one), created("CREATE-2", two)];
const change = (operationId: string, effect: object, status?: string) =>
  attempt(operationId, { ticket: one, ...effect }, status);
const first = change("FIRST", { kind: "comment", author: "w", text: "first" });
const second = change("SECOND", { kind: "comment", author: "w", text: "second" });
const assignA = change("ASSIGN-A", { kind: "assign", agent: "a" });
const assignB = change("ASSIGN-B", { kind: "assign", agent: "b" });
const claim = change("CLAIM", { kind: "claim", agent: "a" });
const depend = change("DEPEND", { kind: "dependency", on: two });

let store: HandMadeStore;
const read = (id = one) => store.read(id);
const commit = (operation: string, text: string) => store.commit(operation, one, text);
const undo = (count = 1) => store.git("reset", "-q", "--hard", `HEAD~${count}`);
const judge = (...attempts: readonly Attempt[]) => store.judge(...setUp, ...attempts);

beforeEach(() => {
  store = makeStore();
  store.commit("CREATE", one, fresh(one));
  store.commit("CREATE-2", two, fresh(two));
});

afterEach(() => store.remove());

// P25: a checker that only counts commits calls an overwritten comment a success.
describe("the judge of what writes did to the text", () => {
  test("finds nothing where every write did its work, and only that", () => {
    commit("FIRST", commented(read(), "first"));
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("SECOND", commented(read(), "second"));
    commit("ASSIGN-B", heldBy(read(), "b", 1));
    commit("DEPEND", dependingOn(read(), two));
    commit("CLAIM", claimedBy(read(), "a", 2));
    const refused = change("NEVER", { kind: "comment", author: "w", text: "never" }, "refused");
    const killed = change("KILLED", { kind: "comment", author: "w", text: "killed" }, "killed");
    expect(judge(first, second, assignA, assignB, depend, claim, refused, killed)).toEqual([]);
  });

  test("an overwritten comment: a write that was made from a stale text", () => {
    const stale = read();
    commit("FIRST", commented(stale, "first"));
    commit("SECOND", commented(stale, "second"));
    expect(judge(first, second)).toEqual([
      expect.stringMatching(/^content: .* overwrites what stood there$/),
      "content: comment of FIRST (acknowledged) is in tk-0001 0 times, not 1",
    ]);
  });

  test("an empty commit in the name of an acknowledged write", () => {
    commit("FIRST", read());
    expect(judge(first)).toEqual([
      expect.stringMatching(/^empty: .* changes nothing$/),
      expect.stringMatching(/^content: .* does not add its comment once$/),
      "content: comment of FIRST (acknowledged) is in tk-0001 0 times, not 1",
    ]);
  });

  test("a file that was merged by union: both holders, or a comment twice", () => {
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("ASSIGN-B", read().replace("updated_at", "assigned_agent_id: b\nupdated_at"));
    expect(judge(assignA, assignB)).toEqual([
      expect.stringMatching(/tk-0001\.md cannot be read$/),
      "content: create of CREATE (acknowledged) is in tk-0001 0 times, not 1",
      "content: tk-0001 is held by undefined, the last to win was b",
    ]);
    undo(2);
    commit("FIRST", commented(read(), "first"));
    commit("SECOND", commented(commented(read(), "first"), "second"));
    expect(judge(first, second)).toEqual([
      expect.stringMatching(/^content: .* adds something else than its comment$/),
      "content: comment of FIRST (acknowledged) is in tk-0001 2 times, not 1",
    ]);
  });

  test("a comment of somebody else, without its mark, or with words that nobody wrote", () => {
    for (const text of [
      commented(read(), "first", "somebody"),
      commented(read(), "first").replace(/<!--.*-->\n/, ""),
      commented(read(), "more\n\nfirst"),
      commented(read(), "first").replace(/"kind":"comment"/, '"kind":"feedback"'),
    ]) {
      commit("FIRST", text);
      expect(judge(first)).toEqual([expect.stringMatching(/adds something else than its comment$/)]);
      undo();
    }
  });

  test("an assignment that another write took back", () => {
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("FIRST", commented(heldBy(read(), "b"), "first"));
    expect(judge(assignA, first)).toEqual([
      expect.stringMatching(/^content: .* changes assigned_agent_id$/),
      "content: tk-0001 is held by b, the last to win was a",
    ]);
  });

  test("a hold of somebody else, without its time, or in the epoch of the one before", () => {
    commit("ASSIGN-A", heldBy(read(), "b"));
    expect(judge(assignA)).toContainEqual(expect.stringMatching(/^content: .* names b, not a$/));
    undo();
    commit("ASSIGN-A", heldBy(read(), "a").replace(/assigned_at: .*/, "assigned_at: soon"));
    expect(judge(assignA)).toEqual([expect.stringMatching(/tells no time of the assignment$/)]);
    undo();
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("ASSIGN-B", heldBy(read(), "b"));
    expect(judge(assignA, assignB)).toEqual([expect.stringMatching(/^content: .* leaves epoch 0$/)]);
    undo(2);
    commit("CLAIM", claimedBy(read(), "a", 4));
    expect(judge(claim)).toEqual([expect.stringMatching(/^content: .* leaves epoch 4$/)]);
  });

  test("a dependency that is not there, and a refused comment that is", () => {
    commit("DEPEND", read().replace(/updated_at: .*/, "updated_at: 2026-01-03T00:00:00Z"));
    store.commit("OTHER", one, commented(read(), "never"));
    expect(judge(depend, change("NEVER", { kind: "comment", text: "never" }, "refused"))).toEqual([
      expect.stringMatching(/^unissued: .* is operation OTHER, which nobody sent$/),
      expect.stringMatching(/^content: .* does not add exactly tk-0002$/),
      "content: dependency of DEPEND (acknowledged) is in tk-0001 0 times, not 1",
      "content: comment of NEVER (refused) is in tk-0001 1 times, not 0",
    ]);
  });

  test("a write that changes another ticket, or another one as well", () => {
    writeFileSync(store.path(`${two}.md`), commented(read(two), "other"));
    commit("FIRST", commented(read(), "first"));
    expect(judge(first)).toEqual([expect.stringMatching(/^stray: .* touches tk-0001\.md tk-0002\.md$/)]);
    undo();
    store.commit("FIRST", two, commented(read(two), "first"));
    expect(judge(first)).toContain("content: comment of FIRST (acknowledged) is in tk-0001 0 times, not 1");
  });

  test("a write that changes what its kind does not touch: title, priority, text, or a key of its own", () => {
    const changes: readonly [string, string | RegExp, string, RegExp][] = [
      ["FIRST", "# title", "# other title", /overwrites what stood there$/],
      ["ASSIGN-A", "# title", "# other title", /changes the text$/],
      ["ASSIGN-A", "priority: 2", "priority: 0", /changes priority$/],
      ["DEPEND", "blocks: []", "blocks: []\nreviewer: ann", /changes reviewer$/],
      ["CLAIM", /updated_at: .*/, "updated_at: soon", /tells no time$/],
    ];
    for (const [operation, from, to, finding] of changes) {
      const done = {
        FIRST: commented(read(), "first"),
        "ASSIGN-A": heldBy(read(), "a"),
        DEPEND: dependingOn(read(), two),
        CLAIM: claimedBy(read(), "a"),
      }[operation];
      commit(operation, done?.replace(from, to) ?? "");
      const sent = [first, assignA, depend, claim].filter(({ operationId }) => operationId === operation);
      expect(judge(...sent)).toEqual([expect.stringMatching(finding)]);
      undo();
    }
  });

  test("a new ticket that is not as it was asked for", () => {
    const three = "tk-0003";
    const made = created("CREATE-3", three);
    const changes: readonly [string | RegExp, string, RegExp][] = [
      ["# title of", "# other title of", /has another title$/],
      ["priority: 2", "priority: 1", /begins with priority "1"$/],
      ["id: tk-0003", "id: tk-0001", /begins with id "tk-0001"$/],
      ["depends_on: []", "depends_on:\n  - tk-0001", /begins with depends_on \["tk-0001"\]$/],
      [/created_at: .*/, "created_at: 2020-01-01T00:00:00Z", /tells no time of its making$/],
      ["## Comments", "## Words", /^content: new tickets begin with 2 different texts$/],
    ];
    for (const [from, to, finding] of changes) {
      store.commit("CREATE-3", three, fresh(three).replace(from, to));
      expect(judge(made)).toContainEqual(expect.stringMatching(finding));
      undo();
    }
    store.commit("CREATE-3", two, fresh(two, "title of tk-0003"));
    expect(judge(made)).toContainEqual(expect.stringMatching(/overwrites a ticket$/));
    expect(judge(made)).toContainEqual(expect.stringMatching(/makes tk-0002.md$/));
  });

  test("a ticket that a write of something else brings into being, and an operation without a known effect", () => {
    store.commit("FIRST", "tk-0003", fresh("tk-0003"));
    expect(judge({ ...first, effect: { ...first.effect, ticket: "tk-0003" } })).toContainEqual(
      expect.stringMatching(/brings the ticket into being$/),
    );
    expect(judge({ operationId: "FIRST", status: "acknowledged" })).toEqual([
      expect.stringMatching(/^content: .* nobody knows what FIRST was to do$/),
    ]);
  });
});
