// The whole project: run, doctor; and that every command is run by some test here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { app } from "../app.js";
import { allLeaves, rootCommands } from "../tree.js";
import { createRepository, type Repository } from "./built-wiggum.js";

// Hands in a commit and ends.
const diligentAgent = `
case $WIGGUM_AGENT_ID in
worker-*)
  echo "$WIGGUM_TICKET_ID" > "$WIGGUM_TICKET_ID.txt"
  git add . && git -c user.name=W -c user.email=w@example.org commit -qm "Work on $WIGGUM_TICKET_ID"
  exec "$WIGGUM_BIN_OF_TEST" ticket transition "$WIGGUM_TICKET_ID" review ;;
*) exec "$WIGGUM_BIN_OF_TEST" ticket approve "$WIGGUM_TICKET_ID" ;;
esac`;

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository({ agent: diligentAgent.replaceAll('"$WIGGUM_BIN_OF_TEST"', "wiggum") });
});
afterAll(() => repository.remove());

describe("run", () => {
  test("--dry-run prints what would be done; --until-done does it", async () => {
    const first = await repository.succeed(["ticket", "create", "First"]);
    const second = await repository.succeed(["ticket", "create", "Second", "--dep", first]);
    const plan = await repository.succeed(["run", "--dry-run"]);
    expect(plan).toContain(`spawn worker for ${first}`);
    expect(plan).not.toContain(`for ${second}`);
    expect((await repository.json<{ state: string }>(["ticket", "show", first])).state).toBe("ready");
    const environment = { WIGGUM_MERGE: "auto", WIGGUM_POLL_INTERVAL: "1" };
    const ran = await repository.wiggum(["run", "--until-done"], { environment });
    expect(ran.stderr).toContain("[ok] All tickets are done\n");
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(repository.read(`${second}.txt`)).toBe(`${second}\n`);
    expect(await repository.succeed(["list", "--format", "ids"])).not.toContain("reviewer");
  });

  test("--once ends after one round; --json tells the result", async () => {
    const result = await repository.json<{ ticks: number }>(["run", "--once"]);
    expect(result.ticks).toBe(1);
  });

  test("until a signal: Ctrl-C ends it with exit 0", async () => {
    const child = repository.start(["run"]);
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (part: Buffer) => {
        said.push(part.toString());
        if (said.join("").includes("Supervising")) resolve();
      });
    });
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  });

  test("a ticket on which a person must act is stuck: named, exit 1", async () => {
    const id = await repository.succeed(["ticket", "create", "Needs a person"]);
    await repository.succeed(["ticket", "action", "require", id, "Decide"]);
    const ran = await repository.wiggum(["run", "--until-done"]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(id);
    await repository.succeed(["ticket", "action", "clear", id]);
    await repository.succeed(["ticket", "close", id]);
  });
});

// P13: doctor only reads; --fix prints its plan and acts; a second doctor is clean.
describe("doctor", () => {
  test("a healthy project: exit 0, nothing on standard output", async () => {
    const healthy = await createRepository();
    try {
      expect(await healthy.wiggum(["doctor"])).toEqual({
        exitCode: 0,
        stdout: "",
        stderr: "[ok] Nothing wrong found\n",
      });
    } finally {
      await healthy.remove();
    }
  });

  test("finds, plans, mends", async () => {
    const hurt = await createRepository();
    try {
      await hurt.succeed(["ticket", "create", "Kept"]);
      const wrong = hurt.write(".wiggum/tickets.git/refs/heads/main.lock", "");
      const { utimesSync } = await import("node:fs");
      utimesSync(wrong, new Date(0), new Date(0));
      const found = await hurt.wiggum(["doctor"]);
      expect(found.stdout).toContain("main.lock");
      expect(found.stdout).toMatch(/ {8}fix: /);
      const fixed = await hurt.wiggum(["doctor", "--fix"]);
      expect(fixed.stdout).toMatch(/^plan: .*main\.lock/m);
      expect(await hurt.wiggum(["doctor"])).toMatchObject({ exitCode: 0, stdout: "" });
    } finally {
      await hurt.remove();
    }
  });
});

test("every command is run by a test of the built program", () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const tests = readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  for (const { words } of allLeaves(rootCommands(app))) {
    expect(tests).toContain(words.map((word) => `"${word}"`).join(", "));
  }
});
