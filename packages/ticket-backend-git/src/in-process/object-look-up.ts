// Where an object is: loose or in a pack, here or in a repository whose objects are borrowed.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isMissing } from "../files.js";
import type { ObjectId, ObjectSize } from "../objects.js";
import { type Found, unclear } from "./found.js";
import { readLooseObject, sizeOfLooseObject } from "./loose-files.js";
import { openPacks, type Packs } from "./pack-files.js";

/** Some look-ups after one another; `close` when done. */
export interface LookUp {
  read(id: ObjectId): Found | undefined | typeof unclear;
  size(id: ObjectId): ObjectSize | undefined | typeof unclear;
  close(): void;
}

interface Place {
  readonly folder: string;
  readonly packs: Packs;
}

export function openLookUp(objectsFolder: string): LookUp {
  let known: readonly Place[] | undefined | typeof unclear;

  function places(): readonly Place[] | typeof unclear {
    known ??= placesFrom(objectsFolder, (id) => look(id, readLooseObject, (packs) => packs.read(id)));
    return known;
  }

  function look<Result extends object>(
    id: ObjectId,
    loose: (folder: string, id: ObjectId) => Result | undefined | typeof unclear,
    packed: (packs: Packs) => Result | undefined | typeof unclear,
  ): Result | undefined | typeof unclear {
    const all = places();
    if (all === unclear) return unclear;
    // A `git gc` beside us moves objects from one to the other: what is in neither is looked for once more in both.
    for (let round = 1; round <= 2; round++) {
      for (const { folder, packs } of all) {
        const found = loose(folder, id) ?? packed(packs);
        if (found !== undefined) return found;
        packs.refresh();
      }
    }
    return undefined;
  }

  return {
    read: (id) => look<Found>(id, readLooseObject, (packs) => packs.read(id)),
    size: (id) => look<ObjectSize>(id, sizeOfLooseObject, (packs) => packs.size(id)),
    close() {
      if (known !== undefined && known !== unclear) for (const { packs } of known) packs.close();
    },
  };
}

/** git follows borrowed folders that borrow themselves five levels deep. */
const deepestLevel = 5;

function placesFrom(
  objectsFolder: string,
  findElsewhere: Parameters<typeof openPacks>[1],
): readonly Place[] | typeof unclear {
  const folders = foldersFrom(objectsFolder);
  if (folders === unclear) return unclear;
  return folders.map((folder) => ({ folder, packs: openPacks(folder, findElsewhere) }));
}

/** This folder and those that it borrows from, by `info/alternates`. */
export function foldersFrom(objectsFolder: string): readonly string[] | typeof unclear {
  const folders = [objectsFolder];
  const levels = new Map([[objectsFolder, 0]]);
  for (const folder of folders) {
    const borrowed = alternatesOf(folder);
    if (borrowed === unclear) return unclear;
    const level = (levels.get(folder) ?? 0) + 1;
    for (const path of borrowed) {
      if (levels.has(path)) continue;
      if (level > deepestLevel) return unclear;
      levels.set(path, level);
      folders.push(path);
    }
  }
  return folders;
}

function alternatesOf(objectsFolder: string): readonly string[] | typeof unclear {
  let text: string;
  try {
    text = readFileSync(join(objectsFolder, "info", "alternates"), "utf8");
  } catch (error) {
    return isMissing(error) ? [] : unclear;
  }
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  // A quoted path, or one that is no UTF-8: rare enough to be left to git.
  if (lines.some((line) => line.startsWith('"') || line.includes("\ufffd"))) return unclear;
  return lines.map((line) => resolve(objectsFolder, line));
}
