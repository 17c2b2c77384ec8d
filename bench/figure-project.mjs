// What the figures are taken on: a project with so many tickets, the same store as plain git has it, and what is timed there.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bigStoreId, makeBigProject } from "./big-store.mjs";

const fileAt = (name) => fileURLToPath(new URL(name, import.meta.url));
export const bin = fileAt("../apps/cli/dist/bin.cjs");
const plainPath = fileAt("plain-path.mjs");
const liveWorker = fileAt("live-worker.mjs");
const peakMemory = new URL("peak-memory.mjs", import.meta.url).href;

/** What a commit and its trees and its ticket take in the store, uncompressed: what a writer reads and writes anew. */
function bytesOfWrite(run, store) {
  const lines = run(["git", "diff-tree", "-r", "-t", "--root", "--no-commit-id", "main^", "main"], {
    cwd: store,
  }).out;
  const ids = lines.split("\n").map((line) => line.split(" ")[3]);
  const top = run(["git", "rev-parse", "main", "main^{tree}"], { cwd: store }).out.split("\n");
  return [...ids, ...top].reduce(
    (sum, id) => sum + Number(run(["git", "cat-file", "-s", id], { cwd: store }).out),
    0,
  );
}

/** More tickets than that do not lie in one folder. */
const mostForFlat = 1_000;

/** The people's view of more tickets than that is not written out for the bench. */
const mostForView = 10_000;

/**
 * A project below `folder` with `size` tickets. Everything that runs answers milliseconds, and throws when it fails.
 * Tickets 0 to 199 are in progress and may be written to; ticket `size - 1` is read.
 */
export async function makeFigureProject(folder, { size, workable = undefined }) {
  const { root, environment } = await makeBigProject(folder, {
    count: size,
    ...(workable !== undefined && { workable }),
    hasView: size <= mostForView,
  });
  const store = join(root, ".wiggum", "tickets.git");

  function run(words, { cwd = root, env = environment } = {}) {
    const start = performance.now();
    const result = spawnSync(words[0], words.slice(1), { cwd, encoding: "utf8", env, maxBuffer: 2 ** 30 });
    const ms = performance.now() - start;
    if (result.status !== 0)
      throw new Error(`${words.join(" ")} ended with ${result.status}: ${result.stderr}`);
    return { ms, out: result.stdout.trim() };
  }
  const wiggum = (...words) => run([process.execPath, bin, ...words]).ms;
  // Large stores keep their tickets in folders, where this build can move them there.
  const hasFolders =
    size > mostForFlat && run([process.execPath, bin, "doctor", "--help"]).out.includes("--relayout");
  if (hasFolders) wiggum("doctor", "--relayout");
  const create = (title) => run([process.execPath, bin, "ticket", "create", title]).out;

  const mover = create("moved by commands");
  wiggum("ticket", "transition", mover, "in-progress", "--no-hooks");
  const liveTicket = create("moved by a live process");
  wiggum("ticket", "transition", liveTicket, "in-progress", "--no-hooks");
  let moves = 0;

  return {
    root,
    store,
    environment,
    run,
    bare: () => run([process.execPath, "-e", "0"]).ms,
    wiggum,
    show: () => wiggum("ticket", "show", bigStoreId(size - 1)),
    list: () => wiggum("ticket", "list", "--state", "ready"),
    ready: () => wiggum("ticket", "ready", ...(size >= 100_000 ? ["--limit", "20"] : [])),
    transition() {
      moves += 1;
      return wiggum("ticket", "transition", mover, moves % 2 === 1 ? "review" : "in-progress", "--no-hooks");
    },
    /** Kilobytes that a program of node held at most; without words that of one that does nothing. */
    peakKilobytes(...words) {
      const env = { ...environment, NODE_OPTIONS: `--import ${peakMemory}` };
      const program = words.length === 0 ? ["-e", "0"] : [bin, ...words];
      const stdio = ["ignore", "ignore", "pipe", "pipe"];
      const { status, output } = spawnSync(process.execPath, program, {
        cwd: root,
        encoding: "utf8",
        env,
        stdio,
      });
      if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${output[2]}`);
      return Number(output[3]);
    },
    live: (ticket = liveTicket) => startLive(store, ticket, environment),
    /** One more ticket that may be changed. */
    create,
    plain: () => makePlain(folder, store, run),
    /** Those of the store, and what they take on the disk. */
    looseObjects() {
      const { out } = run(["git", "count-objects", "-v"], { cwd: store });
      const numberOf = (key) => Number(new RegExp(`^${key}: (\\d+)$`, "m").exec(out)?.[1]);
      return { count: numberOf("count"), kilobytes: numberOf("size") };
    },
    /** Kilobytes of the objects that the newest commit brought, before they are compressed. */
    writtenKilobytes: () => bytesOfWrite(run, store) / 1024,
    head: () => run(["git", "rev-parse", "main"], { cwd: store }).out,
  };
}

/** A process that has the store open (see live-worker.mjs): each answers the milliseconds that it took as that process sees it. */
function startLive(store, ticket, environment) {
  const child = spawn(process.execPath, [liveWorker, store, ticket], {
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once("close", resolve));
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("The live process ended");
    return value;
  };
  const begun = next();
  const ask = async (order) => {
    await begun;
    child.stdin.write(`${order}\n`);
    return Number(await next());
  };
  return {
    move: () => ask("move"),
    comment: () => ask("comment"),
    write: () => ask("write"),
    look: () => ask("look"),
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}

/** A copy of the store with a clone, for what plain git does. Files are durable to the same degree as Wiggum's. */
function makePlain(folder, store, run) {
  const copy = join(folder, "plain.git");
  run(["git", "clone", "-q", "--bare", store, copy], { cwd: folder });
  for (const [key, value] of [
    ["core.fsync", "loose-object,reference"],
    ["gc.auto", "0"],
    ["receive.autogc", "false"],
  ])
    run(["git", "config", key, value], { cwd: copy });
  const clones = new Map();
  const clone = (name) => {
    if (!clones.has(name)) {
      const path = join(folder, `clone-${name}`);
      run(["git", "clone", "-q", copy, path], { cwd: folder });
      run(["git", "config", "gc.auto", "0"], { cwd: path });
      run(["git", "config", "maintenance.auto", "false"], { cwd: path });
      clones.set(name, path);
    }
    return clones.get(name);
  };
  let lines = 0;
  return {
    clone,
    /** Words of a process that pulls, commits and pushes one line. */
    words(name, number = 0) {
      lines += 1;
      const file = `${bigStoreId(number)}.md`;
      const inFolder = `${file.slice(3, 5)}/${file}`;
      const path = existsSync(join(clone(name), inFolder)) ? inFolder : file;
      return [process.execPath, plainPath, clone(name), path, `line ${lines}`];
    },
    /** Of an empty commit, which is made before. */
    push() {
      const cwd = clone("push");
      run(["git", "pull", "-q", "--rebase"], { cwd });
      const identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"];
      run(["git", ...identity, "commit", "-q", "--allow-empty", "-m", "Empty"], { cwd });
      return run(["git", "-c", "core.fsync=loose-object,reference", "push", "-q", "origin", "HEAD:main"], {
        cwd,
      }).ms;
    },
  };
}
