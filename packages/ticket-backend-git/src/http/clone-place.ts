// A private clone as a store: read and written in this process, with no git program.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Git, GitError } from "@wiggum/git";
import { isMissing, writeFileAtomically } from "../files.js";
import { createLocalObjects, mostInProcess } from "../in-process/create-local-objects.js";
import type { GitObjects } from "../objects.js";
import { readRefFile } from "../ref-files.js";
import { mainRef } from "../store-layout.js";
import { type StorePlace, storeBroken } from "../store-place.js";
import type { ChainRefs } from "../uplink/pending-chain.js";
import { createCommitGraph } from "./commit-graph.js";

export interface ClonePlace {
  readonly place: StorePlace;
  /** One process has the clone, so a ref is a file and nothing else. */
  readonly refs: ChainRefs;
}

export function openClonePlace(root: string): ClonePlace {
  const objects = createLocalObjects({ repository: root, native: withoutGit(() => objects) });
  const graph = createCommitGraph(objects);
  const refs: ChainRefs = {
    read: (ref) => readRefFile(root, ref),
    write(changes) {
      for (const [ref, to] of changes) {
        const path = join(root, ref);
        mkdirSync(dirname(path), { recursive: true });
        if (to !== undefined) writeFileAtomically(path, `${to}\n`, { isSynced: true });
        else removeIfThere(path);
      }
    },
  };
  const place: StorePlace = {
    root,
    git: noGit,
    objects,
    suitability: () => ({ hasPlainObjects: true, hasPlainRefs: true, reasons: [] }),
    privateFolder: join(root, "wiggum"),
    check() {},
    readMain() {
      const main = refs.read(mainRef);
      if (main === undefined) throw storeBroken(root, "it has no branch main");
      return main;
    },
    recover() {},
    moveMain: () => {
      throw unsupported("move main by itself");
    },
    keepObjects() {},
    isAncestor: graph.isAncestor,
    mergeBase: graph.mergeBase,
    history: graph,
  };
  return { place, refs };
}

/** Objects where there is no git to be asked: what is not plainly there is missing. Many are looked up in turns. */
function withoutGit(local: () => GitObjects): GitObjects {
  const inTurns =
    <Found>(look: (names: readonly string[]) => ReadonlyMap<string, Found>) =>
    (names: readonly string[]): ReadonlyMap<string, Found> => {
      const wanted = [...new Set(names)];
      // So few are only asked for when this process could make nothing of them.
      if (wanted.length <= mostInProcess) return new Map();
      const found = new Map<string, Found>();
      for (let at = 0; at < wanted.length; at += mostInProcess) {
        for (const [name, object] of look(wanted.slice(at, at + mostInProcess))) found.set(name, object);
      }
      return found;
    };
  const many: GitObjects = {
    isInProcess: true,
    read: inTurns((names) => local().read(names)),
    readAll: inTurns((names) => local().readAll(names)),
    sizes: inTurns((names) => local().sizes(names)),
    writeBlob: (content) => local().writeBlob(content),
    writeBlobs: (contents) => contents.map((content) => local().writeBlob(content)),
    writeTree: () => {
      throw unsupported("write a tree of that form");
    },
    writeCommit: () => {
      throw unsupported("write a commit of that form");
    },
  };
  return many;
}

function unsupported(what: string): Error {
  return new Error(`A private clone does not ${what}`);
}

/** Whatever still asks git for something finds none: loudly. */
const noGit: Git = {
  options: {},
  run: async (args) => Promise.reject(gitMissing(args)),
  runSync(args) {
    throw gitMissing(args);
  },
  with: () => noGit,
};

function gitMissing(args: readonly string[]): GitError<"GIT_MISSING"> {
  return new GitError("GIT_MISSING", `There is no git here to run: git ${args[0] ?? ""}`, {
    path: process.env["PATH"] ?? "",
  });
}

function removeIfThere(path: string): void {
  try {
    rmSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
