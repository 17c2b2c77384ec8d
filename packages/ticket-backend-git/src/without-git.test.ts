// One-shot processes on a store that is plain: not one process of git is started for it.
import { expect, test } from "vitest";
import { countingGit } from "./counting-git.fixture.js";
import { claim, file, makeStore, rewrite, type StoreKind } from "./store.fixture.js";
import type { WorkerOrder } from "./worker.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();

async function prepare(kind: StoreKind) {
  const store = await makeStore({}, kind);
  const record = await file(store.backend, "tk-0001");
  await file(store.backend, "tk-0002");
  const git = countingGit();
  const run = async (task: WorkerOrder["task"], ticket: string, name: string = task): Promise<string> => {
    const order = { root: store.root, name, task, tickets: [ticket], rounds: 2 };
    const { child, lines, ended } = start(order, git.env);
    child.stdin?.write("go\n");
    const told: string[] = [];
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) told.push(line.value);
    expect((await ended).errors).toBe("");
    return told.at(-1) ?? "";
  };
  return { store, record, git, run };
}

test("reading, writing, losing a claim: with loose objects and with packed ones, and git in between", async () => {
  const { store, record, git, run } = await prepare("plain");
  for (const name of ["loose", "packed"]) {
    expect(await run("loop", "tk-0001", `loop-${name}`)).toBe("conflicts 0");
    expect(await run("probe", "tk-0002")).toBe("2 written");
    expect(git.takeCalls()).toEqual([]);
    store.plain("repack", "-adq");
    store.plain("prune-packed");
    store.plain("pack-refs", "--all");
  }
  const now = (await store.backend.read("tk-0001")).record ?? record;
  await rewrite(store.backend, now, claim("first"));
  // A push that was not judged before is judged in process, too.
  store.push(store.clone(), { "README.md": "Changed by hand\n" });
  expect(await run("loop", "tk-0001", "late")).toBe("conflicts 0");
  expect(git.takeCalls()).toEqual([]);
});

test("on a store that is git's, git is counted", async () => {
  const { git, run } = await prepare("sha256");
  expect(await run("loop", "tk-0001")).toBe("conflicts 0");
  expect(git.takeCalls().length).toBeGreaterThan(4);
});
