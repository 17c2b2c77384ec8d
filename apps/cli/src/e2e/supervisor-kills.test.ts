// `wiggum run` killed again and again, at moments that nobody chose: what runs is adopted, what died is recovered, nothing is done twice.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository } from "./built-wiggum.js";

const types = {
  schemaVersion: 1,
  defaultType: "task",
  types: {
    task: {
      initial: "ready",
      states: {
        ready: { claimable: true },
        "in-progress": { roles: ["worker"] },
        done: { final: true, satisfiesDependants: true },
      },
      transitions: [
        { from: "ready", to: "in-progress", effects: ["claim"] },
        { from: "in-progress", to: "done" },
      ],
    },
  },
};

// P26 P29
test("a run that is killed at any moment and started again starts nobody twice under one claim, and finishes", async () => {
  const repository = await createRepository({
    agent:
      'echo "$WIGGUM_TICKET_ID $WIGGUM_EPOCH" >> "$(dirname "$0")/journal"; sleep 1; "$WIGGUM_BIN" ticket transition "$WIGGUM_TICKET_ID" done',
    environment: () => ({ WIGGUM_MAX_AGENTS: "2", WIGGUM_POLL_INTERVAL: "0.5" }),
  });
  try {
    repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
    const ids: string[] = [];
    for (let index = 0; index < 4; index++)
      ids.push(await repository.succeed(["ticket", "create", `Work ${index}`]));
    const left = async () =>
      (await repository.json<{ tickets: { state: string }[] }>(["ticket", "list"])).tickets.filter(
        ({ state }) => state !== "done",
      );
    // Longer each time: the first dies while it starts, later ones in the middle of a spawn, a look, a wait.
    for (let lifeMs = 400; lifeMs <= 2_800 && (await left()).length > 0; lifeMs += 400) {
      const run = repository.start(["run"]);
      const ended = new Promise<void>((resolve) => run.once("exit", () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      run.kill("SIGKILL");
      await ended;
    }
    const last = await repository.wiggum(["run", "--until-done"]);
    expect(last).toMatchObject({ exitCode: 0 });
    expect(await left()).toEqual([]);
    const journal = readFileSync(join(repository.programs, "journal"), "utf8").trimEnd().split("\n");
    expect(new Set(journal).size).toBe(journal.length);
    expect([...new Set(journal.map((line) => line.split(" ")[0]))].sort()).toEqual([...ids].sort());
    expect(await repository.succeed(["recover"])).toBe("");
  } finally {
    await repository.remove();
  }
}, 300_000);
