import { type NewTicketParts, newTicketText, readBead } from "@wiggum/ticket-backend-files";
import type { EditedFiles } from "./folder-store.js";
import { tkError } from "./tk-failure.js";

/** Most faults that are named one by one. */
const mostNamed = 20;

/**
 * Files all records, or none where one of them cannot be a ticket or its id is taken. What a ticket has no place for is said.
 * @throws TkFailure naming the lines
 */
export function migrateBeadsInto(
  text: string,
  files: EditedFiles,
  now: string,
  warn: (line: string) => void,
): readonly string[] {
  const faults: string[] = [];
  const parts: NewTicketParts[] = [];
  const seen = new Set<string>();
  const lines = text.split("\n").map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    if (line === "") continue;
    const where = `.beads/issues.jsonl:${index + 1}`;
    const read = readBead(line, now);
    if (read.kind === "fault") {
      faults.push(`${where}: ${read.message}`);
      continue;
    }
    const { id } = read.parts;
    if (seen.has(id) || files.isTaken(id)) faults.push(`${where}: there is a ticket ${id} already`);
    seen.add(id);
    parts.push(read.parts);
    for (const note of read.notes) warn(`Warning: ${where}: ${note}`);
  }
  if (faults.length > 0) {
    const more = faults.length > mostNamed ? [`and ${faults.length - mostNamed} more`] : [];
    throw tkError("nothing was migrated", ...faults.slice(0, mostNamed), ...more);
  }
  for (const part of parts) files.add(part.id, newTicketText(part));
  return parts.map(({ id }) => id);
}
