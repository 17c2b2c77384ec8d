import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judgeStore } from "./judge.mjs";

let folder = "";

function git(...args: string[]) {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")),
  );
  return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: environment,
  });
}

const fileOf = (id: string) => join(folder, `${id}.md`);
const read = (id = "tk-0001") => readFileSync(fileOf(id), "utf8");

/** Commits `text` as the ticket, in the name of an operation. */
function commit(operation: string, text: string, id = "tk-0001") {
  writeFileSync(fileOf(id), text);
  git("add", "--all");
  git("commit", "-q", "--allow-empty", "-m", "Change", "-m", `Ticket: ${id}\nOp: ${operation}`);
}

const fresh = (id: string) =>
  `---\nid: ${id}\nstate: ready\ndepends_on: []\nlease_epoch: 0\nupdated_at: 1\n---\n\n# t\n\n## Comments\n`;
const commented = (text: string, comment: string) => `${text}\n### From w\n\n${comment}\n`;
const heldBy = (text: string, agent: string) =>
  text
    .replace(/assigned_agent_id: .*\n/, "")
    .replace("lease_epoch: 0", `assigned_agent_id: ${agent}\nlease_epoch: 0`);
const dependingOn = (text: string, on: string) => text.replace("depends_on: []", `depends_on:\n  - ${on}`);

const ticket = "tk-0001";
const attempt = (operationId: string, effect: object, status = "acknowledged") => ({
  operationId,
  status,
  effect: { ticket, ...effect },
});
const first = attempt("FIRST", { kind: "comment", text: "first" });
const second = attempt("SECOND", { kind: "comment", text: "second" });
const assignA = attempt("ASSIGN-A", { kind: "assign", agent: "a" });
const assignB = attempt("ASSIGN-B", { kind: "assign", agent: "b" });
const depend = attempt("DEPEND", { kind: "dependency", on: "tk-0002" });

const judge = (...attempts: readonly object[]) =>
  judgeStore(join(folder, ".git"), attempts as Parameters<typeof judgeStore>[1]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-judge-"));
  git("init", "-q", "-b", "main");
  commit("CREATE-2", fresh("tk-0002"), "tk-0002");
  commit("CREATE", fresh(ticket));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

// P25: a checker that only counts commits calls an overwritten comment a success.
describe("the judge of what writes did to the text", () => {
  test("finds nothing where every write did its work, and only that", () => {
    commit("FIRST", commented(read(), "first"));
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("SECOND", commented(read(), "second"));
    commit("ASSIGN-B", heldBy(read(), "b"));
    commit("DEPEND", dependingOn(read(), "tk-0002"));
    const refused = attempt("NEVER", { kind: "comment", text: "never" }, "refused");
    const killed = attempt("KILLED", { kind: "comment", text: "killed" }, "killed");
    expect(judge(first, second, assignA, assignB, depend, refused, killed)).toEqual([]);
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
    git("reset", "-q", "--hard", "HEAD~1");
    commit("OTHER", read());
    expect(judge()).toEqual([expect.stringMatching(/^empty: /)]);
  });

  test("a file that was merged by union: both holders, or a comment twice", () => {
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("ASSIGN-B", read().replace("lease_epoch: 0", "assigned_agent_id: b\nlease_epoch: 0"));
    expect(judge(assignA, assignB)).toEqual([
      expect.stringMatching(/tk-0001\.md cannot be read$/),
      expect.stringMatching(/^content: tk-0001 is held by undefined, the last to win was b$/),
    ]);
    git("reset", "-q", "--hard", "HEAD~2");
    commit("FIRST", commented(read(), "first"));
    commit("SECOND", commented(commented(read(), "first"), "second"));
    expect(judge(first, second)).toEqual([
      "content: comment of FIRST (acknowledged) is in tk-0001 2 times, not 1",
    ]);
  });

  test("an assignment that another write took back", () => {
    commit("ASSIGN-A", heldBy(read(), "a"));
    commit("FIRST", commented(heldBy(read(), "b"), "first"));
    expect(judge(assignA, first)).toEqual([
      expect.stringMatching(/^content: .* changes assigned_agent_id$/),
      "content: tk-0001 is held by b, the last to win was a",
    ]);
  });

  test("a dependency that is not there, and a refused comment that is", () => {
    commit("DEPEND", read().replace("updated_at: 1", "updated_at: 2"));
    commit("OTHER", commented(read(), "never"));
    expect(judge(depend, attempt("NEVER", { kind: "comment", text: "never" }, "refused"))).toEqual([
      expect.stringMatching(/^content: .* does not add exactly tk-0002$/),
      "content: dependency of DEPEND (acknowledged) is in tk-0001 0 times, not 1",
      "content: comment of NEVER (refused) is in tk-0001 1 times, not 0",
    ]);
  });

  test("a write that changes another ticket, or another one as well", () => {
    writeFileSync(fileOf("tk-0002"), commented(read("tk-0002"), "other"));
    commit("FIRST", commented(read(), "first"));
    expect(judge(first)).toEqual([expect.stringMatching(/^stray: .* touches tk-0001\.md tk-0002\.md$/)]);
  });
});
