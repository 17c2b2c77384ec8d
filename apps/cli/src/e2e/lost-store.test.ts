// The ticket store is lost, the people's view still has every ticket: nothing may take an empty one for the truth.
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let store: string;
let ids: readonly string[];
let tip: string;

beforeEach(async () => {
  repository = await createRepository();
  for (const title of ["One", "Two", "Three"]) await repository.succeed(["ticket", "create", title]);
  ids = await list();
  store = join(repository.root, ".wiggum/tickets.git");
  tip = repository.git("-C", store, "rev-parse", "main");
});

afterEach(() => repository.remove());

const list = async () =>
  (await repository.json<{ tickets: readonly { id: string }[] }>(["ticket", "list"])).tickets
    .map(({ id }) => id)
    .sort();

// P13
test.each([
  ["gone", () => renameSync(store, join(dirname(repository.root), "lost"))],
  [
    "without any branch",
    () => {
      for (const name of ["refs/heads", "packed-refs", "wiggum"])
        rmSync(join(store, name), { recursive: true, force: true });
    },
  ],
] as const)(
  "%s: commands that read name the repair, init brings it back",
  async (_, lose) => {
    lose();
    for (const typed of [["ticket", "list"], ["status"], ["ticket", "create", "Four"], ["run", "--once"]]) {
      const { exitCode, stderr } = await repository.wiggum(typed);
      expect([typed, exitCode]).toEqual([typed, 1]);
      expect(stderr).toMatch(
        /^\[error\] The ticket store .+\n {8}next: .*'wiggum doctor --fix' restores.+\n$/,
      );
    }
    const { exitCode, stderr } = await repository.wiggum(["init"]);
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining(
        "Created .wiggum/tickets.git/ (brought back from .wiggum/tickets, the second copy",
      ),
    ]);
    expect(repository.git("-C", store, "rev-parse", "main")).toBe(tip);
    expect(await list()).toEqual(ids);
    await repository.succeed(["doctor"]);
  },
  60_000,
);

test("the copy is damaged, too: init makes no empty store in its place, and says what helps", async () => {
  rmSync(store, { recursive: true });
  const view = join(repository.root, ".wiggum/tickets");
  writeFileSync(join(view, ".git/refs/remotes/origin/main"), `${"1".repeat(40)}\n`);
  const { exitCode, stderr } = await repository.wiggum(["init"]);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^\[error\] The view \S+\/\.wiggum\/tickets is no whole copy of the store\n {8}next: .+\n$/,
    ),
  ]);
  expect(existsSync(store)).toBe(false);
}, 60_000);
