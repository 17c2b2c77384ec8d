// The merge queue over real git, real checks and real tickets.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { mergeLogs } from "./merge-log.js";
import { explainSupervision } from "./supervise-project.js";
import { type DoneTickets, doneTickets } from "./testing/done-tickets.js";

let work: DoneTickets | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await work?.fixture.remove();
  work = undefined;
}, 60_000);

async function start(check: string, more?: string): Promise<DoneTickets> {
  work = await doneTickets(check, more);
  // Scratch checkouts of this test alone.
  vi.stubEnv("TMPDIR", work.fixture.repository.base);
  return work;
}

const details = (events: Awaited<ReturnType<DoneTickets["once"]>>) =>
  events.flatMap((event) => (event.kind === "action" ? [event.detail] : []));

// P35
test("a batch with two culprits: the others are merged, each tested where main went; the culprits are back with their log", async () => {
  const { fixture, open, done, once, tests, merged, positions } = await start(
    'echo "saw $(ls | tr "\\n" " ")"; for bad in bad-*; do test ! -e "$bad" || { echo "- $bad is bad"; exit 3; }; done',
  );
  const first = fixture.repository.git("rev-parse", "main").trim();
  const ids: string[] = [];
  for (const name of ["a", "bad-b", "c", "d", "bad-e", "f"])
    ids.push(await done(name, { [`${name}.txt`]: name }));
  const project = await open();
  const events = await once(project);
  const [a, b, c, d, e, f] = ids as [string, string, string, string, string, string];
  expect(merged()).toEqual([a, c, d, f]);
  const told = events.flatMap((event) => (event.kind === "merging" ? [event.what] : []));
  expect(told[0]).toBe(`Testing ${a}, ${b}, ${c}, ${d}, ${e} and ${f} together on the base branch`);
  const back = `sent back to in-progress (${join(fixture.repository.base, "check.sh")} ended with code 3)`;
  expect(details(events)).toEqual([`${a}, ${c}, ${d} and ${f} merged; ${b} ${back}; ${e} ${back}`]);
  // main was only ever moved to what had passed; in no more tests than promised.
  const passed = new Set(tests().flatMap(({ commit, end }) => (end === "0" ? [commit] : [])));
  expect(positions().filter((commit) => commit !== first && !passed.has(commit))).toEqual([]);
  expect(tests().length).toBeLessThanOrEqual(2 + 2 * 2 * 3);
  // The checkout of main followed.
  expect(existsSync(join(fixture.repository.root, "f.txt"))).toBe(true);
  expect(fixture.repository.git("status", "--porcelain").trim()).toBe("?? .gitignore");
  for (const id of [b, e]) {
    const { ticket } = await project.tickets.show(id);
    expect(ticket.state).toBe("in-progress");
    const [feedback] = await project.tickets.events(ticket);
    expect(feedback).toMatchObject({ kind: "feedback", source: "Merge" });
    expect(feedback?.text).toMatch(
      /^1\. Together with the base branch the checks fail: \S+check\.sh ended with code 3\./,
    );
    expect(feedback?.text).toContain(`> - bad-${id === b ? "b" : "e"}.txt is bad`);
    const [, log = ""] = /All that was printed: (\S+)/.exec(feedback?.text ?? "") ?? [];
    expect(log.startsWith(mergeLogs(fixture.paths))).toBe(true);
    expect(readFileSync(log, "utf8")).toMatch(
      /^main with .*: commit [0-9a-f]{40}\n\n\$ [^\n]+\nsaw .*\n- bad-/,
    );
  }
  expect(await project.branches.queue()).toBeUndefined();
  expect(readdirSync(fixture.repository.base).filter((name) => name.startsWith("wiggum-check-"))).toEqual([]);
  // Nothing is left to be merged.
  const next = await explainSupervision(project);
  expect(next.actions.filter(({ kind }) => kind === "merge-batch")).toEqual([]);
}, 120_000);

// P35
test("somebody's commit comes in during a test: nothing untested is merged, all is tested again on top of it", async () => {
  const { fixture, open, done, once, tests, merged } = await start(
    'ls > "$NOTES/seen"; if test ! -e "$NOTES/moved"; then touch "$NOTES/moved"; git update-ref refs/heads/main other; fi',
  );
  const { git, write } = fixture.repository;
  const ids = [await done("a", { "a.txt": "a" }), await done("b", { "b.txt": "b" })];
  git("checkout", "-q", "-b", "other");
  write("theirs.txt", "theirs");
  git("add", "--", "theirs.txt");
  git("commit", "-q", "-m", "Theirs");
  await once(await open());
  expect(merged()).toEqual(ids);
  expect(tests()).toHaveLength(2);
  expect(readFileSync(join(fixture.repository.base, "seen"), "utf8").split("\n")).toEqual(
    expect.arrayContaining(["a.txt", "b.txt", "theirs.txt"]),
  );
  expect(tests().at(-1)?.commit).toBe(git("rev-parse", "main").trim());
}, 120_000);

test("two that conflict, one whose files are in somebody's way, one that is built on a culprit: each ends where it belongs", async () => {
  const { fixture, open, done, once, merged } = await start("test ! -e bad.txt || { echo no; exit 1; }");
  const one = await done("one", { "same.txt": "one" });
  const two = await done("two", { "same.txt": "two" });
  const obstructed = await done("three", { "README.md": "three" });
  const bad = await done("bad", { "bad.txt": "bad" });
  const onBad = await done("on bad", { "more.txt": "more" }, { from: `feature/${bad}`, dependsOn: [bad] });
  const last = await done("last", { "last.txt": "last" });
  fixture.repository.write("README.md", "local");
  const project = await open();
  const events = await once(project);
  expect(merged().toSorted()).toEqual([one, last].toSorted());
  expect(readFileSync(join(fixture.repository.root, "README.md"), "utf8")).toBe("local");
  const shown = async (id: string) => (await project.tickets.show(id)).ticket;
  expect(await shown(two)).toMatchObject({ state: "in-progress" });
  const [feedback] = await project.tickets.events(await shown(two));
  expect(feedback?.text).toMatch(
    /^1\. The work does not go together .*: feature\/tk-\S+ and main both changed same\.txt\./,
  );
  expect((await shown(obstructed)).actionRequired?.reason).toMatch(
    /^it could not be merged: Local changes in .*README\.md/,
  );
  expect(await shown(bad)).toMatchObject({ state: "in-progress" });
  expect((await shown(onBad)).state).toBe("done");
  expect((await shown(onBad)).actionRequired).toBeUndefined();
  expect(details(events)[0]).toContain(`${onBad} waits for what went back`);
  // It is not tried again before the one below it is done again.
  expect((await explainSupervision(project)).actions.filter(({ kind }) => kind === "merge-batch")).toEqual(
    [],
  );
}, 120_000);

test("a base branch that fails by itself: nobody is blamed, a person is told of each; then all goes on", async () => {
  const { fixture, open, done, once, tests, merged } = await start('echo broken; test -e "$NOTES/mended"');
  const ids = [await done("a", { "a.txt": "a" }), await done("b", { "b.txt": "b" })];
  const project = await open();
  await once(project);
  expect(merged()).toEqual([]);
  for (const id of ids) {
    const { ticket } = await project.tickets.show(id);
    expect(ticket.state).toBe("done");
    expect(ticket.actionRequired?.reason).toMatch(
      /^nothing could be merged: the base branch fails by itself, .*ended with code 1 \(log: \S+\.log\)\. Mend it, then clear this$/,
    );
  }
  const before = tests().length;
  expect((await once(project)).filter(({ kind }) => kind === "merging")).toEqual([]);
  fixture.repository.write("../mended", "");
  for (const id of ids) await project.tickets.clearAction(id, project.writeContext(), "mended");
  await once(project);
  expect(merged()).toEqual(ids);
  expect(tests()).toHaveLength(before + 1);
}, 120_000);

// P36
test("a check that hangs and hides what it started: stopped, all of it ended, told with its time", async () => {
  const { fixture, open, done, once, merged } = await start(
    'if test -e slow.txt; then setsid sh -c \'echo $$ >> "$0/pids"; exec sleep 600\' "$NOTES" & sleep 600 & echo $! >> "$NOTES/pids"; wait; fi',
    "timeouts: {checkMs: 1500}\n",
  );
  const slow = await done("slow", { "slow.txt": "slow" });
  const project = await open();
  await once(project);
  expect(merged()).toEqual([]);
  const [feedback] = await project.tickets.events((await project.tickets.show(slow)).ticket);
  expect(feedback?.text).toContain("check.sh was stopped after 2 s");
  const pids = readFileSync(join(fixture.repository.base, "pids"), "utf8").trim().split("\n");
  const isThere = (pid: string) =>
    existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  expect(pids.length).toBeGreaterThan(1);
  await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]));
}, 120_000);

test("while a batch is tested, others begin work that is not built on it; what is built on it waits", async () => {
  const { fixture, open, done } = await start("true");
  const id = await done("a", { "a.txt": "a" });
  const project = await open();
  const free = await fixture.create(project, "free");
  const context = project.writeContext();
  const built = (await project.tickets.create({ title: "built", dependsOn: [id] }, context)).ticket.id;
  const { actions } = await explainSupervision(project);
  expect(actions).toContainEqual(expect.objectContaining({ kind: "merge-batch", ticketIds: [id] }));
  expect(actions).toContainEqual(expect.objectContaining({ kind: "spawn", ticketId: free }));
  expect(actions).not.toContainEqual(expect.objectContaining({ ticketId: built }));
}, 60_000);
