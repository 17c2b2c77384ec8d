import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { judgeHistory, readJournal } from "./journal.fixture.js";
import { file, makeStore, type StoreFixture, textOf, ticket } from "./store.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();
const ids = Array.from({ length: 16 }, (_, index) => `tk-00${String(index).padStart(2, "0")}`);

/** Everything that a push can do to a store, but for legal edits. */
const attacks: readonly ((path: string, id: string, round: number) => void)[] = [
  (path, id) => rmSync(join(path, `${id}.md`)),
  (path, id) => writeFileSync(join(path, `${id}.md`), textOf(ticket(id, { state: "qa" }))),
  (path, id) => {
    rmSync(join(path, `${id}.md`));
    symlinkSync("/etc/passwd", join(path, `${id}.md`));
  },
  (path, id) => writeFileSync(join(path, `${id}.md`), "x".repeat(17 * 1024 * 1024)),
  (path, id) => writeFileSync(join(path, `${id.toUpperCase()}.md`), textOf(ticket(id))),
  (path, _id, round) => writeFileSync(join(path, `notes ${round}.txt`), "mine\n"),
  (path) => {
    for (const name of [".gitattributes", ".wiggum-layout", "README.md"]) rmSync(join(path, name));
  },
  (path) => {
    for (const id of ids) rmSync(join(path, `${id}.md`));
    for (let index = 0; index < 500; index++) writeFileSync(join(path, `bad-${index}.md`), `${index}\n`);
  },
];

/** From the newest state, as an attacker would; `false` when a writer was faster. */
function tryPush({ plainIn }: StoreFixture, path: string, round: number): boolean {
  plainIn(path, "fetch", "-q");
  plainIn(path, "reset", "-q", "--hard", "origin/main");
  attacks[round % attacks.length]?.(path, ids[(round * 7) % ids.length] ?? "", round);
  plainIn(path, "add", "-A");
  plainIn(path, "commit", "-qm", `Attack ${round}`);
  try {
    plainIn(path, "push", "-q", "origin", "HEAD:main");
    return true;
  } catch {
    return false;
  }
}

// P4, P5, P14, P25
test("16 processes write while the store is pushed to pieces: no acknowledged write is lost, none is refused", async () => {
  const store = await makeStore();
  for (const id of ids) await file(store.backend, id);
  const path = store.clone();
  const attacked = new Set<number>();
  let round = 0;
  const attack = () => {
    if (tryPush(store, path, round)) attacked.add(round++ % attacks.length);
  };
  attack();
  const journal = join(store.folder, "journal");
  const rounds = 5;
  const started = ids.map((id) =>
    start({ root: store.root, name: `worker-${id}`, task: "loop", tickets: [id], rounds, journal }),
  );
  let areDone = false;
  const ends = Promise.all(started.map(({ ended }) => ended)).finally(() => {
    areDone = true;
  });
  while (!areDone) {
    attack();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const { code, errors } of await ends) expect(code, errors).toBe(0);
  for (const { lines } of started) expect((await lines.next()).value).toBe("conflicts 0");
  // Each of them at least once, whatever the writers left room for.
  while (attacked.size < attacks.length) attack();

  const page = await store.backend.list();
  expect(page).toEqual(await store.open().list());
  expect(page.tickets.map((record) => record.ticket.title)).toEqual(
    ids.map((id) => `worker-${id} ${rounds - 1}`),
  );
  await file(store.backend, "tk-9999");
  const problems = (await store.backend.list()).problems.map(({ code, path: name }) => `${code} ${name}`);
  expect(
    problems.every((problem) => /^FILE_FOREIGN notes \d+\.txt$/.test(problem)),
    problems.join(),
  ).toBe(true);
  expect(problems.length).toBeGreaterThan(0);
  judgeHistory(store, readJournal(journal));
}, 180_000);
