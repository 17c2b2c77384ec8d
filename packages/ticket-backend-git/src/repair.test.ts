import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { planStoreRepair } from "./repair.js";
import { restoreFromView } from "./restore.js";
import { file, makeStore, rewrite } from "./store.fixture.js";

// P13
test("what is found can be mended, a second look finds nothing, and the tickets are as before", async () => {
  const { backend, root, folder, plain } = await makeStore();
  await file(backend, "tk-0001");
  const view = join(folder, "project/view");
  await backend.views.create(view, "shared");
  const tip = plain("rev-parse", "main");
  rmSync(join(root, ".git"));
  mkdirSync(join(root, "hooks"));
  writeFileSync(join(root, "hooks/pre-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  plain("config", "gc.auto", "6700");
  writeFileSync(join(view, ".git/objects/info/alternates"), "/nowhere\n");
  expect((await backend.diagnose()).map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
    "STORE_FAULT .git",
    "STORE_FAULT config",
    "STORE_FAULT hooks/pre-receive",
    "STORE_FAULT project/view",
  ]);
  const repairs = await planStoreRepair(root);
  expect(existsSync(join(root, ".git"))).toBe(false);
  expect(repairs.every(({ isCertain }) => isCertain)).toBe(true);
  for (const repair of repairs) await repair.apply();
  expect(await backend.diagnose()).toEqual([]);
  expect(await planStoreRepair(root)).toEqual([]);
  expect(plain("rev-parse", "main")).toBe(tip);
});

test("a foreign lock goes only when it is old and no git process works here", async () => {
  const { backend, root } = await makeStore();
  const record = await file(backend, "tk-0001");
  const lock = join(root, "refs/heads/main.lock");
  writeFileSync(lock, "");
  expect(await planStoreRepair(root)).toEqual([]);
  const old = new Date(Date.now() - 700_000);
  utimesSync(lock, old, old);
  const user = spawn("git", ["cat-file", "--batch"], { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void user.kill("SIGKILL"));
  // It answers, so it is there.
  user.stdin.write("HEAD\n");
  await new Promise((resolve) => user.stdout.once("data", resolve));
  const [doubtful] = await planStoreRepair(root);
  expect([doubtful?.path, doubtful?.isCertain]).toEqual(["refs/heads/main.lock", false]);
  user.kill("SIGKILL");
  await new Promise((resolve) => user.once("exit", resolve));
  const [certain] = await planStoreRepair(root);
  expect(certain?.isCertain).toBe(true);
  await certain?.apply();
  expect((await rewrite(backend, record, { title: "Goes on" })).ticket.title).toBe("Goes on");
});

test("a lock file that is no database is found and moved aside; then writes and views go on", async () => {
  const { backend, root, folder } = await makeStore();
  const record = await file(backend, "tk-0001");
  const view = join(folder, "project/view");
  await backend.views.create(view, "shared");
  const locks = [join(root, "wiggum/lock.db"), join(view, ".git/wiggum/lock.db")];
  for (const lock of locks) writeFileSync(lock, "no database ".repeat(100));
  await expect(rewrite(backend, record, { title: "Stuck" })).rejects.toMatchObject({ code: "STORE_BROKEN" });
  await expect(backend.views.refresh(view)).rejects.toMatchObject({ code: "STORE_BROKEN" });
  expect((await backend.diagnose()).filter(({ message }) => message.includes("no SQLite file"))).toHaveLength(
    2,
  );
  const repairs = await planStoreRepair(root);
  expect(repairs.map(({ isCertain }) => isCertain)).toEqual([true, true]);
  for (const repair of repairs) await repair.apply();
  await rewrite(backend, record, { title: "Goes on" });
  expect((await backend.views.refresh(view)).written).toEqual(["tk-0001"]);
  expect(await backend.diagnose()).toEqual([]);
  expect(await planStoreRepair(root)).toEqual([]);
});

test.each(["a file is missing", "a file is damaged", "a tree and its file are missing"])(
  "objects that the people's view still has come back from it: %s",
  async (damage) => {
    const { backend, open, root, folder, plain } = await makeStore();
    const record = await file(backend, "tk-0001");
    const view = join(folder, "project/.wiggum/tickets");
    await backend.views.create(view, "full");
    const loose = (id: string) => join(root, "objects", id.slice(0, 2), id.slice(2));
    const tree = plain("rev-parse", "main^{tree}");
    rmSync(loose(record.revision));
    if (damage === "a file is damaged") writeFileSync(loose(record.revision), "damaged");
    if (damage === "a tree and its file are missing") rmSync(loose(tree));
    const repairs = await planStoreRepair(root);
    expect(repairs.map(({ path, isCertain }) => [path, isCertain])).toEqual([["objects", true]]);
    for (const repair of repairs) await repair.apply();
    expect(plain("fsck", "--strict")).toBe("");
    const again = open();
    expect(await again.diagnose()).toEqual([]);
    expect(await planStoreRepair(root)).toEqual([]);
    await rewrite(again, record, { title: "Goes on" });
  },
);

test("an object that no view has whole is not promised", async () => {
  const { backend, root, folder } = await makeStore();
  const record = await file(backend, "tk-0001");
  const view = join(folder, "project/.wiggum/tickets");
  await backend.views.create(view, "full");
  const { revision } = record;
  rmSync(join(root, "objects", revision.slice(0, 2), revision.slice(2)));
  rmSync(join(view, ".git/objects"), { recursive: true });
  mkdirSync(join(view, ".git/objects"));
  expect(await planStoreRepair(root)).toEqual([]);
});

test("damage to objects is found", async () => {
  const { backend, root, plain } = await makeStore();
  await file(backend, "tk-0001");
  const blob = plain("rev-parse", "main:tk-0001.md");
  rmSync(join(root, "objects", blob.slice(0, 2), blob.slice(2)));
  expect((await backend.diagnose()).map(({ message }) => message).join()).toContain(blob);
});

test.each(["lost", "its ref is gone", "an object is gone"])(
  "a store that is broken (%s) comes back from the people's view",
  async (damage) => {
    const { backend, open, root, folder, plain } = await makeStore();
    const view = join(folder, "project/.wiggum/tickets");
    const agentView = join(folder, "project/agent");
    const record = await file(backend, "tk-0001");
    await backend.views.create(view, "full");
    await backend.views.create(agentView, "shared");
    const tip = plain("rev-parse", "main");
    expect(await restoreFromView({ path: root, view })).toEqual({ outcome: "kept", commit: tip });
    if (damage === "lost") rmSync(root, { recursive: true });
    else if (damage === "its ref is gone") rmSync(join(root, "refs/heads/main"));
    else rmSync(join(root, "objects", record.revision.slice(0, 2), record.revision.slice(2)));

    const restored = await restoreFromView({ path: root, view });
    expect(restored).toMatchObject({ outcome: "restored", commit: tip });
    expect(restored.broken === undefined).toBe(damage === "lost");
    expect(readdirSync(dirname(root)).filter((name) => name.includes("broken"))).toHaveLength(
      damage === "lost" ? 0 : 1,
    );
    const again = open();
    expect((await again.list()).tickets.map(({ revision }) => revision)).toEqual([record.revision]);
    await rewrite(again, record, { title: "Goes on" });
    expect((await again.views.refresh(agentView)).written).toEqual(["tk-0001"]);
    expect(plain("fsck", "--strict")).toBe("");
    expect(await again.diagnose()).toEqual([]);
  },
);

test("a person's git that allows no transport keeps neither a view nor its store from coming", async () => {
  const { backend, root, folder, plain } = await makeStore();
  await file(backend, "tk-0001");
  const tip = plain("rev-parse", "main");
  writeFileSync(
    join(folder, "gitconfig"),
    '[protocol]\n\tallow = never\n[protocol "file"]\n\tallow = never\n',
  );
  vi.stubEnv("GIT_CONFIG_GLOBAL", join(folder, "gitconfig"));
  onTestFinished(() => void vi.unstubAllEnvs());
  const view = join(folder, "project/.wiggum/tickets");
  await backend.views.create(view, "full");
  expect(existsSync(join(view, "tk-0001.md"))).toBe(true);
  await file(backend, "tk-0002");
  await backend.views.refresh(view);
  rmSync(root, { recursive: true });
  expect((await restoreFromView({ path: root, view })).commit).not.toBe(tip);
});

test("an older copy takes nothing away from a view that saw more", async () => {
  const { backend, open, root, folder } = await makeStore();
  const people = join(folder, "project/.wiggum/tickets");
  const agentView = join(folder, "project/agent");
  const one = await file(backend, "tk-0001");
  await backend.views.create(people, "full");
  await backend.views.create(agentView, "full");
  const two = await rewrite(backend, one, { title: "Seen by the agent alone" });
  await backend.views.refresh(agentView);
  rmSync(root, { recursive: true });
  await restoreFromView({ path: root, view: people });
  const report = await open().views.refresh(agentView);
  expect(report.edited).toEqual(["tk-0001"]);
  const [edit] = await open().views.edits(agentView);
  expect(edit?.text).toBe(two.text);
});

test("a view that is no whole copy restores nothing and leaves all as it is", async () => {
  const { backend, root, folder } = await makeStore();
  const view = join(folder, "project/view");
  await file(backend, "tk-0001");
  await backend.views.create(view, "shared");
  rmSync(join(root, "objects"), { recursive: true });
  const before = readdirSync(root);
  await expect(restoreFromView({ path: root, view })).rejects.toMatchObject({ code: "STORE_BROKEN" });
  expect(readdirSync(root)).toEqual(before);
});
