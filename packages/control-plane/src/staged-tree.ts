import { copyFile, lstat } from "node:fs/promises";
import { join } from "node:path";
import { type Git, pathBytes, type Status } from "@wiggum/git";
import { withIndex, writeTreeWith } from "./salvage-objects.js";

/** Staged content may differ from both HEAD and the file. Entries in conflict are left out: their sides are commits. */
export async function treeOfIndex(
  inside: Git,
  folder: string,
  status: Status,
  tree: string,
): Promise<string | undefined> {
  const index = join(folder, "index");
  if ((await lstat(index).catch(() => undefined)) === undefined) return undefined;
  const indexTree = await withIndex(inside, async (aside, copy) => {
    await copyFile(index, copy);
    const conflicts = status.entries.filter(({ kind }) => kind === "unmerged").map(({ path }) => `${path}\0`);
    if (conflicts.length > 0) {
      await aside.run(["update-index", "--force-remove", "-z", "--stdin"], {
        input: pathBytes(conflicts.join("")),
      });
    }
    return (await aside.run(["write-tree"])).stdout.trim();
  });
  const headTree = status.commit === undefined ? await writeTreeWith(inside, undefined, [], []) : undefined;
  const known = headTree ?? (await inside.run(["rev-parse", "HEAD^{tree}"])).stdout.trim();
  if (indexTree === known || indexTree === tree) return undefined;
  return (await addsSomething(inside, known, indexTree, tree)) ? indexTree : undefined;
}

/** Has the index a file whose content is neither HEAD's nor the one that is kept anyway? */
async function addsSomething(inside: Git, head: string, index: string, tree: string): Promise<boolean> {
  const { stdout } = await inside.run([
    "diff-tree",
    "-r",
    "-z",
    "--no-renames",
    "--no-commit-id",
    head,
    index,
  ]);
  const staged = stdout
    .split("\0")
    .filter((record) => record.startsWith(":"))
    .map((record) => record.split(" ")[3] ?? "")
    .filter((object) => !/^0+$/.test(object));
  if (staged.length === 0) return false;
  const kept = (await inside.run(["ls-tree", "-r", "-z", "--format=%(objectname)", tree])).stdout.split("\0");
  const present = new Set(kept);
  return staged.some((object) => !present.has(object));
}
