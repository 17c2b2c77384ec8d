import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import { isLink, refuseLink } from "../linked-folder.js";
import { createStoreGit } from "../store-git.js";
import { localTransport, mainRef, storePaths } from "../store-layout.js";
import { type StorePlace, storeBroken } from "../store-place.js";
import { registrationName } from "./registration-name.js";

export type ViewKind = "full" | "shared";

/** A folder that shows the store, with a git folder of its own. */
export interface ViewPlace {
  readonly folder: string;
  readonly gitFolder: string;
  /** Ours, inside the git folder: manifest, lock, seen mark. */
  readonly privateFolder: string;
  readonly git: Git;
}

export function viewPlace(folder: string): ViewPlace {
  const absolute = resolve(folder);
  const gitFolder = join(absolute, ".git");
  return {
    folder: absolute,
    gitFolder,
    privateFolder: join(gitFolder, "wiggum"),
    git: createStoreGit({ cwd: absolute, gitDirectory: gitFolder, workTree: absolute }),
  };
}

/** Whoever changes the view holds the lock on this file. */
export function viewLockPath({ privateFolder }: Pick<ViewPlace, "privateFolder">): string {
  return join(privateFolder, "lock.db");
}

/** Makes what is missing of a view, and answers what kind it is, and puts its pointers to the store right where the project was moved. */
export function ensureView(store: StorePlace, view: ViewPlace, asked: ViewKind | undefined): ViewKind {
  const known = asked ?? registeredKind(store, view);
  const kind = known ?? "shared";
  refuseLink(view.folder);
  // Around an agent's view is a folder that the agent may write. Around the people's is their own, which they may keep elsewhere.
  if (known === "shared") refuseLink(dirname(view.folder));
  mkdirSync(view.folder, { recursive: true });
  const stats = lstatSync(view.gitFolder, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory())
    throw storeBroken(view.gitFolder, "the view's .git is no folder");
  if (!existsSync(join(view.gitFolder, "HEAD"))) {
    if (stats !== undefined) moveAside(view);
    createGitFolder(store, view, kind);
  }
  refuseLink(view.privateFolder);
  mkdirSync(view.privateFolder, { recursive: true });
  pointToStore(store, view, kind);
  register(store, view, kind);
  return kind;
}

/** What was left of a deleted git folder. Kept where it holds objects. */
function moveAside(view: ViewPlace): void {
  const aside = join(view.folder, `.git-broken-${randomBytes(6).toString("hex")}`);
  renameSync(view.gitFolder, aside);
  if (!existsSync(join(aside, "objects"))) rmSync(aside, { recursive: true, force: true });
}

/** Whole, and then by one rename into place: of several at once one wins, a kill leaves only a draft. */
function createGitFolder(store: StorePlace, view: ViewPlace, kind: ViewKind): void {
  sweepDrafts(view.folder);
  const draft = join(view.folder, `${draftPrefix}${randomBytes(6).toString("hex")}`);
  mkdirSync(draft);
  try {
    const format = store.readMain().length === 64 ? "sha256" : "sha1";
    const outside = createStoreGit({ cwd: draft, env: { GIT_DEFAULT_REF_FORMAT: "files" } });
    outside.runSync([
      "init",
      "--quiet",
      "--template=",
      `--object-format=${format}`,
      "--initial-branch=main",
      draft,
    ]);
    const place = viewPlace(draft);
    for (const [key, value] of settings) place.git.runSync(["config", key, value]);
    mkdirSync(join(place.gitFolder, "objects", "info"), { recursive: true });
    mkdirSync(place.privateFolder, { recursive: true });
    if (kind === "full") fetchObjects(store, place);
    renameSync(place.gitFolder, view.gitFolder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const draftPrefix = ".wiggum-new-";

function sweepDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const made =
      name.startsWith(draftPrefix) && statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    if (made && Date.now() - made > 600_000) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

const settings: readonly (readonly [key: string, value: string])[] = [
  ["user.name", "wiggum"],
  ["user.email", "wiggum@local"],
  ["commit.gpgSign", "false"],
  ["core.autocrlf", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["pull.ff", "only"],
  ["branch.main.remote", "origin"],
  ["branch.main.merge", mainRef],
  ["remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"],
];

/** Brings the objects of `main` into a view that keeps its own. No ref moves, so nothing is locked. */
export function fetchObjects(store: StorePlace, view: ViewPlace): void {
  view.git.runSync([
    ...localTransport,
    "-c",
    "fetch.writeCommitGraph=false",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--end-of-options",
    store.root,
    mainRef,
  ]);
}

/** Paths are written relative, so that a moved project keeps working; here they are checked against where both lie now. */
function pointToStore(store: StorePlace, view: ViewPlace, kind: ViewKind): void {
  const pointers = pointersTo(store, view);
  const alternates = join(view.gitFolder, "objects", "info", "alternates");
  if (kind === "shared" && readTextIfThere(alternates) !== pointers.alternates) {
    mkdirSync(dirname(alternates), { recursive: true });
    writeFileAtomically(alternates, pointers.alternates, { folder: view.privateFolder });
  }
  const config = join(view.gitFolder, "config");
  const text = readTextIfThere(config) ?? "";
  const section = remoteSection(pointers.remote);
  if (text.includes(section)) return;
  // Whatever stood there as origin's address is replaced; the rest of the file stays.
  const others = text.replace(/^\[remote "origin"\]\n(?:[ \t]+url = .*\n)/gm, '[remote "origin"]\n');
  const gap = others === "" || others.endsWith("\n") ? "" : "\n";
  writeFileAtomically(config, `${others}${gap}${section}`, { folder: view.privateFolder });
}

function remoteSection(url: string): string {
  return `[remote "origin"]\n\turl = ${JSON.stringify(url)}\n`;
}

function pointersTo(
  store: StorePlace,
  view: ViewPlace,
): { readonly alternates: string; readonly remote: string } {
  const root = realpathSync(store.root);
  const folder = realpathSync(view.folder);
  const objects = relative(join(folder, ".git", "objects"), join(root, "objects"));
  const remote = relative(folder, root);
  return { alternates: `${objects}\n`, remote: remote.startsWith(".") ? remote : `./${remote}` };
}

/** What is wrong with a view's pointers to the store, in words. */
export function pointerFaults(store: StorePlace, view: ViewPlace, kind: ViewKind): readonly string[] {
  if (!existsSync(view.gitFolder)) return [];
  const pointers = pointersTo(store, view);
  const faults: string[] = [];
  const alternates = readTextIfThere(join(view.gitFolder, "objects", "info", "alternates"));
  if (kind === "shared" && alternates !== pointers.alternates)
    faults.push("it borrows objects from another place");
  if (kind === "full" && alternates !== undefined) faults.push("it is to keep all objects and borrows some");
  const config = readTextIfThere(join(view.gitFolder, "config")) ?? "";
  if (!config.includes(remoteSection(pointers.remote))) faults.push("its remote 'origin' is not this store");
  return faults;
}

interface RegisteredView {
  /** From the store's folder. */
  readonly folder: string;
  readonly kind: ViewKind;
}

/** The store remembers its views, so that one that was deleted is made again as it was, and `diagnose` can look at all. */
function register(store: StorePlace, view: ViewPlace, kind: ViewKind): void {
  const path = registration(store, view);
  const text = `${JSON.stringify({ folder: relative(store.root, view.folder), kind } satisfies RegisteredView)}\n`;
  if (readTextIfThere(path) === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomically(path, text);
}

function registeredKind(store: StorePlace, view: ViewPlace): ViewKind | undefined {
  return readRegistration(registration(store, view))?.kind;
}

function registration(store: StorePlace, view: ViewPlace): string {
  const name = registrationName(relative(store.root, view.folder));
  return join(store.privateFolder, "views", `${name}.json`);
}

function readRegistration(path: string): RegisteredView | undefined {
  try {
    const value = JSON.parse(readTextIfThere(path) ?? "") as Partial<RegisteredView>;
    const isKind = value.kind === "full" || value.kind === "shared";
    return typeof value.folder === "string" && isKind ? (value as RegisteredView) : undefined;
  } catch {
    return undefined;
  }
}

/** Views of this store that still have a folder. One behind a link is not ours to look at. */
export function registeredViews(
  store: StorePlace,
): readonly { readonly view: ViewPlace; readonly kind: ViewKind }[] {
  const folder = join(store.root, storePaths.private, "views");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const registered = name.endsWith(".json") ? readRegistration(join(folder, name)) : undefined;
    if (registered === undefined) return [];
    const view = viewPlace(resolve(store.root, registered.folder));
    const { kind } = registered;
    const isLinked = isLink(view.folder) || (kind === "shared" && isLink(dirname(view.folder)));
    return existsSync(view.folder) && !isLinked ? [{ view, kind }] : [];
  });
}

/** A view's folder for a message. */
export function shownFolder(view: ViewPlace): string {
  return printable(join(basename(dirname(view.folder)), basename(view.folder)));
}
