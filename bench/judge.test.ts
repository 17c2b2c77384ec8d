import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  makeStore,
} from "./store.fixture.js";

const [one, two] = ["tk-0001", "tk-0002"];
const setUp = [created("CREATE", one), created("CREATE-2", two)];
const claim = attempt("CLAIM", { kind: "claim", ticket: one, agent: "a" });
const comment = attempt("COMMENT", { kind: "comment", ticket: one, author: "w", text: "words" });
const killed = attempt("KILLED", { kind: "comment", ticket: one, author: "w", text: "never" }, "killed");

let store: HandMadeStore;
const judge = (...attempts: readonly Attempt[]) => store.judge(...setUp, ...attempts);

beforeEach(() => {
  store = makeStore();
  store.commit("CREATE", one, fresh(one));
  store.commit("CREATE-2", two, fresh(two));
});

afterEach(() => store.remove());

// P25: a checker that finds nothing in a broken history proves nothing.
describe("the judge of the race bench, by what each commit says", () => {
  test("finds nothing where every commit is an operation that was issued", () => {
    store.commit("CLAIM", one, claimedBy(fresh(one), "a"));
    const beaten = attempt("BEATEN", { kind: "claim", ticket: one, agent: "b" }, "refused");
    expect(judge(claim, beaten, killed)).toEqual([]);
  });

  test("finds what was acknowledged and is not there", () => {
    expect(judge(comment)).toEqual([
      "lost: acknowledged COMMENT is in no commit",
      "content: comment of COMMENT (acknowledged) is in tk-0001 0 times, not 1",
    ]);
  });

  test("finds an operation that was applied twice", () => {
    store.commit("COMMENT", one, commented(fresh(one), "words"));
    store.commit("COMMENT", one, commented(store.read(one), "words"));
    expect(judge(comment)).toEqual([
      "duplicate: operation COMMENT is in 2 commits",
      "content: comment of COMMENT (acknowledged) is in tk-0001 2 times, not 1",
    ]);
  });

  test("finds a refusal that was written", () => {
    store.commit("NO", one, claimedBy(fresh(one), "a"));
    const refused = attempt("NO", { kind: "claim", ticket: one, agent: "a" }, "refused");
    expect(judge(refused)).toEqual([expect.stringMatching(/^phantom: NO was refused, yet it is in /)]);
  });

  test("finds a change that no operation made, one that nobody sent, and one in the name of two", () => {
    store.commit(undefined, one, commented(fresh(one), "words"));
    expect(judge()).toEqual([expect.stringMatching(/^unissued: .* names 0 operations, not one$/)]);
    store.commit("UNKNOWN", two, commented(fresh(two), "words"));
    expect(judge().slice(1)).toEqual([expect.stringMatching(/ is operation UNKNOWN, which nobody sent$/)]);
    store.git("reset", "-q", "--hard", "HEAD~2");
    store.commit("COMMENT", one, commented(fresh(one), "words"), { Cause: "x\nOp: KILLED" });
    expect(judge(comment, killed)).toContainEqual(
      expect.stringMatching(/^unissued: .* names 2 operations, not one$/),
    );
  });

  test("finds an override, a cause and skipped hooks: nobody asks for them in a race", () => {
    const done = claimedBy(fresh(one), "a").replace("in-progress", "done");
    for (const says of [{ Override: "release" }, { Cause: "spawn failed" }, { Hooks: "skipped" }]) {
      store.commit("CLAIM", one, claimedBy(fresh(one), "a"), says);
      expect(judge(claim)).toEqual([expect.stringMatching(/^unissued: .* nobody asked for that$/)]);
      store.git("reset", "-q", "--hard", "HEAD~1");
    }
    store.commit("CLAIM", one, done, { Override: "release" });
    expect(judge(claim)).toContainEqual(expect.stringMatching(/^illegal: tk-0001.md goes ready -> done/));
  });

  test("finds a ticket that vanishes, though nothing was said about it", () => {
    for (const operation of [undefined, "UNKNOWN", "CLAIM"]) {
      store.commit(operation, one, undefined);
      expect(judge(claim)).toContainEqual(expect.stringMatching(/^gone: tk-0001.md vanishes in /));
      expect(judge(claim)).toContain("content: create of CREATE (acknowledged) is in tk-0001 0 times, not 1");
      store.git("reset", "-q", "--hard", "HEAD~1");
    }
  });

  test("finds whatever is no ticket, also below a ticket's name and from the first commit on", () => {
    const foreign = () => judge(comment).filter((finding) => finding.startsWith("foreign: "));
    for (const name of ["notes.txt", "Tk-0001.md", "README.md", ".gitattributes", "tk-0009"]) {
      writeFileSync(store.path(name), "foreign");
      store.commit("COMMENT", one, commented(fresh(one), "words"));
      expect(foreign()).toEqual([expect.stringContaining(` brings ${name} (100644)`)]);
      store.git("reset", "-q", "--hard", "HEAD~1");
    }
    rmSync(store.path(`${two}.md`));
    symlinkSync(`${one}.md`, store.path(`${two}.md`));
    store.commit("COMMENT", one, commented(fresh(one), "words"));
    expect(foreign()).toEqual([expect.stringContaining(" brings tk-0002.md (120000)")]);
    store.git("reset", "-q", "--hard", "HEAD~1");
    chmodSync(store.path(`${one}.md`), 0o755);
    store.commit("COMMENT", one, commented(fresh(one), "words"));
    expect(foreign()).toEqual([expect.stringContaining(" brings tk-0001.md (100755)")]);

    store.git("checkout", "-q", "--orphan", "other");
    store.git("commit", "-q", "-m", "Initial commit");
    store.git("branch", "-q", "-M", "main");
    expect(foreign()).toEqual([
      "foreign: tk-0001.md (100755) is there from the first commit",
      "foreign: tk-0002.md (100644) is there from the first commit",
    ]);
  });

  test.each<[string, () => void, RegExp]>([
    [
      "a claim without a new epoch",
      () => store.commit("CLAIM", one, claimedBy(fresh(one), "a", 0)),
      /^claim w/,
    ],
    [
      "a chain that does not meet",
      () => store.commit("CLAIM", one, claimedBy(fresh(one), "a"), { From: "qa" }),
      /^broken chain: .* says qa, in-progress, 1 of tk-0001.md, which goes ready, in-progress, 1$/,
    ],
    [
      "an epoch that is told wrong",
      () => store.commit("CLAIM", one, claimedBy(fresh(one), "a"), { Epoch: "7" }),
      /^broken chain: /,
    ],
    [
      "an epoch that falls",
      () => {
        store.commit("CLAIM", one, claimedBy(fresh(one), "a", 2));
        store.commit("KILLED", one, commented(claimedBy(fresh(one), "a"), "never"));
      },
      /^epoch of tk-0001.md falls/,
    ],
    [
      "a cycle",
      () => {
        store.commit("A", one, dependingOn(fresh(one), two));
        store.commit("B", two, dependingOn(fresh(two), one));
      },
      /^dependency cycle: tk-0001 -> tk-0002 -> tk-0001$/,
    ],
    [
      "a file that cannot be read",
      () => store.commit("CLAIM", one, "---\nid: tk-0001\nstate: ready\nstate: done\n---\n"),
      /tk-0001.md cannot be read$/,
    ],
  ])("finds %s", (_name, write, finding) => {
    write();
    const dependencies = [
      attempt("A", { kind: "dependency", ticket: one, on: two }, "killed"),
      attempt("B", { kind: "dependency", ticket: two, on: one }, "killed"),
    ];
    expect(judge({ ...claim, status: "killed" }, killed, ...dependencies)).toContainEqual(
      expect.stringMatching(finding),
    );
  });

  test("finds histories that were joined, and a commit that changes nothing", () => {
    store.git("checkout", "-q", "-b", "side");
    store.commit("COMMENT", two, commented(fresh(two), "aside"));
    store.git("checkout", "-q", "main");
    store.git("merge", "-q", "--no-ff", "-m", "join", "side");
    expect(judge()).toContainEqual(expect.stringContaining("histories were joined"));
    store.git("reset", "-q", "--hard", "HEAD~1");
    store.commit("COMMENT", one, fresh(one));
    expect(judge(comment)).toContainEqual(expect.stringMatching(/^empty: .* changes nothing$/));
  });

  test("finds objects that are broken", () => {
    const blob = store.git("rev-parse", `HEAD:${two}.md`).trim();
    const object = store.path(`.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
    chmodSync(object, 0o644);
    writeFileSync(object, "broken");
    expect(judge()).toContainEqual(expect.stringMatching(/^git fsck --strict: /));
  });
});
