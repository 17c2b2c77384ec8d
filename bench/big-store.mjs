// A project whose store holds many tickets, made by one `git fast-import`: creating them one by one would take hours.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const bin = fileURLToPath(new URL("../apps/cli/dist/bin.cjs", import.meta.url));
/** One in four is over without having delivered anything; nobody depends on those. */
const stateOf = (index) => (index % 4 === 1 ? "closed" : "done");

/** The id of the ticket with this number: hex digits that look drawn, and never the same twice (the factor is odd). */
export function bigStoreId(index) {
  return `tk-${(Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0")}`;
}

/** A ticket as Wiggum writes one, about half a kilobyte. */
function ticketText(index, isWorkable) {
  const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString().slice(0, 19);
  const dependency =
    index > 3 && index % 3 === 0
      ? `\n  - ${bigStoreId(index % 4 === 0 ? index - 4 : index - (index % 4))}`
      : " []";
  const state = isWorkable ? "ready" : stateOf(index);
  return `---
id: ${bigStoreId(index)}
type: task
priority: ${index % 5}
state: ${state}
assigned_agent_id:
assigned_at:
lease_epoch: ${isWorkable ? 0 : 1}
depends_on:${dependency}
labels:
  - area-${index % 7}
created_at: ${at}Z
created_by: ann
updated_at: ${at}Z
---

# Ticket number ${index}

## Description

What is to be done in number ${index}. ${"A few more words. ".repeat(10)}

## Acceptance Criteria

- [ ] It works.
`;
}

/**
 * Puts `count` tickets on top of `main` of the bare repository `store`, as one commit of Wiggum's own. Up to `workable` of them (spread over
 * the store, every second one at most) are in a state in which they can be claimed; what they depend on is done, or ready as well.
 */
export async function fillStore(store, { count, workable = Math.min(500, Math.floor(count / 2)) }) {
  const every = Math.max(2, Math.floor(count / Math.max(1, workable)));
  const arguments_ = ["-c", "core.fsync=none", "fast-import", "--quiet", "--date-format=raw"];
  const git = spawn("git", ["-C", store, ...arguments_], { stdio: ["pipe", "inherit", "inherit"] });
  const ended = new Promise((resolve, reject) => {
    git.on("error", reject);
    git.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`git fast-import: ${code}`))));
  });
  const message = `Create ${count} tickets\n\nOp: big-store-${count}\nActor: bench\nKind: person\n`;
  const signature = "wiggum <wiggum@local> 1767225600 +0000";
  let part = `commit refs/heads/main\nauthor ${signature}\ncommitter ${signature}\n${dataOf(message)}from refs/heads/main^0\n`;
  for (let index = 0; index < count; index += 1) {
    const isWorkable = index % every === 0 && index / every < workable;
    part += `M 100644 inline ${bigStoreId(index)}.md\n${dataOf(ticketText(index, isWorkable))}`;
    if (part.length < 1_000_000) continue;
    if (!git.stdin.write(part)) await new Promise((resolve) => git.stdin.once("drain", resolve));
    part = "";
  }
  git.stdin.end(part);
  await ended;
}

function dataOf(text) {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/**
 * A project below `folder` with `count` tickets. Answers its root and the environment to run `wiggum` in: a home of its own.
 * `hasView: false` = the people's view is left as `init` made it, without the files of these tickets.
 */
export async function makeBigProject(folder, { count, workable, hasView = true }) {
  const root = join(folder, "project");
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(WIGGUM|GIT)_|^NODE_(?:OPTIONS|COMPILE_CACHE)/.test(name),
    ),
  );
  Object.assign(environment, { HOME: join(folder, "home"), XDG_CACHE_HOME: "" });
  for (const path of [environment.HOME, root]) mkdirSync(path, { recursive: true });
  const run = (program, ...words) => {
    const result = spawnSync(program, words, { cwd: root, encoding: "utf8", env: environment });
    if (result.status !== 0)
      throw new Error(`${words.join(" ")} ended with ${result.status}: ${result.stderr}`);
  };
  run("git", "init", "-q", "-b", "main");
  run(process.execPath, bin, "init", "--agent", "true");
  await fillStore(join(root, ".wiggum", "tickets.git"), { count, workable });
  if (hasView) run(process.execPath, bin, "ticket", "show", bigStoreId(0));
  return { root, environment };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, count = "10000", workable] = process.argv.slice(2);
  if (folder === undefined) {
    console.error("node bench/big-store.mjs <new folder> [tickets] [workable tickets]");
    process.exitCode = 2;
  } else {
    try {
      const options = { count: Number(count), ...(workable && { workable: Number(workable) }) };
      console.log((await makeBigProject(folder, options)).root);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }
}
