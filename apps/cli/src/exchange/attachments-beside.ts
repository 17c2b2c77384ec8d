// The folder beside a file of ticket lines: `<file>.attachments/<ticket>/<name>`.
import type { ImportedTicket, SourceContents, SourceFile, SourceProblem } from "./imported-ticket.js";

/** Its name, for that of the file. */
export function attachmentsBeside(path: string): string {
  return `${path}.attachments`;
}

/** The records with their files. `files` are named from the folder: `<ticket>/<name>`; a file of no record is a problem. */
export function withFilesBeside(contents: SourceContents, files: readonly SourceFile[]): SourceContents {
  if (files.length === 0) return contents;
  const byTicket = new Map<string, SourceFile[]>();
  const problems: SourceProblem[] = [];
  const known = new Set(contents.records.map(({ externalId }) => externalId));
  for (const file of files) {
    const [id = "", name, ...deeper] = file.name.split("/");
    if (name === undefined || deeper.length > 0 || !known.has(id)) {
      problems.push({ path: file.path, message: "It is an attachment of no ticket in the file beside it" });
    } else byTicket.set(id, [...(byTicket.get(id) ?? []), file]);
  }
  const taken = new Set<string>();
  const records = contents.records.map((record): ImportedTicket => {
    const own = taken.has(record.externalId) ? undefined : byTicket.get(record.externalId);
    taken.add(record.externalId);
    if (own === undefined) return record;
    const attachments = own.map((file) => {
      const name = file.name.slice(record.externalId.length + 1);
      return { name, field: `attachments/${name}`, file };
    });
    return { ...record, attachments };
  });
  return { ...contents, records, problems: [...contents.problems, ...problems] };
}
