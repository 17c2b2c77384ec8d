import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename, relative, resolve, sep } from "node:path";

/**
 * Ids of git processes that have this repository as their folder or as an argument; `undefined` where processes cannot be looked at.
 * Open files prove nothing: git closes its lock while a push is live.
 */
export function gitProcessesOf(repository: string): readonly string[] | undefined {
  const root = realpathSync(repository);
  let names: readonly string[];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  if (names.length === 0) return undefined;
  return names.filter((id) => {
    try {
      const args = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
      if (!basename(args[0] ?? "").startsWith("git")) return false;
      const folder = readlinkSync(`/proc/${id}/cwd`);
      return (
        isWithin(root, folder) ||
        args.some(
          (argument) =>
            argument !== "" && isWithin(root, resolve(folder, argument.replace(/^--[\w-]+=/, ""))),
        )
      );
    } catch {
      return false; // It ended, or is another user's, who cannot write here either.
    }
  });
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path.replace(/^'|'$/g, ""));
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith("/"));
}
