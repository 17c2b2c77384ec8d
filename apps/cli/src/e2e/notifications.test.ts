// Who hears of what while a project is supervised, through the built command: a program, a webhook that hangs, a run that is killed.
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

/** Takes connections and never says a word. */
async function silentServer() {
  const server = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function running(repository: Repository) {
  const child = repository.start(["run", "--plain"]);
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  return {
    kill: async (signal: NodeJS.Signals) => {
      child.kill(signal);
      await ended;
    },
  };
}

/** Nothing is left for the program of the settings. */
function isNoted(repository: Repository): boolean {
  const database = new DatabaseSync(join(repository.root, ".wiggum/state/notices.db"), {
    readOnly: true,
    timeout: 5_000,
  });
  try {
    return database.prepare("SELECT 1 FROM deliveries WHERE channel = 'command'").get() === undefined;
  } finally {
    database.close();
  }
}

// P32
test("told once, over a kill of the run; a webhook that hangs holds up nothing; doctor names what cannot work", async () => {
  const silent = await silentServer();
  const repository = await createRepository({
    agent: 'if [ -e "$HOME/failing" ]; then exit 3; fi; while :; do sleep 1; done',
    environment: () => ({
      WIGGUM_POLL_INTERVAL: "0.5",
      WIGGUM_ON_CHANGE: "none",
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
    }),
  });
  const told = join(repository.programs, "told.txt");
  writeFileSync(told, "");
  const lines = () => readFileSync(told, "utf8").split("\n").filter(Boolean);
  repository.write(
    "tell-me",
    `#!/bin/sh\necho "$WIGGUM_NOTICE_EVENT $WIGGUM_NOTICE_TEXT -> $WIGGUM_NOTICE_COMMAND" >> '${told}'\n`,
    0o755,
  );
  repository.write(
    ".wiggum/config.yaml",
    `notifications:\n  command: [./tell-me]\n  webhooks:\n    - url: http://127.0.0.1:${silent.port}/x\n    - url: http://127.0.0.1:1/y\n      secretVariable: NO_SUCH_SECRET\n`,
  );
  try {
    const findings = async () =>
      (await repository.json<{ findings: { code: string; message: string }[] }>(["doctor"])).findings
        .filter(({ code }) => code === "NOTIFIER_UNUSABLE")
        .map(({ message }) => message);
    expect(await findings()).toEqual([
      expect.stringMatching(
        /^Nothing is sent to webhook 127\.0\.0\.1:1 \w+: the variable NO_SUCH_SECRET is not set$/,
      ),
    ]);
    const old = await repository.succeed(["ticket", "create", "Old"]);
    for (const state of ["in-progress", "review", "qa", "done"])
      await repository.succeed(["ticket", "transition", old, state, "--no-hooks"]);
    const asked = await repository.succeed(["ticket", "create", "Asked"]);
    await repository.succeed(["ticket", "action", "require", asked, "Which licence?"]);
    const waiting = `task:waiting ${asked} Asked: Which licence? -> wiggum answer ${asked} "<answer>"`;

    const first = running(repository);
    await eventually("it was told", async () => (lines().includes(waiting) ? true : undefined));
    // What is under way when the run is killed is told once more, under the same id: it is noted as told before the kill.
    await eventually("that is noted", async () => (isNoted(repository) ? true : undefined));
    await first.kill("SIGKILL");
    const second = running(repository);
    writeFileSync(join(repository.environment["HOME"] ?? "", "failing"), "");
    await repository.succeed(["ticket", "create", "Fails"]);
    await eventually("an agent failed", async () =>
      lines().some((line) => line.startsWith("agent:error ")) ? true : undefined,
    );
    await repository.succeed(["ticket", "action", "require", asked, "And the year?"]);
    await eventually("the next question", async () =>
      lines().some((line) => line.includes("And the year?")) ? true : undefined,
    );
    await second.kill("SIGINT");
    expect(lines().filter((line) => line === waiting)).toHaveLength(1);
    // What was done before anybody looked is no news.
    expect(lines().filter((line) => line.includes(old))).toEqual([]);
  } finally {
    silent.close();
    await repository.remove();
  }
}, 180_000);
