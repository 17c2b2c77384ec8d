import { mkdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Where the commands of all tests keep their compiled code, if the run has a place for such (scripts/test-all.mjs): with a home of its own, and an
 * empty one, each test would compile the whole program anew. Below it, a command keeps it as in anybody's home.
 */
export const sharedCache: Readonly<Record<string, string>> = cacheBelow(process.env["NODE_COMPILE_CACHE"]);

function cacheBelow(folder: string | undefined): Record<string, string> {
  if (folder === undefined || folder === "") return {};
  const cache = join(folder, "home");
  // As a home: nobody else may write there.
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  return { XDG_CACHE_HOME: cache };
}
