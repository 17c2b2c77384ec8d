// A short piece of history, commit by commit. What is long or branches is git's to walk.
import { type GitObjects, type ObjectId, parseCommit } from "../objects.js";

export interface WalkedCommit {
  readonly id: ObjectId;
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly authorName: string;
  readonly atSeconds: number;
  /** `name <email>`. */
  readonly committer: string;
  readonly message: string;
}

export interface Walk {
  /** From the tip downwards, without the commit that was to be met. */
  readonly commits: readonly WalkedCommit[];
  readonly hasMet: boolean;
}

/** To walk further costs more than to ask git. */
export const longestWalk = 50;

/**
 * Down from `tip` to `until`, to the first commit with `isLast`, or to the root. `undefined` = git is to be asked: there is a merge on the
 * way, it is far, or objects are not read in this process at all.
 */
export function walkStraight(
  objects: GitObjects,
  tip: ObjectId,
  until: ObjectId | undefined,
  isLast: (commit: WalkedCommit) => boolean = () => false,
): Walk | undefined {
  if (!objects.isInProcess) return undefined;
  const commits: WalkedCommit[] = [];
  for (let at = tip; at !== until; ) {
    const object = objects.read([at]).get(at);
    const commit = object?.type === "commit" ? plainCommit(at, object.content) : undefined;
    if (commit === undefined || commits.length === longestWalk) return undefined;
    commits.push(commit);
    if (isLast(commit)) return { commits, hasMet: false };
    const [parent, second] = commit.parents;
    if (second !== undefined) return undefined;
    if (parent === undefined) return { commits, hasMet: false };
    at = parent;
  }
  return { commits, hasMet: true };
}

const person = /^([^<>\n]*[^<>\s]) <([^<>\n]*)> (\d{1,15}) [+-]\d{4}$/;

/** `undefined` for one whose header is anything but what every git writes today. */
export function plainCommit(id: ObjectId, content: Buffer): WalkedCommit | undefined {
  if (content.includes(0)) return undefined;
  const text = content.toString("utf8");
  const header = text.slice(0, text.indexOf("\n\n"));
  const keys = header.split("\n").map((line) => line.slice(0, line.indexOf(" ")));
  // Signatures, another encoding, what a later git may add.
  if (!/^tree (?:parent )*author committer$/.test(keys.join(" "))) return undefined;
  const [, authorName, , seconds] = person.exec(valueIn(header, "author")) ?? [];
  if (authorName === undefined || !person.test(valueIn(header, "committer"))) return undefined;
  if (/^\s/.test(authorName)) return undefined;
  const { tree, parents, committer, message } = parseCommit(content);
  return { id, tree, parents, authorName, atSeconds: Number(seconds), committer, message };
}

function valueIn(header: string, key: string): string {
  const line = header.split("\n").find((each) => each.startsWith(`${key} `)) ?? "";
  return line.slice(key.length + 1);
}
