// Import from and export to other tools with the built program: each format from its own files, kills, refusals, round trips.
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SourceFile } from "../exchange/imported-ticket.js";
import {
  backlogFiles,
  beadsIssues,
  githubIssues,
  jsonLines,
  taskmasterDocument,
  tkFiles,
  workItems,
} from "../exchange/testing/corpora.js";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

interface Report {
  readonly isComplete: boolean;
  readonly isWritten: boolean;
  readonly counts: Readonly<
    Record<"records" | "created" | "skipped" | "deleted" | "deletedHere" | "stale" | "refused", number>
  >;
  readonly fields: readonly { readonly field: string; readonly fate: string }[];
  readonly records: readonly {
    readonly externalId: string;
    readonly id?: string;
    readonly account?: readonly { readonly fate: string }[];
  }[];
  readonly problems: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

const lastLineOf = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";

function writeFiles(folder: string, files: readonly SourceFile[]): void {
  for (const { name, bytes } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

const tip = ({ git }: Repository) => git("-C", ".wiggum/tickets.git", "rev-parse", "main");
const stored = ({ git }: Repository) =>
  git("-C", ".wiggum/tickets.git", "ls-tree", "--name-only", "main")
    .split("\n")
    .filter((name) => /^(?:tk|x)-.*\.md$/.test(name));

describe("every format, as its own tool writes it", () => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await createRepository();
    const { root } = repository;
    mkdirSync(join(root, ".beads"));
    writeFileSync(join(root, ".beads/issues.jsonl"), jsonLines(beadsIssues(3000)));
    writeFiles(join(root, "backlog"), backlogFiles(500));
    writeFiles(join(root, "work-items"), workItems(112));
    writeFiles(join(root, ".tickets"), tkFiles(200));
    writeFileSync(join(root, "issues.json"), JSON.stringify(githubIssues(100), null, 2));
    mkdirSync(join(root, ".taskmaster/tasks"), { recursive: true });
    writeFileSync(
      join(root, ".taskmaster/tasks/tasks.json"),
      JSON.stringify(taskmasterDocument(60), null, 2),
    );
    writeFileSync(
      join(root, "plain.jsonl"),
      jsonLines([
        { id: "p-1", title: "Plain" },
        { id: "p-2", title: "Two", depends_on: ["p-1"] },
      ]),
    );
  });
  afterAll(() => repository.remove());

  test.each([
    ["beads", "."],
    ["backlog", "."],
    ["work-items", "work-items"],
    ["tk", ".tickets"],
    ["github", "issues.json"],
    ["taskmaster", "."],
    ["jsonl", "plain.jsonl"],
  ])(
    "import --from %s: the plan, the import, and that a second one changes nothing",
    { timeout: 120_000 },
    async (format, path) => {
      const before = tip(repository);
      const typed = ["ticket", "import", "--from", format, path];
      const planned = await repository.json<Report>([
        "ticket",
        "import",
        "--from",
        format,
        path,
        "--dry-run",
      ]);
      expect(tip(repository)).toBe(before);
      expect([planned.isComplete, planned.isWritten]).toEqual([true, false]);
      const { created, deleted, records } = planned.counts;
      expect(created + deleted).toBe(records);
      for (const { account = [] } of planned.records) {
        expect(account.length).toBeGreaterThan(0);
        expect(account.every(({ fate }) => /^(?:kept|mapped|dropped)$/.test(fate))).toBe(true);
      }
      const ran = await repository.wiggum(typed);
      expect([ran.exitCode, lastLineOf(ran.stdout)]).toEqual([
        0,
        `Import complete: of ${records} records ${created} created, 0 there already${deleted > 0 ? `, ${deleted} deleted in the source` : ""}`,
      ]);
      const after = tip(repository);
      const again = await repository.json<Report>(typed);
      expect(again.counts).toMatchObject({ created: 0, skipped: created, refused: 0, stale: 0 });
      expect(again.records.map(({ id }) => id)).toEqual(planned.records.map(({ id }) => id));
      expect(tip(repository)).toBe(after);
    },
  );

  test("afterwards nothing is wrong with any of the tickets, and each names what it was made of", {
    timeout: 60_000,
  }, async () => {
    await repository.succeed(["ticket", "import", "--from", "tk", ".tickets"]);
    const { tickets } = await repository.json<{ tickets: { id: string }[] }>(["ticket", "list"]);
    expect(tickets).toHaveLength(stored(repository).length);
    const doctor = await repository.wiggum(["ticket", "doctor"]);
    expect(doctor.exitCode).toBe(0);
    // Some wait for what was given up in the source: that is told, since nobody here may begin them.
    expect(doctor.stdout.match(/\((?!DEPENDENCY_UNDELIVERED)[A-Z_]+\)/g)).toBeNull();
    const shown = await repository.json<{ references: { kind: string; target: string }[] }>([
      "ticket",
      "show",
      tickets[0]?.id ?? "",
    ]);
    expect(shown.references[0]?.kind).toMatch(/^(?:beads|backlog|work-items|tk|github|taskmaster|jsonl)$/);
  });
});

describe("what goes wrong", () => {
  let repository: Repository;
  beforeAll(async () => {
    repository = await createRepository();
  });
  afterAll(() => repository.remove());

  const broken = `${jsonLines([{ id: "b-1", title: "Good" }])}{"id":"b-2","title":7}\n{"id":"b-3","ti`;

  test("--atomic: one broken record, and nothing is written; without it the rest goes in, and the end says so", async () => {
    repository.write("broken.jsonl", broken);
    const before = tip(repository);
    const typed = ["ticket", "import", "--from", "beads", "broken.jsonl"];
    const atomic = await repository.wiggum([...typed, "--atomic"]);
    expect(atomic.exitCode).toBe(1);
    expect(atomic.stdout).toBe(
      "Nothing was imported (--atomic): of 3 records 1 could be, 0 there already, 2 broken or refused\n",
    );
    expect(tip(repository)).toBe(before);
    const ran = await repository.wiggum(typed);
    expect([ran.exitCode, lastLineOf(ran.stdout)]).toEqual([
      1,
      "Import INCOMPLETE: of 3 records 1 created, 0 there already, 2 broken or refused",
    ]);
    expect(ran.stderr).toBe(
      "[error] broken.jsonl:2: b-2: `title` must be text, and is a number\n[error] broken.jsonl:3: The last line is cut off: one JSON object was expected\n",
    );
    repository.write(
      "whole.jsonl",
      jsonLines([
        { id: "c-1", title: "One" },
        { id: "c-2", title: "Two" },
      ]),
    );
    const whole = await repository.wiggum(["ticket", "import", "--from", "beads", "whole.jsonl", "--atomic"]);
    expect(whole.exitCode).toBe(0);
    expect(lastLineOf(whole.stdout)).toBe("Import complete: of 2 records 2 created, 0 there already");
    expect(repository.git("-C", ".wiggum/tickets.git", "log", "-1", "--format=%s", "main")).toBe(
      "Import 2 tickets",
    );
  });

  test("--map-state chooses the state; one that no type has is a typing error", async () => {
    repository.write("states.jsonl", jsonLines([{ id: "s-1", title: "S", status: "In Review" }]));
    const typed = ["ticket", "import", "--from", "beads", "states.jsonl", "--map-state"];
    expect((await repository.wiggum([...typed, "in review=nowhere"])).exitCode).toBe(2);
    expect((await repository.wiggum([...typed, "review"])).exitCode).toBe(2);
    await repository.succeed([...typed, "in review=review"]);
    const { tickets } = await repository.json<{ tickets: { title: string }[] }>([
      "ticket",
      "list",
      "--state",
      "review",
    ]);
    expect(tickets.map(({ title }) => title)).toEqual(["S"]);
  });

  test("--source keeps two sources with the same ids apart; - reads standard input", async () => {
    const input = jsonLines([{ id: "same", title: "Same" }]);
    const from = (source: string) =>
      repository.json<Report>(["ticket", "import", "--from", "beads", "-", "--source", source], { input });
    const [one, two] = [await from("one"), await from("two")];
    expect([one.counts.created, two.counts.created]).toEqual([1, 1]);
    expect((await from("two")).counts).toMatchObject({ created: 0, skipped: 1 });
  });

  test("no such source: SOURCE_UNREADABLE says what was expected; a format that there is not is exit 2", async () => {
    for (const [format, path, expected] of [
      ["beads", "nowhere.jsonl", "there is no such file or folder"],
      ["tk", ".", "nothing of that kind is in there"],
      ["work-items", "broken.jsonl", "it is no folder"],
      ["github", ".", "it is a folder"],
      ["backlog", "-", "standard input is no folder"],
    ] as const) {
      const folder = format === "tk" ? "empty" : path;
      mkdirSync(join(repository.root, "empty"), { recursive: true });
      const ran = await repository.wiggum(["ticket", "import", "--from", format, folder]);
      expect([ran.exitCode, ran.stdout]).toEqual([1, ""]);
      expect(ran.stderr).toContain(expected);
      expect(ran.stderr).toContain(`--from ${format} wants`);
    }
    expect((await repository.wiggum(["ticket", "import", "--from", "jira", "x"])).exitCode).toBe(2);
  });

  test("links in a folder are not followed, and control characters of a source steer no terminal", async () => {
    const folder = join(repository.root, "linked");
    writeFiles(folder, tkFiles(1));
    writeFileSync(join(repository.root, "secret.md"), "---\nid: se-cret\n---\n# secret\n");
    symlinkSync("../secret.md", join(folder, "se-cret.md"));
    writeFileSync(join(folder, "a-\u001b[31m.md"), "nonsense");
    const ran = await repository.wiggum(["ticket", "import", "--from", "tk", "linked"]);
    expect([ran.exitCode, ran.stderr.includes("\u001b")]).toEqual([1, false]);
    expect(ran.stderr).toContain("linked/se-cret.md is a link, which is not followed");
    const { tickets } = await repository.json<{ tickets: { title: string }[] }>(["ticket", "list"]);
    expect(tickets.some(({ title }) => title === "secret")).toBe(false);
  });
});

describe("killed in the middle", () => {
  test("kill -9 between two commits: the same command again makes the rest, nothing twice", {
    timeout: 180_000,
  }, async () => {
    const repository = await createRepository();
    try {
      const count = 10_000;
      const records = Array.from({ length: count }, (_, index) => ({
        id: `k-${index}`,
        title: `Ticket ${index}`,
        description: "Words. ".repeat(40),
        // Forwards, into commits that are yet to come.
        depends_on: index + 1500 < count ? [`k-${index + 1500}`] : [],
      }));
      repository.write("many.jsonl", jsonLines(records));
      const typed = ["ticket", "import", "--from", "jsonl", "many.jsonl"];
      const child = repository.start(typed);
      await eventually("a first commit", async () => stored(repository).length > 0);
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      const half = stored(repository).length;
      expect(half % 1000).toBe(0);
      expect(half).toBeLessThan(count);
      const again = await repository.json<Report>(typed);
      expect(again.counts).toMatchObject({ records: count, created: count - half, skipped: half });
      const names = new Set(stored(repository));
      expect(names.size).toBe(count);
      const { tickets } = await repository.json<{ tickets: { id: string; dependsOn: string[] }[] }>([
        "ticket",
        "list",
      ]);
      expect(tickets.filter(({ dependsOn }) => dependsOn.some((id) => !names.has(`${id}.md`)))).toEqual([]);
      expect(tickets.filter(({ dependsOn }) => dependsOn.length === 1)).toHaveLength(count - 1500);
    } finally {
      await repository.remove();
    }
  });
});

test("two imports of one source at one instant: each record becomes one ticket", {
  timeout: 120_000,
}, async () => {
  const repository = await createRepository();
  try {
    const count = 2500;
    const records = Array.from({ length: count }, (_, index) => ({
      id: `t-${index}`,
      title: `Ticket ${index}`,
    }));
    repository.write("many.jsonl", jsonLines(records));
    const run = () => repository.json<Report>(["ticket", "import", "--from", "jsonl", "many.jsonl"]);
    const reports = await Promise.all([run(), run(), run()]);
    const created = reports.map(({ counts }) => counts.created);
    expect(created.reduce((sum, each) => sum + each, 0)).toBe(count);
    expect(reports.every(({ isComplete }) => isComplete)).toBe(true);
    expect(stored(repository)).toHaveLength(count);
  } finally {
    await repository.remove();
  }
});

describe("export", () => {
  let from: Repository;
  let to: Repository;
  beforeAll(async () => {
    [from, to] = await Promise.all([createRepository(), createRepository()]);
    const { root } = from;
    writeFileSync(join(root, "issues.jsonl"), jsonLines(beadsIssues(300)));
    await from.succeed(["ticket", "import", "--from", "beads", "issues.jsonl"]);
    const id = await from.succeed([
      "ticket",
      "create",
      "By hand",
      "-d",
      "One\u001b[31m\r\n\n---\nid: x\n",
      "--acceptance-test",
      "first",
    ]);
    await from.succeed(["ticket", "claim", id, "worker-7"]);
    await from.succeed(["ticket", "comment", id, "ann", "### From x\n\u0007 words"]);
    await from.succeed(["ticket", "feedback", id, "bob", "More"]);
    await from.succeed(["ticket", "criterion", "tick", id, "1"]);
    // As a person writes it: other spacing, a key and a comment of their own, lists on one line.
    const path = join(root, ".wiggum/tickets/tk-0dd1.md");
    writeFileSync(
      path,
      "---\r\nid:   tk-0dd1\r\ntype: task # mine\r\nstate: ready\r\npriority: 1\r\nlabels: [b, a]\r\nmy_own: {x: [1, 2]}\r\n---\r\n\r\n# Odd one  \r\n\r\nText\r\n",
    );
    await from.succeed(["ticket", "sync"]);
  });
  afterAll(() => Promise.all([from.remove(), to.remove()]));

  const blobs = ({ git }: Repository) =>
    git("-C", ".wiggum/tickets.git", "ls-tree", "main")
      .split("\n")
      .filter((line) => line.endsWith(".md"));

  // P40
  test("--to jsonl and import --from jsonl: every byte of every ticket", { timeout: 60_000 }, async () => {
    const ran = await from.wiggum(["ticket", "export", "--to", "jsonl", join(to.root, "tickets.jsonl")]);
    expect([ran.exitCode, lastLineOf(ran.stdout).replace(/\d+/, "N")]).toEqual([
      0,
      `Export complete: N tickets written to ${join(to.root, "tickets.jsonl")}`,
    ]);
    await to.succeed(["ticket", "import", "--from", "jsonl", "tickets.jsonl"]);
    expect(blobs(to)).toEqual(blobs(from));
    expect((await to.wiggum(["ticket", "export", "--to", "jsonl"])).stdout).toBe(
      readFileSync(join(to.root, "tickets.jsonl"), "utf8"),
    );
    const again = await to.json<Report>(["ticket", "import", "--from", "jsonl", "tickets.jsonl"]);
    expect(again.counts).toMatchObject({ created: 0, refused: 0, stale: 0 });
  });

  test("what is written for other tools can be read back: as many tickets, with their links", {
    timeout: 60_000,
  }, async () => {
    const { tickets } = await from.json<{
      tickets: { id: string; dependsOn: string[]; parent?: string; title: string }[];
    }>(["ticket", "list"]);
    const linksOf = (list: typeof tickets) => [
      list.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0),
      list.filter(({ parent }) => parent !== undefined).length,
    ];
    for (const [format, path] of [
      ["beads", "out/issues.jsonl"],
      ["tk", "out/.tickets"],
      ["work-items", "out/work-items"],
      ["backlog", "out/backlog"],
      ["taskmaster", "out/tasks.json"],
    ] as const) {
      await from.succeed(["ticket", "export", "--to", format, path]);
      const other = await createRepository();
      try {
        const report = await other.json<Report>([
          "ticket",
          "import",
          "--from",
          format,
          join(from.root, path),
        ]);
        expect(report.counts, format).toMatchObject({ created: tickets.length, refused: 0 });
        const read = await other.json<{ tickets: typeof tickets }>(["ticket", "list"]);
        expect(read.tickets.map(({ title }) => title).sort()).toEqual(
          tickets.map(({ title }) => title.trim()).sort(),
        );
        // task-master has one level of subtasks: parents are data there.
        const [dependencies, parents] = linksOf(tickets);
        expect(linksOf(read.tickets), format).toEqual([dependencies, format === "taskmaster" ? 0 : parents]);
      } finally {
        await other.remove();
      }
    }
  });

  test("TARGET_EXISTS: nothing is written over; a folder needs a name", async () => {
    from.write("taken.jsonl", "mine\n");
    const ran = await from.wiggum(["ticket", "export", "--to", "jsonl", "taken.jsonl"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toContain("'taken.jsonl' is there already; nothing was written");
    expect(from.read("taken.jsonl")).toBe("mine\n");
    expect((await from.wiggum(["ticket", "export", "--to", "tk"])).exitCode).toBe(2);
    expect((await from.wiggum(["ticket", "export", "--to", "github", "x"])).exitCode).toBe(2);
  });
});
