// Publishing over real git, a real bare remote, and a stand-in for `gh`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SupervisorEvent } from "@wiggum/workflow";
import { afterEach, expect, test } from "vitest";
import type { Project } from "../project.js";
import { superviseProject } from "../supervise-project.js";
import { killChildren, startChild } from "../testing/child-process.js";
import { type ProjectFixture, projectFixture } from "../testing/project-fixture.js";
import { createProjectPublisher } from "./project-publisher.js";

const standIn = fileURLToPath(new URL("../testing/gh.mjs", import.meta.url));

let fixture: ProjectFixture | undefined;
afterEach(async () => {
  killChildren();
  await fixture?.remove();
  fixture = undefined;
}, 60_000);

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly head?: string;
}

async function start(target: "gh" | "push", more = "") {
  const made = await projectFixture("true");
  fixture = made;
  const { repository, paths } = made;
  const { base, git } = repository;
  const remote = join(base, "remote.git");
  git("init", "-q", "--bare", "-b", "main", remote);
  git("remote", "add", "origin", remote);
  git("push", "-q", "origin", "main");
  const programs = join(base, "programs");
  const hub = join(base, "hub");
  for (const folder of [programs, hub]) mkdirSync(folder);
  writeFileSync(join(programs, "gh"), `#!/bin/sh\nexec '${process.execPath}' '${standIn}' "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(paths.configYaml, `checks: [npm test]\npublish: {target: ${target}, pollMs: 1${more}}\n`);
  const environment: Record<string, string> = {
    ...repository.environment,
    PATH: `${programs}:${repository.environment["PATH"]}`,
    GH_STAND_IN: hub,
  };
  // Each look a minute after the other: nothing is due to be waited for.
  let atMs = Date.now();
  const now = () => {
    atMs += 60_000;
    return new Date(atMs);
  };
  const open = (clock?: Project["clock"]) =>
    made.open(undefined, { isSupervisor: true, environment, ...(clock === undefined ? {} : { clock }) });
  const plain = await open();
  const project = await open({ ...plain.clock, now });
  const publisher = createProjectPublisher(project);
  const inHub = (name: string) => join(hub, name);
  const override = { actor: { kind: "person", id: "p" }, override: "test", unguarded: true } as const;
  return {
    base,
    git,
    remote,
    hub,
    programs,
    environment,
    project,
    async pass() {
      const said: string[] = [];
      await publisher?.pass(({ what }) => void said.push(what));
      return said;
    },
    remoteTip: (branch: string) =>
      execFileSync("git", ["--git-dir", remote, "rev-parse", "--verify", "-q", branch], {
        encoding: "utf8",
      }).trim(),
    /** A ticket in `pr_open` with a commit on its feature branch. */
    async opened(title: string, file: string): Promise<string> {
      const input = {
        title,
        type: "pr-task",
        description: "Totals are rounded.",
        acceptanceCriteria: ["Adds up"],
      };
      const { ticket } = await project.tickets.create(input, project.writeContext());
      await project.tickets.update(ticket.id, (stored) => ({ ...stored, state: "pr_open" }), override);
      git("checkout", "-q", "-b", `feature/${ticket.id}`, "main");
      repository.write(file, `${title}\n`);
      git("add", "--", file);
      git("commit", "-q", "-m", `Add ${file}`);
      git("checkout", "-q", "main");
      return ticket.id;
    },
    /** Puts it back into `pr_open`, as a worker's second hand-in does. */
    reopen: (id: string) =>
      project.tickets.update(id, (stored) => ({ ...stored, state: "pr_open" }), override),
    shown: async (id: string) => (await project.tickets.show(id)).ticket,
    feedback: async (id: string) =>
      (await project.tickets.events((await project.tickets.show(id)).ticket)).map(
        ({ source, text }) => `${source}: ${text}`,
      ),
    pulls: (): Pull[] => JSON.parse(readFileSync(inHub("pulls.json"), "utf8")),
    /** What the host says of a pull request from now on. */
    say(number: number, more: Readonly<Record<string, unknown>>) {
      const all: Pull[] = JSON.parse(readFileSync(inHub("pulls.json"), "utf8"));
      writeFileSync(
        inHub("pulls.json"),
        JSON.stringify(all.map((one) => (one.number === number ? { ...one, ...more } : one))),
      );
    },
    calls: (): string[][] =>
      existsSync(inHub("calls"))
        ? readFileSync(inHub("calls"), "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line))
        : [],
    fail(text: string | undefined) {
      if (text === undefined) rmSync(inHub("fail"));
      else writeFileSync(inHub("fail"), text);
    },
  };
}

const check = (name: string, conclusion: string | null) => ({
  __typename: "CheckRun",
  name,
  status: conclusion === null ? "IN_PROGRESS" : "COMPLETED",
  conclusion,
  detailsUrl: `https://github.example/run/${name}`,
});

test("pushed and opened once, with what the ticket asks for and what the work changes; also when who opened it was killed before it wrote that down", async () => {
  const { project, environment, hub, opened, pulls, pass, shown, remoteTip, git, calls } = await start("gh");
  const id = await opened("Round totals; $(touch pwned)", "totals.txt");
  const child = startChild(
    new URL("../testing/publish-once.ts", import.meta.url),
    [project.paths.root],
    environment,
  );
  writeFileSync(join(hub, "kill-asker"), `${child.pid}`);
  expect(await child.ended()).toBe("SIGKILL");
  rmSync(join(hub, "kill-asker"));
  expect((await shown(id)).fields["pr_number"]).toBeUndefined();
  expect(await pass()).toEqual([]);
  expect(pulls()).toHaveLength(1);
  const [{ title, body, branch } = { title: "", body: "", branch: "" }] = pulls();
  expect(title).toBe(`[${id}] Round totals; $(touch pwned)`);
  expect(branch).toBe(`feature/${id}`);
  expect(body).toContain("Totals are rounded.");
  expect(body).toContain("- [ ] Adds up");
  expect(body).toContain("- Add totals.txt\n");
  expect(body).toContain("- `totals.txt` (+1 −0)");
  expect(body).toContain("- `npm test`");
  expect(remoteTip(branch)).toBe(git("rev-parse", branch).trim());
  expect(await shown(id)).toMatchObject({
    state: "pr_open",
    fields: { pr_number: 1, pr_url: "https://github.example/o/r/pull/1", pr_status: "open" },
  });
  await pass();
  expect(calls().filter(([, verb]) => verb === "create")).toHaveLength(1);
}, 120_000);

test("failed checks, remarks and conflicts go back to the worker, each once, and a new commit is pushed; merged and closed end it", async () => {
  const { opened, reopen, say, pass, shown, feedback, calls, git, remoteTip, project } = await start("gh");
  const [one, two, three] = [
    await opened("one", "1.txt"),
    await opened("two", "2.txt"),
    await opened("three", "3.txt"),
  ];
  await pass();
  const tipOf = (id: string) => git("rev-parse", `feature/${id}`).trim();
  const numberOf = async (id: string) => Number((await shown(id)).fields["pr_number"]);
  const review = {
    id: "R1",
    state: "CHANGES_REQUESTED",
    body: "Too long.\n1. Split it",
    author: { login: "ada" },
  };
  const comment = { id: "C1", body: "Why?", path: "1.txt", line: 1, author: null };
  const numbers = { one: await numberOf(one), two: await numberOf(two), three: await numberOf(three) };
  // While one of them runs, nothing is told of checks.
  say(numbers.one, {
    head: tipOf(one),
    checks: [check("unit", "FAILURE"), check("e2e", null)],
    reviews: [review],
    threads: [{ isResolved: false, comments: { nodes: [comment] } }],
  });
  say(numbers.two, { head: tipOf(two), mergeable: "CONFLICTING" });
  say(numbers.three, { head: "0".repeat(40), checks: [check("unit", "FAILURE")] });
  const before = calls().length;
  await pass();
  // One question for all of them.
  expect(
    calls()
      .slice(before)
      .map(([noun, verb]) => `${noun} ${verb}`),
  ).toEqual(["api graphql"]);
  expect([(await shown(one)).state, (await shown(two)).state, (await shown(three)).state]).toEqual([
    "pr_open",
    "in_progress",
    "pr_open",
  ]);
  expect((await feedback(two))[0]).toMatch(/^Pull request #\d: 1\. It conflicts with the branch/);
  say(numbers.one, { checks: [check("unit", "FAILURE"), check("e2e", "SUCCESS")] });
  expect(await pass()).toEqual([
    expect.stringContaining(`${one} went back to in_progress: 3 findings at https://`),
  ]);
  expect(await feedback(one)).toEqual([
    `Pull request #${numbers.one}: 1. The check unit fails: https://github.example/run/unit`,
    `Pull request #${numbers.one}: 2. ada: Too long.\n1. Split it`,
    `Pull request #${numbers.one}: 3. somebody on 1.txt:1: Why?`,
  ]);
  // Handed in again as it was: nothing new is said of it. With a new commit it is pushed.
  await reopen(one);
  expect(await pass()).toEqual([]);
  git("checkout", "-q", `feature/${one}`);
  git("commit", "-q", "--allow-empty", "-m", "Split");
  git("checkout", "-q", "main");
  await pass();
  expect(remoteTip(`feature/${one}`)).toBe(tipOf(one));
  say(numbers.one, { state: "MERGED" });
  say(numbers.three, { state: "CLOSED" });
  await pass();
  expect(await shown(one)).toMatchObject({ state: "pr_merged", fields: { pr_status: "merged" } });
  expect(await shown(three)).toMatchObject({ state: "waiting_for_human", fields: { pr_status: "closed" } });
  expect((await shown(three)).actionRequired?.reason).toMatch(
    /^its pull request was closed without a merge: https:/,
  );
  // It is merged where its pull request was; here nobody merges it once more.
  expect(await project.branches.unmerged()).toEqual([]);
}, 180_000);

test("gh missing, not logged in, silent, without a network, or talking nonsense: said once with the next step, nothing is lost", async () => {
  const { opened, pass, shown, fail, pulls, programs, calls } = await start("gh", ", timeoutMs: 1500");
  const id = await opened("one", "1.txt");
  const gh = readFileSync(join(programs, "gh"));
  rmSync(join(programs, "gh"));
  if (!existsSync("/usr/bin/gh")) {
    expect(await pass()).toEqual([
      expect.stringMatching(/^Publishing has to wait: there is no program gh\. Install the GitHub CLI/),
    ]);
    expect(await pass()).toEqual([]);
  }
  writeFileSync(join(programs, "gh"), gh, { mode: 0o755 });
  const faults: readonly (readonly [string, RegExp])[] = [
    [
      "4\nTo get started with GitHub CLI, please run:  gh auth login",
      /gh auth login\. Log in: gh auth login$/,
    ],
    ["hang\n", /gh did not answer within 1\.5 s$/],
    ["1\nerror connecting to api.github.com", /gh: error connecting to api\.github\.com$/],
    ["garbage\n<html>\u001b[2J", /gh answered something that is no answer to the question$/],
    ['garbage\n[{"number": "one"}]', /^$|gh answered something/],
  ];
  let last = "";
  for (const [fault, words] of faults) {
    fail(fault);
    const said = await pass();
    if (said.length > 0) last = said.join("\n");
    expect(last).toMatch(words);
    expect((await shown(id)).state).toBe("pr_open");
  }
  fail(undefined);
  expect(await pass()).toEqual([`Opened https://github.example/o/r/pull/1 for ${id}`]);
  expect(pulls()).toHaveLength(1);
  expect(calls().length).toBeGreaterThan(5);
}, 120_000);

test("of the hourly allowance the reserve is left: nothing is asked before it is whole again", async () => {
  const { project, opened, pass, hub, calls } = await start("gh", ", quotaReserve: 800");
  await opened("one", "1.txt");
  writeFileSync(join(hub, "quota.json"), JSON.stringify({ remaining: 800 }));
  const told: string[] = [];
  const report = (event: SupervisorEvent) => void (event.kind === "published" && told.push(event.what));
  await superviseProject(project, { mode: "once", report });
  expect(told).toEqual([
    expect.stringContaining("Opened "),
    "GitHub is not asked before 2030-01-01T00:00:00.000Z: 800 points are left for you (publish.quotaReserve)",
  ]);
  const asked = calls().length;
  await pass();
  await pass();
  expect(calls()).toHaveLength(asked);
}, 60_000);

test("without pull requests: the branch is pushed, merged is what the remote's base branch has, and the base branch here follows", async () => {
  const { opened, pass, shown, remoteTip, git, base, remote } = await start("push");
  const id = await opened("one", "1.txt");
  expect(await pass()).toEqual([]);
  expect(remoteTip(`feature/${id}`)).toBe(git("rev-parse", `feature/${id}`).trim());
  const other = join(base, "other");
  git("clone", "-q", remote, other);
  const there = (...words: string[]) =>
    git("-C", other, "-c", "user.name=T", "-c", "user.email=t@example.org", ...words);
  there("merge", "-q", "--no-ff", "-m", "Merge it", `origin/feature/${id}`);
  there("push", "-q", "origin", "main");
  expect(await pass()).toEqual([`${id} is merged at origin`]);
  expect((await shown(id)).state).toBe("pr_merged");
  expect(git("rev-parse", "main").trim()).toBe(remoteTip("main"));
  // Somebody else's commits on a branch of ours are never overwritten.
  const second = await opened("two", "2.txt");
  there("commit", "-q", "--allow-empty", "-m", "Theirs");
  there("push", "-q", "origin", `HEAD:refs/heads/feature/${second}`);
  expect((await pass())[0]).toContain(
    `${second}: it could not be pushed: origin has commits on feature/${second}`,
  );
  expect((await shown(second)).state).toBe("waiting_for_human");
}, 120_000);
