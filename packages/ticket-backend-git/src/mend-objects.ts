import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import type { Git } from "@wiggum/git";
import { writeFileAtomically } from "./files.js";
import type { ObjectId } from "./objects.js";
import type { StorePlace } from "./store-place.js";
import { registeredViews } from "./views/view-place.js";

/** Objects that are missing or damaged here while a view that keeps its own still has them whole. */
export function mendableObjects(place: StorePlace): readonly ObjectId[] {
  return suspectObjects(place).filter(
    (id) => readWhole(place.git, id) === undefined && wholeCopy(place, id) !== undefined,
  );
}

/** Copies them from the views, and then what only shows once those are there: the files of a tree that was missing. */
export function mendObjects(place: StorePlace): void {
  const written = new Set<ObjectId>();
  for (let ids = mendableObjects(place); ids.length > 0; ) {
    for (const id of ids) {
      writeObject(place, id);
      written.add(id);
    }
    ids = mendableObjects(place).filter((id) => !written.has(id));
  }
}

interface WholeObject {
  /** As git hashes it: `<type> <bytes>`, NUL, content. */
  readonly stored: Buffer;
}

const types = ["blob", "tree", "commit", "tag"];

/** Ids that git's own check names, as ids or as names of files. */
function suspectObjects(place: StorePlace): readonly ObjectId[] {
  const { stdout, stderr } = place.git.runSync(["fsck", "--strict", "--no-dangling", "--no-progress"], {
    allowedExitCodes: Array.from({ length: 64 }, (_, code) => code),
    timeoutMs: 600_000,
  });
  const text = `${stdout}${stderr}`.replace(/\bobjects\/([0-9a-f]{2})\/([0-9a-f]{38,62})\b/g, "$1$2");
  return [...new Set(text.match(/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g))];
}

function wholeCopy(place: StorePlace, id: ObjectId): WholeObject | undefined {
  for (const { view, kind } of registeredViews(place)) {
    const copy = kind === "full" ? readWhole(view.git, id) : undefined;
    if (copy !== undefined) return copy;
  }
  return undefined;
}

/** One object, only when its bytes are those that its id promises. */
function readWhole(git: Git, id: ObjectId): WholeObject | undefined {
  const failures = { allowedExitCodes: [0, 1, 128] };
  const asked = git.runSync(["cat-file", "-t", id], failures);
  const type = asked.stdout.trim();
  if (asked.exitCode !== 0 || !types.includes(type)) return undefined;
  const { exitCode, stdoutBytes } = git.runSync(["cat-file", type, id], failures);
  if (exitCode !== 0) return undefined;
  const stored = Buffer.concat([Buffer.from(`${type} ${stdoutBytes.length}\0`), stdoutBytes]);
  const hash = createHash(id.length === 64 ? "sha256" : "sha1")
    .update(stored)
    .digest("hex");
  return hash === id ? { stored } : undefined;
}

/** As a loose object, over a damaged one: `git hash-object -w` leaves alone what it takes for there already. */
function writeObject(place: StorePlace, id: ObjectId): void {
  const copy = wholeCopy(place, id);
  if (copy === undefined) return;
  const path = join(place.root, "objects", id.slice(0, 2), id.slice(2));
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(place.privateFolder, { recursive: true });
  writeFileAtomically(path, deflateSync(copy.stored), { folder: place.privateFolder, isSynced: true });
}
