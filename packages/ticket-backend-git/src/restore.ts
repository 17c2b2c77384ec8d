import { randomBytes } from "node:crypto";
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { printable, TicketError } from "@wiggum/ticket-core";
import { makeRepository } from "./init-git-store.js";
import { refuseLink } from "./linked-folder.js";
import type { ObjectId } from "./objects.js";
import { readRefFile } from "./ref-files.js";
import { createStoreGit } from "./store-git.js";
import { localTransport, mainRef, storePaths } from "./store-layout.js";
import { openStorePlace } from "./store-place.js";
import { viewPlace } from "./views/view-place.js";

/** Which store is made again, and what from. */
export interface RestoreOptions {
  /** Where the store lies, or lay. */
  readonly path: string;
  /** Folder of the people's view, which keeps all objects. */
  readonly view: string;
}

/** What `restoreFromView` did. `commit` is where the store stands now. */
export interface Restored {
  /** `kept`: the store is whole, nothing was done. */
  readonly outcome: "restored" | "kept";
  readonly commit: ObjectId;
  /** Where the broken repository lies now; absent when there was none. */
  readonly broken?: string | undefined;
}

/**
 * Makes the store again from the second copy that the people's view is, up to the commit that the view last saw. What is left of the
 * broken one is moved aside, never deleted. A whole store is left alone.
 * @throws STORE_BROKEN the view is no whole copy either
 */
export async function restoreFromView({ path, view: folder }: RestoreOptions): Promise<Restored> {
  const root = resolve(path);
  refuseLink(root);
  const whole = wholeTip(root);
  if (whole !== undefined) return { outcome: "kept", commit: whole };
  const view = viewPlace(folder);
  const commit = copyTip(folder);
  const draft = join(dirname(root), `.${basename(root)}-${randomBytes(6).toString("hex")}`);
  try {
    makeRepository(draft);
    const git = createStoreGit({ cwd: draft, gitDirectory: draft });
    git.runSync([
      ...localTransport,
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      view.gitFolder,
      `${copyRef}:${mainRef}`,
    ]);
    writeFileSync(join(draft, ".git"), "gitdir: .\n");
    const views = join(root, storePaths.private, "views");
    if (existsSync(views)) cpSync(views, join(draft, storePaths.private, "views"), { recursive: true });
    const broken = existsSync(root) ? `${root}.broken-${randomBytes(3).toString("hex")}` : undefined;
    if (broken !== undefined) renameSync(root, broken);
    renameSync(draft, root);
    return { outcome: "restored", commit, ...(broken === undefined ? {} : { broken }) };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * For whoever is about to make a store: brings it back where it is lost and the people's view still holds a history, so that no empty one
 * takes its place and the view follows that. `undefined` = nothing is lost: there is a history in the store, or none in the view.
 * @throws STORE_BROKEN the view holds a history and is no whole copy
 */
export async function restoreIfLost({ path, view }: RestoreOptions): Promise<Restored | undefined> {
  const root = resolve(path);
  refuseLink(root);
  if (hasHistory(root) || !hasHistory(viewPlace(view).gitFolder)) return undefined;
  return restoreFromView({ path, view });
}

/** Is there a commit? What cannot be read counts as one: it may be. */
function hasHistory(repository: string): boolean {
  // Without these git takes it for no repository, and looks in the folders above.
  if (!existsSync(join(repository, "HEAD")) || !existsSync(join(repository, "objects"))) return false;
  const git = createStoreGit({ cwd: repository, gitDirectory: repository });
  const args = ["for-each-ref", "--count=1", "--format=%(objectname)"];
  const { exitCode, stdout } = git.runSync(args, { allowedExitCodes: [0, 1, 128] });
  return exitCode !== 0 || stdout.trim() !== "";
}

/** Where a view remembers `main` of the store, whatever was committed in the view itself. */
const copyRef = "refs/remotes/origin/main";

/** Tip of a store of which no object is missing. */
function wholeTip(root: string): ObjectId | undefined {
  try {
    const place = openStorePlace(root);
    const tip = place.readMain();
    return isComplete(root, tip) ? tip : undefined;
  } catch {
    return undefined; // Whatever is wrong with it: it is not whole.
  }
}

function copyTip(folder: string): ObjectId {
  const { gitFolder } = viewPlace(folder);
  const tip = existsSync(gitFolder) ? readRefFile(gitFolder, copyRef) : undefined;
  if (tip !== undefined && isComplete(gitFolder, tip)) return tip;
  throw new TicketError(
    "STORE_BROKEN",
    `The view ${printable(folder)} is no whole copy of the store`,
    { path: folder },
    { hint: "Any other full clone of the store serves as well: 'git clone --bare <clone> tickets.git'." },
  );
}

function isComplete(repository: string, tip: ObjectId): boolean {
  const git = createStoreGit({ cwd: repository, gitDirectory: repository });
  const args = ["rev-list", "--objects", "--quiet", tip, "--"];
  return git.runSync(args, { allowedExitCodes: [0, 1, 128], timeoutMs: 600_000 }).exitCode === 0;
}
