import { join } from "node:path";
import type { GitObject, GitObjects, ObjectId, ObjectSize } from "../objects.js";
import { encodeCommit, encodeTree } from "./encode-objects.js";
import { unclear } from "./found.js";
import { type LooseWriter, writeLooseObject } from "./loose-files.js";
import { type LookUp, openLookUp } from "./object-look-up.js";
import { resolveName } from "./object-names.js";

export interface LocalObjectsPorts extends Pick<LooseWriter, "files" | "atStep"> {
  /** The bare repository, or the git folder. */
  readonly repository: string;
  /** The same through git: for much at once, and for all that is not plain here. */
  readonly native: GitObjects;
}

/** One process of git costs about as much as so many objects looked up one by one. */
export const mostInProcess = 50;

/**
 * Objects of a sha1 repository on this machine's own disk, read and written in this process. What is not plainly there and whole is asked of
 * git, so both say the same of what is damaged, missing or of a form that is not known here.
 */
export function createLocalObjects({ repository, native, files, atStep }: LocalObjectsPorts): GitObjects {
  const folder = join(repository, "objects");
  const writer: LooseWriter = { folder, files, atStep };

  /** `undefined` of `one` = there is no such thing; `unclear` = git is asked, for all of those at once. */
  function lookAt<Result>(
    names: readonly string[],
    one: (lookUp: LookUp, name: string) => Result | undefined | typeof unclear,
    viaGit: (names: readonly string[]) => ReadonlyMap<string, Result>,
  ): Map<string, Result> {
    const wanted = new Set(names);
    if (wanted.size > mostInProcess) return new Map(viaGit(names));
    const answers = new Map<string, Result | undefined | typeof unclear>();
    const lookUp = openLookUp(folder);
    try {
      for (const name of wanted) answers.set(name, one(lookUp, name));
    } finally {
      lookUp.close();
    }
    const doubtful = [...answers].flatMap(([name, answer]) => (answer === unclear ? [name] : []));
    const told = doubtful.length === 0 ? new Map<string, Result>() : viaGit(doubtful);
    const found = new Map<string, Result>();
    for (const [name, answer] of answers) {
      const result = answer === unclear ? told.get(name) : answer;
      if (result !== undefined) found.set(name, result);
    }
    return found;
  }

  function readOne(lookUp: LookUp, name: string): GitObject | undefined | typeof unclear {
    const id = resolveName(lookUp, name);
    if (id === undefined || id === unclear) return id;
    const found = lookUp.read(id);
    return found === undefined || found === unclear ? unclear : { id, ...found };
  }

  function sizeOne(
    lookUp: LookUp,
    name: string,
  ): (ObjectSize & { id: ObjectId }) | undefined | typeof unclear {
    const id = resolveName(lookUp, name);
    if (id === undefined || id === unclear) return id;
    const found = lookUp.size(id);
    return found === undefined || found === unclear ? unclear : { id, ...found };
  }

  return {
    isInProcess: true,
    read: (names) => lookAt(names, readOne, native.read),
    readAll: (names) => lookAt(names, readOne, native.readAll),
    sizes: (names) => lookAt(names, sizeOne, native.sizes),
    writeBlob: (content) =>
      writeLooseObject(writer, "blob", typeof content === "string" ? Buffer.from(content, "utf8") : content),
    writeBlobs: native.writeBlobs,
    writeTree(entries) {
      const tree = encodeTree(entries, 20);
      return tree === undefined ? native.writeTree(entries) : writeLooseObject(writer, "tree", tree);
    },
    writeCommit(commit) {
      const content = encodeCommit(commit);
      return content === undefined ? native.writeCommit(commit) : writeLooseObject(writer, "commit", content);
    },
  };
}
