// Messages to agents in panes, and what asks there, by the built program.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).error === undefined;

async function createStage(agent: string, screen?: string) {
  const sockets = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-sockets-")));
  const repository = await createRepository({
    agent,
    environment: () => ({ WIGGUM_RUNNER: "tmux", TMUX_TMPDIR: sockets, TERM: "xterm" }),
  });
  onTestFinished(async () => {
    await repository.remove();
    rmSync(sockets, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  if (screen !== undefined) {
    const profile = `name: asker\nprograms: [sh]\nheadless: {}\npane: {}\nscreen:\n${screen}`;
    repository.write(".wiggum/profiles/asker.yaml", profile);
  }
  // A change of state starts nobody else, and tells nobody.
  for (const name of ["on-claim", "on-draft-done"])
    repository.write(`.wiggum/hooks/${name}`, "#!/bin/sh\n", 0o755);
  const ticket = await repository.succeed(["ticket", "create", "Told"]);
  await repository.succeed(["spawn", "worker", ticket]);
  const shows = (text: string) =>
    eventually(`${text} is on the screen`, async () =>
      (await repository.succeed(["logs", "worker-0"])).includes(text),
    );
  return { repository, sockets, ticket, shows };
}

const inbox = (repository: Repository) =>
  repository.json<{ kind: string; about: string; what: string; text?: string; commands: string[] }[]>([
    "inbox",
  ]);

describe.skipIf(!isTmuxThere)("messages to agents in panes (needs tmux)", { timeout: 120_000 }, () => {
  test("a question: inbox has the keys as its command, a message does not answer it, and the keys do", async () => {
    const agent =
      'printf "Allow this? "; read -r answer; clear; printf "> "; echo "$answer" > answer; sleep 600';
    const { repository, shows } = await createStage(
      agent,
      "  messages: typed\n  waiting: '^Allow this'\n  idle: '^>$(?![\\s\\S])'\n",
    );
    await shows("Allow this?");
    const question = await eventually("the question", async () =>
      (await inbox(repository)).find(({ kind }) => kind === "question"),
    );
    expect(question).toMatchObject({
      about: "worker-0",
      what: "It asks: Allow this?",
      commands: ["wiggum attach worker-0", "wiggum send-keys worker-0 <keys>"],
    });
    const pinged = await repository.wiggum(["ping", "worker-0", "yes, and do it well"]);
    expect(pinged.exitCode).toBe(0);
    expect(pinged.stderr).toContain("[warn] worker-0 was not reached yet: only an idle agent is typed to");

    await repository.succeed(["send-keys", "worker-0", "no", "Enter"]);
    await eventually("nothing is asked", async () =>
      (await inbox(repository)).every(({ kind }) => kind !== "question"),
    );
    expect(readFileSync(join(repository.root, "worktrees", "worker-0", "answer"), "utf8")).toBe("no\n");
    // A look is enough: it starts what gives the agent the message.
    await eventually("the message is there", async () => {
      const isWaiting = (await inbox(repository)).some(({ kind }) => kind === "message");
      return !isWaiting && (await repository.succeed(["logs", "worker-0"])).includes("> yes, and do it well");
    });
  });

  // P21
  test.each([
    ["the agent is started again", ["spawn", "worker", "<ticket>"]],
    ["somebody writes to it", ["ping", "worker-0", "second"]],
    ["somebody looks", ["inbox"]],
    ["somebody recovers", ["recover"]],
  ])(
    "what had to wait when its agent was killed is given to who goes on with the ticket, also where the first command is that %s",
    async (_, first) => {
      const agent =
        'echo $$ > pid; clear; echo "working, esc to interrupt"; until [ -e go ]; do sleep 0.1; done; clear; printf "> "; read -r line; echo "$line" > got; sleep 600';
      const { repository, ticket, shows } = await createStage(
        agent,
        "  messages: typed\n  busy: 'esc to interrupt'\n  idle: '^>$(?![\\s\\S])'\n",
      );
      await shows("esc to interrupt");
      const worktree = join(repository.root, "worktrees", "worker-0");
      expect((await repository.wiggum(["ping", "worker-0", "first: keep this"])).stderr).toContain(
        "The message is kept",
      );
      const pid = Number(readFileSync(join(worktree, "pid"), "utf8"));
      process.kill(pid, "SIGKILL");
      await eventually("it is gone", async () => !isThere(pid));
      await repository.wiggum(first.map((word) => (word === "<ticket>" ? ticket : word)));
      expect((await inbox(repository)).filter(({ kind }) => kind === "message")[0]?.what).toContain(
        "A message of manual waits",
      );
      await repository.wiggum(["spawn", "worker", ticket]);
      writeFileSync(join(worktree, "go"), "");
      const got = await eventually("the message is there", async () => {
        await repository.succeed(["recover"]);
        return existsSync(join(worktree, "got")) && readFileSync(join(worktree, "got"), "utf8");
      });
      expect(got).toBe("first: keep this\n");
    },
  );

  // P21
  test.each([
    ["kill", ["kill", "worker-0", "--force"]],
    ["teardown", ["teardown", "--force"]],
  ])("what waits for an agent that %s ends is told, and then is forgotten", async (_, typed) => {
    const { repository, shows } = await createStage(
      'echo "working, esc to interrupt"; while :; do sleep 1; done',
      "  messages: typed\n  busy: 'esc to interrupt'\n  idle: '^>$(?![\\s\\S])'\n",
    );
    await shows("esc to interrupt");
    for (const text of ["keep\u001b me", "x".repeat(120)])
      await repository.succeed(["ping", "worker-0", text]);
    const ended = await repository.wiggum(typed);
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toContain(
      "[warn] A message of manual to worker-0 that had not arrived is forgotten: keep\\x1b me\n",
    );
    expect(ended.stderr).toContain(`forgotten: ${"x".repeat(100)}…\n`);
    expect(await inbox(repository)).toEqual([]);
    const recovered = await repository.wiggum(["recover"]);
    expect(`${recovered.stdout}${recovered.stderr}`).not.toContain("forgot");
  });

  test("of a program without a profile: a message that may be unread is seen, until the ticket moves on or it is dropped", async () => {
    const { repository, ticket, shows } = await createStage(
      'echo ready; while read -r line; do echo "$line"; done',
    );
    await shows("ready");
    const told = await repository.wiggum(["ticket", "feedback", ticket, "somebody", "Not good enough"]);
    expect(told.exitCode).toBe(0);
    const [waiting] = await inbox(repository);
    expect(waiting).toMatchObject({ kind: "message", about: "worker-0" });
    expect(waiting?.what).toMatch(/^A message of manual may be unread: it lies in .*inbox\.jsonl/);
    expect(await repository.succeed(["status", "-v"])).toContain("    A message of manual may be unread: ");
    expect(await repository.succeed(["status"])).toContain("WAITS FOR YOU: 1 (wiggum inbox)");
    const { agents } = await repository.json<{ agents: { messages: { status: string }[] }[] }>(["status"]);
    expect(agents[0]?.messages).toMatchObject([{ status: "unread" }]);
    const { findings } = await repository.json<{ findings: { code: string; id?: string }[] }>(["doctor"]);
    expect(findings.filter(({ code }) => code === "MESSAGE_NOT_DELIVERED")).toMatchObject([
      { id: "worker-0" },
    ]);
    expect(waiting?.commands).toContain("wiggum ping worker-0 --drop");
    const dropped = await repository.wiggum(["ping", "worker-0", "--drop"]);
    expect(dropped.stderr).toBe("[ok] Dropped 1 message for worker-0\n");
    expect(await inbox(repository)).toEqual([]);

    await repository.succeed(["ping", "worker-0", "Once more"]);
    // Two that wait are told apart.
    const long = `and then\n${"more ".repeat(100)}`;
    await repository.succeed(["ping", "worker-0", long]);
    expect((await inbox(repository)).map(({ text }) => text)).toEqual(["Once more", long]);
    const shown = await repository.succeed(["inbox"]);
    expect(shown).toContain("\n  > Once more\n  wiggum ");
    expect(shown).toMatch(/\n {2}> and then (more )+m?o?r?e?…\n {2}wiggum /);
    await repository.succeed(["ticket", "transition", ticket, "review", "--no-hooks"]);
    expect((await inbox(repository)).filter(({ kind }) => kind === "message")).toEqual([]);
    expect((await repository.wiggum(["ping", "worker-0", "--drop", "and", "words"])).exitCode).toBe(2);
    expect((await repository.wiggum(["ping", "worker-0"])).exitCode).toBe(2);
  });

  test("the server's socket was removed by hand: attach finds it again, and teardown ends everything", async () => {
    const { repository, sockets, shows } = await createStage('echo "process $$"; while :; do sleep 1; done');
    await shows("process ");
    const pid = Number(/process (\d+)/.exec(await repository.succeed(["logs", "worker-0"]))?.[1]);
    const folder = join(sockets, readdirSync(sockets)[0] ?? "");
    const removeSocket = () => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    };
    removeSocket();
    const { command } = await repository.json<{ command: string[] }>(["attach"]);
    expect(command).toContain("attach-session");
    removeSocket();
    const ended = await repository.wiggum(["teardown", "--force"]);
    expect(ended.stderr).toContain("[ok] Session terminated");
    expect(isThere(pid)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    const servers = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isServerBelow(name, sockets));
    expect(servers).toEqual([]);
  });
});

function isThere(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0;
  } catch {
    return false;
  }
}

function isServerBelow(pid: string, sockets: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`TMUX_TMPDIR=${sockets}`);
  } catch {
    return false;
  }
}
