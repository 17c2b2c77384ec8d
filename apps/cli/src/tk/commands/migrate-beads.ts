import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lines } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";
import { tkError } from "../tk-failure.js";

/** `migrate-beads`: takes in `.beads/issues.jsonl` of this folder, ids kept. */
export const migrateBeads: TkCommand = async ({ host, store }) => {
  if (store.migrateBeads === undefined) {
    throw tkError(
      "a Wiggum project takes beads in by a command of its own",
      "Run: wiggum ticket import --from beads .beads/issues.jsonl",
    );
  }
  let text: string;
  try {
    text = readFileSync(join(host.workingDirectory, ".beads", "issues.jsonl"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw tkError(".beads/issues.jsonl not found");
  }
  const ids = await store.migrateBeads(text);
  host.print(lines(ids.map((id) => `Migrated: ${id}`)));
  host.print(`Migrated ${ids.length} tickets from beads\n`);
  return 0;
};
