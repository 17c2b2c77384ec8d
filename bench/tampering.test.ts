import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { judgeStore } from "./judge.mjs";
import { runRace } from "./race.mjs";
import { type Attempt, attempt, commented, gitIn } from "./store.fixture.js";

let race: Awaited<ReturnType<typeof runRace>>;
let attempts: readonly Attempt[];
let folder = "";
let git: (...args: string[]) => string;

beforeAll(async () => {
  race = await runRace({ processes: 8, seed: 2 });
  attempts = race.runs.flatMap((run: { outcomes: readonly Attempt[] }) => run.outcomes);
});

afterAll(() => race?.cleanUp());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-tampered-"));
  git = gitIn(folder);
  git("clone", "-q", "--bare", race.store, "store.git");
  git("clone", "-q", "store.git", "view");
  git = gitIn(join(folder, "view"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, "view", name);
const read = (id: string) => readFileSync(path(`${id}.md`), "utf8");
const write = (id: string, text: string) => writeFileSync(path(`${id}.md`), text);

/** A ticket of the race of which this holds. */
function ticketWhere(holds: (text: string) => boolean): string {
  const ids = git("ls-files", "tk-*").trim().split("\n");
  const found = ids.map((name) => name.replace(".md", "")).find((id) => holds(read(id)));
  if (found === undefined) throw new Error("the race left no such ticket");
  return found;
}
const hasNothing = (text: string) =>
  text.includes("state: ready") && text.includes("depends_on: []") && !text.includes("### From");

/** Trailers as the store itself would write them for a change of `id` that leaves its state. */
function trailersOf(id: string, operation: string, more = ""): string {
  const state = /^state: (.*)$/m.exec(read(id))?.[1];
  const epoch = /^lease_epoch: (.*)$/m.exec(read(id))?.[1] ?? "0";
  return `Ticket: ${id}\nFrom: ${state}\nTo: ${state}\nEpoch: ${epoch}\nOp: ${operation}\nActor: manual\nKind: person\nHost: here${more}`;
}

function push(...messages: string[]) {
  git("add", "--all");
  git("commit", "-q", ...["Change", ...messages].flatMap((message) => ["-m", message]));
  git("push", "-q", "--force", "origin", "main");
}

const judge = (sent = attempts) => judgeStore(join(folder, "store.git"), sent);
const spare = (effect: object) => [...attempts, attempt("SPARE", effect, "killed")];

// P25: a judge that acquits a tampered history proves nothing about an honest one.
describe("the history of a real race", () => {
  test("is acquitted as it is", () => {
    expect(race.findings).toEqual([]);
    expect(judge()).toEqual([]);
  });

  test("with a ticket deleted that has no dependency and no comment", () => {
    const id = ticketWhere(hasNothing);
    git("rm", "-q", `${id}.md`);
    push();
    const found = judge();
    expect(found).toContainEqual(expect.stringMatching(/^unissued: .* names 0 operations, not one$/));
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^gone: ${id}.md vanishes`)));
    expect(found).toContainEqual(expect.stringMatching(/^content: create of .* is in .* 0 times, not 1$/));
  });

  test("with a title rewritten", () => {
    const id = ticketWhere(hasNothing);
    write(id, read(id).replace(/^# .*$/m, "# Something else"));
    push();
    expect(judge()).toContainEqual(expect.stringMatching(/^unissued: .* names 0 operations, not one$/));
  });

  test("with a priority changed by an operation that nobody sent", () => {
    const id = ticketWhere(hasNothing);
    write(id, read(id).replace("priority: 2", "priority: 0"));
    push(trailersOf(id, "01M7YPBCCCCCCCCCCCCCCCCCCC"));
    expect(judge()).toEqual([expect.stringMatching(/^unissued: .* which nobody sent$/)]);
  });

  test("with a ticket moved past the state machine by an override", () => {
    const id = ticketWhere((text) => text.includes("state: in-progress"));
    const trailers = trailersOf(id, "SPARE", "\nOverride: release").replace("To: in-progress", "To: done");
    write(id, read(id).replace("state: in-progress", "state: done"));
    push(trailers);
    const found = judge(spare({ kind: "comment", ticket: id, author: "a", text: "b" }));
    expect(found).toContainEqual(
      expect.stringMatching(/^unissued: .* says "Override: release"; nobody asked/),
    );
    expect(found).toContainEqual(expect.stringMatching(/^illegal: .* goes in-progress -> done/));
    expect(found).toContainEqual(expect.stringMatching(/^content: .* changes state$/));
  });

  test("with a foreign file, also one that looks like a ticket or replaces one", () => {
    writeFileSync(path("notes.txt"), "words");
    push();
    expect(judge()).toContainEqual(expect.stringMatching(/^foreign: .* brings notes.txt/));
    git("reset", "-q", "--hard", "HEAD~1");
    write("tk-zzzz", read(ticketWhere(hasNothing)).replace(/^id: .*$/m, "id: tk-zzzz"));
    push(trailersOf("tk-zzzz", "UNKNOWN").replace("From: ready\n", ""));
    expect(judge()).toEqual([expect.stringMatching(/^unissued: .* which nobody sent$/)]);
    git("reset", "-q", "--hard", "HEAD~1");
    const id = ticketWhere(hasNothing);
    rmSync(path(`${id}.md`));
    symlinkSync("README.md", path(`${id}.md`));
    push();
    expect(judge()).toContainEqual(expect.stringMatching(/^foreign: .* \(120000\)$/));
  });

  test("with an operation that was sent and killed, and that did something else", () => {
    const id = ticketWhere(hasNothing);
    const sent = spare({ kind: "comment", ticket: id, author: "ann", text: "words" });
    const original = read(id);
    const trailers = trailersOf(id, "SPARE");
    write(id, commented(original, "words", "ann"));
    push(trailers);
    expect(judge(sent)).toEqual([]);
    for (const text of [
      commented(original, "other words", "ann"),
      commented(original, "words", "bob"),
      commented(original.replace("priority: 2", "priority: 0"), "words", "ann"),
      commented(original.replace(/^# .*$/m, "# Something else"), "words", "ann"),
    ]) {
      git("reset", "-q", "--hard", "HEAD~1");
      write(id, text);
      push(trailers);
      expect(judge(sent)).not.toEqual([]);
    }
  });

  test("with a commit taken out, changed, or sent once more", () => {
    git("reset", "-q", "--hard", "HEAD~1");
    git("push", "-q", "--force", "origin", "main");
    expect(judge()).toContainEqual(expect.stringMatching(/^lost: acknowledged /));
    git("reset", "-q", "--hard", "ORIG_HEAD");
    const [last = ""] = git("diff-tree", "--no-commit-id", "--name-only", "-r", "HEAD").split("\n");
    const text = readFileSync(path(last), "utf8");
    writeFileSync(path(last), text.replace("worker-99", "worker-98"));
    git("commit", "-q", "--all", "--amend", "--no-edit");
    git("push", "-q", "--force", "origin", "main");
    expect(judge()).toContainEqual(expect.stringMatching(/^content: .* names worker-98, not worker-99$/));
    git("reset", "-q", "--hard", "HEAD~1");
    const head = git("rev-parse", "HEAD").trim();
    git("cherry-pick", "ORIG_HEAD");
    git("revert", "--no-edit", "HEAD");
    git("commit", "-q", "--allow-empty", "-C", head);
    git("push", "-q", "--force", "origin", "main");
    expect(judge()).toContainEqual(expect.stringMatching(/^duplicate: operation .* is in 2 commits$/));
  });

  test("judged by less than everything that was sent", () => {
    expect(judge(attempts.slice(1))).toContainEqual(
      expect.stringMatching(/^unissued: .* which nobody sent$/),
    );
  });
});
