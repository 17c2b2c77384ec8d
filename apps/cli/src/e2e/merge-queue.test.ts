// `wiggum run` with a merge queue, as a process: killed in the middle of a test, started again, and a culprit that mends its work.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRepository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

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
        { from: "in-progress", to: "done", effects: ["merge"] },
      ],
    },
  },
};

/** Does its work in one commit and hands it in; the one that is named in `bad-ticket` leaves a bad file in its first round, and takes it away in its second. */
const agent = `
work="$WIGGUM_TICKET_ID.txt"
if test -e bad.txt; then git rm -q bad.txt; elif test ! -e "$work" && grep -q "$WIGGUM_TICKET_ID" "$(dirname "$0")/bad-ticket"; then echo bad > bad.txt; fi
echo again >> "$work"
git add -A
git commit -q -m "Work on $WIGGUM_TICKET_ID"
"$WIGGUM_BIN" ticket transition "$WIGGUM_TICKET_ID" done
`;

/** Hangs while \`hang\` is there, with something in the background that hides; fails where a bad file is. */
const check = `#!/bin/sh
programs="$(dirname "$0")"
if test -e "$programs/hang"; then
  setsid sleep 600 & echo $! > "$programs/hidden"
  sleep 600
fi
test ! -e bad.txt || { echo "bad.txt is here"; exit 3; }
git rev-parse HEAD >> "$programs/passed"
`;

// P35 P36
test("killed in the middle of a test and started again: nothing is left, all is merged once, and only what has passed", async () => {
  const repository = await createRepository({
    agent,
    environment: () => ({ WIGGUM_MERGE: "auto", WIGGUM_POLL_INTERVAL: "0.5" }),
  });
  const { programs } = repository;
  const inPrograms = (name: string) => join(programs, name);
  try {
    repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
    repository.write("../programs/check.sh", check, 0o755);
    repository.write("../programs/hang", "");
    repository.write(
      ".wiggum/config.yaml",
      `mergeQueue: {batch: 4}\nchecks: ["${inPrograms("check.sh")}"]\n`,
    );
    const start = repository.git("rev-parse", "main").trim();
    const ids: string[] = [];
    for (const title of ["one", "two", "bad"])
      ids.push(await repository.succeed(["ticket", "create", title]));
    repository.write("../programs/bad-ticket", `${ids[2]}\n`);

    const run = repository.start(["run"]);
    const ended = new Promise<void>((resolve) => run.once("exit", () => resolve()));
    await eventually("a check hangs", async () => existsSync(inPrograms("hidden")));
    const { mergeQueue } = await repository.json<{
      mergeQueue: { testing: string[]; pid: number; log: string };
    }>(["status"]);
    expect(mergeQueue.pid).toBe(run.pid);
    expect(ids).toEqual(expect.arrayContaining(mergeQueue.testing));
    expect(readFileSync(mergeQueue.log, "utf8")).toMatch(/^main with tk-.*\n\n\$ \S+check\.sh\n/);
    expect(await repository.succeed(["status"])).toMatch(
      /\nMERGE QUEUE:\n {2}testing: tk-\S+.*, since \d{4}-/,
    );
    run.kill("SIGKILL");
    await ended;
    expect(await repository.succeed(["status"])).not.toContain("MERGE QUEUE");
    rmSync(inPrograms("hang"));
    // At moments that nobody chose: while it looks, tests, halves, moves the branch.
    let said = "";
    for (const lifeMs of [900, 1_300, 1_700, 2_100]) {
      const killed = repository.start(["run"]);
      killed.stderr?.on("data", (part: Buffer) => {
        said += part.toString();
      });
      const gone = new Promise<void>((resolve) => killed.once("exit", () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      killed.kill("SIGKILL");
      await gone;
    }

    const last = await repository.wiggum(["run", "--until-done"]);
    expect(last).toMatchObject({ exitCode: 0 });
    said += last.stderr;
    expect(said).toContain(`${ids[2]} sent back to in-progress`);
    expect(said).toMatch(/Recovered: the checkout \S+ that a killed merge had left was removed/);
    const { tickets } = await repository.json<{ tickets: { state: string }[] }>(["ticket", "list"]);
    expect(tickets.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    const subjects = repository
      .git("log", "--first-parent", "--format=%s", `${start}..main`)
      .trim()
      .split("\n");
    expect(subjects.toSorted()).toEqual(ids.map((id) => `Merge feature/${id} into main`).toSorted());
    const passed = new Set(readFileSync(inPrograms("passed"), "utf8").trim().split("\n"));
    const positions = repository.git("reflog", "show", "--format=%H", "main").trim().split("\n");
    expect(positions.filter((commit) => commit !== start && !passed.has(commit))).toEqual([]);
    expect(existsSync(join(repository.root, "bad.txt"))).toBe(false);
    // Neither the checkout nor what hid from the end of its check.
    expect(repository.git("worktree", "list", "--porcelain")).not.toContain("wiggum-check-");
    const hidden = readFileSync(inPrograms("hidden"), "utf8").trim();
    const isThere =
      existsSync(`/proc/${hidden}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${hidden}/status`, "utf8"));
    expect(isThere).toBe(false);
  } finally {
    await repository.remove();
  }
}, 300_000);
