import { findId } from "@wiggum/ticket-backend-files";
import { tkError } from "./tk-failure.js";

/** Most ids that are named below an ambiguous one. */
const mostNamed = 20;

/** The full id for what was typed. @throws TkFailure */
export function findTyped(typed: string, ids: readonly string[]): string {
  const found = findId(typed, ids);
  if (found.kind === "one") return found.id;
  if (found.kind === "none") throw tkError(`ticket '${typed}' not found`);
  const { candidates } = found;
  const more = candidates.length > mostNamed ? `, and ${candidates.length - mostNamed} more` : "";
  throw tkError(
    `ambiguous ID '${typed}' matches multiple tickets`,
    `They are: ${candidates.slice(0, mostNamed).join(", ")}${more}`,
  );
}
