import { findId } from "@wiggum/ticket-backend-files";
import { tkError } from "./tk-failure.js";

/** The full id for what was typed. @throws TkFailure */
export function findTyped(typed: string, ids: readonly string[]): string {
  const found = findId(typed, ids);
  if (found.kind === "one") return found.id;
  if (found.kind === "none") throw tkError(`ticket '${typed}' not found`);
  throw tkError(`ambiguous ID '${typed}' matches multiple tickets`);
}
