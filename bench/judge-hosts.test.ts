// The judge of two hosts is itself judged: a history that is as it should be passes, and each fault that it is there for is found.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { judgeHosts } from "./judge-hosts.mjs";

interface Attempt {
  readonly operationId: string;
  readonly status: string;
  readonly ticket?: string;
  readonly text?: string;
}

/** A repository with one line of commits, made by plain git. */
function makeHistory() {
  const path = mkdtempSync(join(tmpdir(), "wiggum-judge-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", path, "-c", "user.name=w", "-c", "user.email=w@localhost", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "-q", "-b", "main");
  const write = (state: string, epoch: number, body = "") =>
    writeFileSync(
      join(path, "tk-1.md"),
      `---\nid: tk-1\nstate: ${state}\nlease_epoch: ${epoch}\n---\n${body}\n`,
    );
  const commit = (message: string) => {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  commit("Initial commit");
  write("ready", 0);
  commit("Create\n\nTicket: tk-1\nTo: ready\nOp: make");
  return { path, git, write, commit };
}

type History = ReturnType<typeof makeHistory>;

/** A claim of one host, a refused one of the other, and the join of both; `spoil` may do something in between. */
function joined(spoil: (history: History) => void = () => {}, refused = "Refused: second") {
  const history = makeHistory();
  const { path, git, write, commit } = history;
  const base = git("rev-parse", "HEAD");
  write("in-progress", 1);
  const lost = commit("Claim\n\nTicket: tk-1\nFrom: ready\nTo: in-progress\nOp: second");
  git("reset", "-q", "--hard", base);
  write("in-progress", 1, "said once");
  commit("Claim\n\nTicket: tk-1\nFrom: ready\nTo: in-progress\nOp: first");
  spoil(history);
  const tree = git("rev-parse", "HEAD^{tree}");
  const message = `Sync\n\nOp: sync-1\n${refused}`;
  const join = git("commit-tree", tree, "-p", "HEAD", "-p", lost, "-m", message);
  git("reset", "-q", "--hard", join);
  return { store: [{ path: `${path}/.git`, branch: "main" }], history };
}

const attempts: readonly Attempt[] = [
  { operationId: "make", status: "acknowledged" },
  { operationId: "first", status: "acknowledged", ticket: "tk-1", text: "said once" },
  { operationId: "second", status: "acknowledged" },
];

test("a join with one refused claim is all right", () => {
  const { store } = joined();
  expect(judgeHosts(store, attempts)).toEqual({ findings: [], refused: 1, joins: 1 });
});

test.each([
  ["lost", "an acknowledged operation that is neither in nor refused", () => {}, ""],
  [
    "duplicate",
    "an operation that is in twice",
    ({ commit }: History): void => void commit("Claim\n\nTicket: tk-1\nOp: first"),
    undefined,
  ],
  [
    "phantom",
    "a refused operation that is in",
    ({ commit }: History): void => void commit("Claim\n\nTicket: tk-1\nOp: second"),
    undefined,
  ],
  [
    "unissued",
    "an operation that nobody sent",
    ({ commit }: History): void => void commit("X\n\nOp: other"),
    undefined,
  ],
  [
    "illegal",
    "a state that no edge leads to",
    ({ commit, write }: History) => {
      write("done", 1, "said once");
      commit("Skip\n\nTicket: tk-1\nFrom: in-progress\nTo: done\nOp: first");
    },
    undefined,
  ],
  [
    "content",
    "a comment that is gone",
    ({ commit, write }: History) => {
      write("in-progress", 1);
      commit("Drop\n\nTicket: tk-1\nFrom: in-progress\nTo: in-progress\nOp: first");
    },
    undefined,
  ],
] as const)("%s: %s is found", (kind, _what, spoil, refused) => {
  const { store } = joined(spoil, refused);
  const { findings } = judgeHosts(store, attempts);
  expect(findings.some((finding: string) => finding.startsWith(`${kind}:`))).toBe(true);
});

test("hosts that end apart are found", () => {
  // Two of the same words made within one second would be one.
  const [one] = joined().store;
  const [other] = joined(({ commit }) => void commit("Something else")).store;
  const { findings } = judgeHosts([one, other], attempts);
  expect(findings.some((finding: string) => finding.startsWith("apart:"))).toBe(true);
});
