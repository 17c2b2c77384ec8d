// What the reading commands of the built program print.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

/** A commit that somebody pushed with plain git. */
function pushRaw(store: Repository, id: string, text: string): void {
  const clone = join(store.programs, "raw");
  store.git("clone", "-q", join(store.root, ".wiggum", "tickets.git"), clone);
  store.write(`../programs/raw/${id}.md`, text);
  const inClone = ["-C", clone, "-c", "user.name=Raw", "-c", "user.email=raw@example.org"];
  store.git(...inClone, "commit", "-qam", "Raw edit");
  store.git(...inClone, "push", "-q", "origin", "HEAD:main");
}

describe("reading", () => {
  let store: Repository;
  let first: string;
  let second: string;
  let third: string;
  beforeAll(async () => {
    store = await createRepository();
    const add = (...typed: readonly string[]) => store.succeed(["ticket", "create", ...typed]);
    const emptyList = await store.succeed(["ticket", "list"]);
    expect(emptyList).toBe(
      `\nID         STATE      TYPE       PRI TITLE${" ".repeat(35)}\n${"-".repeat(79)}\n`,
    );
    first = await add("First", "--priority", "3");
    second = await add(`${"Very long title ".repeat(4)}`, "--dep", first, "--type", "feature");
    third = await add("Third", "--priority", "0");
  });
  afterAll(() => store.remove());

  test("list: header, rule, rows by id, long titles cut", async () => {
    const { stdout, stderr } = await store.wiggum(["ticket", "list"]);
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[2]).toBe("-".repeat(79));
    expect(lines.slice(3, 6).map((line) => line.split(" ")[0])).toEqual([first, second, third].toSorted());
    expect(stdout).toContain(
      `${second.padEnd(10)} ready      feature    2   Very long title Very long title Ver...`,
    );
  });

  test("list: filters, and filters that can match nothing are refused", async () => {
    expect(await store.succeed(["ticket", "list", "--state", "ready,review", "--type", "feature"])).toContain(
      second,
    );
    expect(await store.succeed(["ticket", "list", "--state", "done"])).not.toContain("tk-");
    expect((await store.wiggum(["ticket", "list", "--state", "nonsense"])).exitCode).toBe(2);
    expect((await store.wiggum(["ticket", "list", "--type", "nonsense"])).exitCode).toBe(2);
  });

  test("ready: only what can be claimed, best first, ids and nothing else", async () => {
    expect(await store.wiggum(["ticket", "ready"])).toEqual({
      exitCode: 0,
      stdout: `${third}\n${first}\n`,
      stderr: "",
    });
    expect(await store.succeed(["ticket", "ready", "--limit", "1"])).toBe(third);
  });

  test("blocked: what waits for what", async () => {
    expect(await store.succeed(["ticket", "blocked"])).toBe(`${second} blocked by: ${first}`);
    const [blocked] = await store.json<{ id: string; reasons: object[] }[]>(["ticket", "blocked"]);
    expect(blocked).toMatchObject({
      id: second,
      reasons: [{ kind: "dependency", id: first, state: "ready" }],
    });
  });

  test("tree: two spaces a level, missing ones named", async () => {
    const top = await store.succeed(["ticket", "create", "Top", "--dep", second]);
    const tree = await store.succeed(["ticket", "tree", top]);
    expect(tree).toMatch(
      new RegExp(
        `^${top} \\[ready\\] Top\n {2}└── ${second} \\[ready\\] Very.*\n {4}└── ${first} \\[ready\\] First$`,
      ),
    );
    const data = await store.json<{ dependencies: { id: string }[] }>(["ticket", "tree", top]);
    expect(data.dependencies[0]?.id).toBe(second);
  });

  // P19: each output can say which store and which point of its history it is from.
  test("--json: one line, versioned, with store and point in history that moves with writes", async () => {
    const read = async () => JSON.parse(await store.succeed(["ticket", "list", "--json"]));
    const before = await read();
    expect(before).toMatchObject({
      schemaVersion: 1,
      command: "ticket list",
      store: { backend: "git", project: store.root },
    });
    expect(await read()).toMatchObject({ asOf: before.asOf });
    await store.succeed(["ticket", "comment", first, "me", "hello"]);
    expect((await read()).asOf).not.toBe(before.asOf);
  });

  test("history: who, when, what, oldest first", async () => {
    await store.succeed(["ticket", "assign", first, "worker-7"]);
    const lines = (await store.succeed(["ticket", "history", first])).split("\n");
    expect(lines[0]).toMatch(/^\d{4}-.+Z? +manual +Create ticket: /);
    expect(lines.at(-1)).toContain(`Assign worker-7 to ${first}`);
    const data = await store.json<{ operationId: string; to: string }[]>(["ticket", "history", first]);
    expect(data.length).toBe(lines.length);
    expect(data.every(({ operationId, to }) => operationId !== "" && to === "ready")).toBe(true);
  });

  test("an unreadable ticket is named and hides no other", async () => {
    const hurt = await createRepository();
    try {
      const good = await hurt.succeed(["ticket", "create", "Good"]);
      const bad = await hurt.succeed(["ticket", "create", "Bad"]);
      pushRaw(hurt, bad, "---\nid: x\nid: y\n<<<<<<< ours\n---\n# Bad\n");
      const list = await hurt.wiggum(["ticket", "list"]);
      expect(list.exitCode).toBe(0);
      expect(list.stdout).toContain(good);
      const doctor = await hurt.wiggum(["ticket", "doctor"]);
      expect(doctor.stdout + doctor.stderr + list.stderr).toContain(bad);
      expect((await hurt.wiggum(["ticket", "comment", good, "me", "still works"])).exitCode).toBe(0);
    } finally {
      await hurt.remove();
    }
  });

  test("doctor: clean is exit 0 with nothing on standard output", async () => {
    expect(await store.wiggum(["ticket", "doctor"])).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "[ok] Nothing wrong found\n",
    });
  });
});
