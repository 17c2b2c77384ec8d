import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import { formatMessage } from "./commit-message.js";
import type { StoreLayout } from "./fan-out.js";
import { isMissing, readTextIfThere, writeFileAtomically } from "./files.js";
import { hasLineMerge, withoutLineMerge } from "./foreign-store.js";
import { refuseLink } from "./linked-folder.js";
import { openMutex } from "./mutex.js";
import { createGitObjects, type GitObjects, type ObjectId, parseTree, type TreeEntry } from "./objects.js";
import { moveRefFile } from "./ref-files.js";
import { createStoreGit } from "./store-git.js";
import { layoutFile, layoutTexts, mainRef, storeFiles, storePaths } from "./store-layout.js";
import { openStorePlace, type StorePlace, storeBroken } from "./store-place.js";
import { findTrusted } from "./timeline.js";

/** Where a store is made. */
export interface GitStoreOptions {
  /** Where the bare repository is to lie: `<project>/.wiggum/tickets.git`. */
  readonly path: string;
  /** Wall clock, only displayed. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Of a new store; one that is there keeps its own. Default `flat`. */
  readonly layout?: StoreLayout | undefined;
  readonly lockWaitMs?: number | undefined;
}

/** `created`: it is new. `adopted`: a bare repository was there and has been given what it lacked. `kept`: nothing to do. */
export type GitStoreInit = "created" | "adopted" | "kept";

/** Settings of the bare repository. Nothing tidies up behind our back, nobody rewinds or deletes `main`. */
const settings: readonly (readonly [key: string, value: string])[] = [
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["receive.autogc", "false"],
  ["receive.fsckObjects", "true"],
  ["receive.denyNonFastForwards", "true"],
  ["receive.denyDeletes", "true"],
];

/**
 * Makes the store, or gives an existing bare repository what it lacks; run twice it changes nothing. Several at once are safe: the
 * repository is made whole beside its place and renamed into it.
 * @throws STORE_BROKEN something else lies there
 */
export async function initGitStore({
  path,
  now = () => new Date(),
  layout = "flat",
  lockWaitMs = 10_000,
}: GitStoreOptions): Promise<GitStoreInit> {
  const root = resolve(path);
  refuseLink(root);
  const isNew = isAbsentOrEmpty(root) && (await createStore(root, now, layout));
  if (!existsSync(join(root, "HEAD")) || !existsSync(join(root, "objects"))) {
    throw storeBroken(root, "something lies there that is not a bare git repository");
  }
  const mutex = openMutex(join(root, storePaths.mutex));
  const hasChanged = await mutex.run(() => completeStore(root, now, layout), { waitMs: lockWaitMs });
  if (isNew) return "created";
  return hasChanged ? "adopted" : "kept";
}

/** Answers `false` when another process was first. */
async function createStore(root: string, now: () => Date, layout: StoreLayout): Promise<boolean> {
  mkdirSync(dirname(root), { recursive: true });
  sweepDrafts(root);
  const draft = join(dirname(root), `.${basename(root)}-${randomBytes(6).toString("hex")}`);
  try {
    makeRepository(draft);
    const git = createStoreGit({ cwd: draft, gitDirectory: draft });
    git.runSync(["update-ref", mainRef, writeFirstCommit(createGitObjects(git), now, layout), ""]);
    writeFileSync(join(draft, ".git"), "gitdir: .\n");
    renameSync(draft, root);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Drafts whose maker was killed. A young one may be somebody's at work. */
function sweepDrafts(root: string): void {
  const folder = dirname(root);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`.${basename(root)}-`) || !/-[0-9a-f]{12}$/.test(name)) continue;
    const made = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 600_000) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** An empty bare repository: sha1, refs as files, no template and so no hooks, whatever the person's settings say. */
export function makeRepository(path: string): void {
  mkdirSync(path);
  const git = createStoreGit({
    cwd: path,
    env: { GIT_DEFAULT_HASH: "sha1", GIT_DEFAULT_REF_FORMAT: "files" },
  });
  git.runSync([
    "init",
    "--quiet",
    "--bare",
    "--template=",
    "--object-format=sha1",
    "--initial-branch=main",
    path,
  ]);
  const inside = createStoreGit({ cwd: path, gitDirectory: path });
  for (const [key, value] of settings) inside.runSync(["config", key, value]);
}

/** The beginning of a new store: its own files, and no ticket. */
export function writeFirstCommit(objects: GitObjects, now: () => Date, layout: StoreLayout): ObjectId {
  const files = { ...storeFiles, [layoutFile]: layoutTexts[layout] };
  const entries = Object.entries(files).map(
    ([name, content]): TreeEntry => ({ mode: "100644", name, id: objects.writeBlob(content) }),
  );
  const seconds = Math.floor(now().getTime() / 1000);
  return objects.writeCommit({
    tree: objects.writeTree(entries),
    parents: [],
    message: "Initial commit\n",
    authoredAtSeconds: seconds,
    committedAtSeconds: seconds,
  });
}

/** Adds what is missing and takes nothing away. Under the write mutex. Answers whether anything changed. */
function completeStore(root: string, now: () => Date, layout: StoreLayout): boolean {
  const place = openStorePlace(root);
  const { git, objects } = place;
  let hasChanged = false;
  place.recover();
  hasChanged = completeSettings(git, root);
  if (!existsSync(join(root, ".git"))) {
    writeFileSync(join(root, ".git"), "gitdir: .\n");
    hasChanged = true;
  }
  hasChanged = moveHooksAside(root) || hasChanged;
  hasChanged = dropLineMerge(root) || hasChanged;
  hasChanged = nameBranchMain(place, now, layout) || hasChanged;

  const base = place.readMain();
  // A commit of ours would vouch for what was pushed and not judged yet. The next write judges it, and puts these files right.
  const trusted = findTrusted(place, base);
  if (trusted !== undefined && trusted !== base) return hasChanged;
  const tree = objects.read([`${base}^{tree}`]).get(`${base}^{tree}`);
  const entries = parseTree(tree?.content ?? Buffer.alloc(0), base.length / 2);
  const missing = Object.entries(storeFiles).filter(
    ([name]) => !entries.some((entry) => entry.name === name),
  );
  if (missing.length === 0) return hasChanged;
  const added = missing.map(([name, content]) => ({ mode: "100644", name, id: objects.writeBlob(content) }));
  const operationId = `adopt-${base}`;
  const seconds = Math.floor(now().getTime() / 1000);
  const to = objects.writeCommit({
    tree: objects.writeTree([...entries, ...added]),
    parents: [base],
    message: formatMessage(
      { operationId, actor: { kind: "person", id: "wiggum" }, subject: "Adopt store" },
      [],
      hostname(),
    ),
    authoredAtSeconds: seconds,
    committedAtSeconds: seconds,
  });
  const moved = place.moveMain({ from: base, to, objects: [], check: () => {} });
  if (moved !== "moved")
    throw storeBroken(root, "a git push was busy with it while it was adopted; try again");
  return true;
}

/** Settings that are not as they should be. */
export function wrongSettings(git: Git): readonly (readonly [key: string, value: string])[] {
  const { stdout } = git.runSync(["config", "--local", "--list", "--null"]);
  // The last value of a key counts; keys come in lower case.
  const current = new Map(
    stdout.split("\0").map((entry) => [entry.split("\n", 1)[0] ?? "", entry.slice(entry.indexOf("\n") + 1)]),
  );
  return settings.filter(([key, value]) => current.get(key.toLowerCase()) !== value);
}

/** Appends what is not set so; the last value wins. Not by `git config`: killed, it would leave a lock behind. */
function completeSettings(git: Git, root: string): boolean {
  const lines = wrongSettings(git).map(([key, value]) => {
    const [section, name] = key.split(".");
    return `[${section}]\n\t${name} = ${value}\n`;
  });
  if (lines.length === 0) return false;
  const path = join(root, "config");
  const text = readFileSync(path, "utf8");
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  writeFileAtomically(path, `${text}${gap}${lines.join("")}`, { folder: join(root, storePaths.private) });
  return true;
}

/** git hooks here would act on every push behind the ticket layer's back. They are kept, and run no more. */
function moveHooksAside(root: string): boolean {
  const names = readHookNames(join(root, "hooks"));
  if (names.length === 0) return false;
  const aside = join(root, storePaths.private, "old-hooks");
  mkdirSync(aside, { recursive: true });
  for (const name of names) renameSync(join(root, "hooks", name), join(aside, name));
  return true;
}

/** No ticket text is ever merged by lines: `merge=union` would repeat keys. Other attributes stay. */
function dropLineMerge(root: string): boolean {
  const path = join(root, "info", "attributes");
  const text = readTextIfThere(path);
  if (text === undefined || !hasLineMerge(text)) return false;
  const kept = withoutLineMerge(text);
  if (kept.trim() === "") rmSync(path);
  else writeFileAtomically(path, kept, { folder: join(root, storePaths.private) });
  return true;
}

function readHookNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith(".sample"));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A store whose branch bears another name gets a `main` at the same commit; the old branch stays. An empty one gets its first commit. */
function nameBranchMain(place: StorePlace, now: () => Date, layout: StoreLayout): boolean {
  const { git, root, privateFolder } = place;
  const head = readFileSync(join(root, "HEAD"), "latin1").trim();
  const current = head.replace(/^ref: /, "");
  const commitOf = (ref: string) =>
    git.runSync(["rev-parse", "--verify", "--quiet", ref], { allowedExitCodes: [0, 1] }).stdout.trim() ||
    undefined;
  let hasChanged = false;
  if (commitOf(mainRef) === undefined) {
    const to = commitOf(current) ?? writeFirstCommit(createGitObjects(git), now, layout);
    moveRefFile({ repository: root, ref: mainRef, from: undefined, to, privateFolder, isPowerSafe: false });
    hasChanged = true;
  }
  if (current !== mainRef) {
    writeFileAtomically(join(root, "HEAD"), `ref: ${mainRef}\n`, { folder: privateFolder });
    hasChanged = true;
  }
  return hasChanged;
}

function isAbsentOrEmpty(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}
