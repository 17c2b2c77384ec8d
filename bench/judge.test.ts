import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

interface Step {
  readonly id?: string;
  readonly state: string;
  readonly epoch?: number;
  readonly from?: string;
  readonly operation?: string;
  readonly dependsOn?: readonly string[];
  readonly override?: string;
}

function commit({ id = "tk-0001", state, epoch = 0, from, operation, dependsOn = [], override }: Step) {
  const list =
    dependsOn.length === 0
      ? "depends_on: []"
      : `depends_on:\n${dependsOn.map((item) => `  - ${item}`).join("\n")}`;
  writeFileSync(
    join(folder, `${id}.md`),
    `---\nid: ${id}\nstate: ${state}\n${list}\nlease_epoch: ${epoch}\n---\n\n# t\n`,
  );
  const trailers = [
    `Ticket: ${id}`,
    ...(from === undefined ? [] : [`From: ${from}`, `To: ${state}`]),
    ...(operation === undefined ? [] : [`Op: ${operation}`]),
    ...(override === undefined ? [] : [`Override: ${override}`]),
  ];
  git("add", "--all");
  git("commit", "-q", "--allow-empty", "-m", "Change", "-m", trailers.join("\n"));
}

const judge = (attempts: readonly { operationId: string; status: string }[]) =>
  judgeStore(join(folder, ".git"), attempts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-judge-"));
  git("init", "-q", "-b", "main");
  commit({ state: "ready", operation: "CREATE" });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

// P25: a checker that finds nothing in a broken history proves nothing.
describe("the judge of the race bench", () => {
  test("finds nothing in a clean history", () => {
    commit({ state: "in-progress", from: "ready", epoch: 1, operation: "CLAIM" });
    commit({ state: "review", from: "in-progress", epoch: 1, operation: "HAND-IN" });
    expect(
      judge([
        { operationId: "CLAIM", status: "acknowledged" },
        { operationId: "HAND-IN", status: "killed" },
        { operationId: "BEATEN", status: "refused" },
      ]),
    ).toEqual([]);
  });

  test.each<[string, readonly Step[], readonly { operationId: string; status: string }[], RegExp]>([
    ["a lost acknowledgement", [], [{ operationId: "GONE", status: "acknowledged" }], /^lost: .*GONE/],
    [
      "an operation applied twice",
      [
        { state: "in-progress", epoch: 1, operation: "TWICE" },
        { state: "review", epoch: 1, operation: "TWICE" },
      ],
      [{ operationId: "TWICE", status: "acknowledged" }],
      /^duplicate: .*TWICE/,
    ],
    [
      "a refusal that was written",
      [{ state: "closed", operation: "NO" }],
      [{ operationId: "NO", status: "refused" }],
      /^phantom: NO/,
    ],
    ["an illegal edge", [{ state: "done" }], [], /^illegal: tk-0001.md goes ready -> done/],
    [
      "a claim without a new epoch",
      [{ state: "in-progress", from: "ready" }],
      [],
      /^claim without a new epoch/,
    ],
    ["a chain that does not meet", [{ state: "in-progress", from: "qa", epoch: 1 }], [], /^broken chain/],
    [
      "an epoch that falls",
      [
        { state: "in-progress", from: "ready", epoch: 2 },
        { state: "review", from: "in-progress", epoch: 1 },
      ],
      [],
      /^epoch of tk-0001.md falls/,
    ],
    [
      "a cycle",
      [
        { id: "tk-0002", state: "ready", dependsOn: ["tk-0001"] },
        { state: "ready", dependsOn: ["tk-0002"] },
      ],
      [],
      /^dependency cycle/,
    ],
  ])("finds %s", (_name, steps, attempts, finding) => {
    for (const step of steps) commit(step);
    const findings = judge(attempts);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(finding);
  });

  test("takes a step outside the state machine for what it is", () => {
    commit({ state: "in-progress", from: "ready", epoch: 1 });
    commit({ state: "ready", from: "in-progress", epoch: 2, override: "release" });
    expect(judge([])).toEqual([]);
  });

  test("finds a file that cannot be read, and histories that were joined", () => {
    writeFileSync(join(folder, "tk-0001.md"), "---\nid: tk-0001\nstate: ready\nstate: done\n---\n");
    git("commit", "-q", "-a", "-m", "by hand");
    expect(judge([])).toEqual([expect.stringMatching(/cannot be read$/)]);
    git("checkout", "-q", "-b", "side", "HEAD~1");
    commit({ id: "tk-0003", state: "ready" });
    git("checkout", "-q", "main");
    git("merge", "-q", "--no-ff", "-m", "join", "side");
    expect(judge([]).some((finding: string) => finding.includes("histories were joined"))).toBe(true);
  });
});
