// Records in JSON: one on each line, or all in one document.
import { parseExactly } from "./exact-numbers.js";
import type {
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourcePlace,
  SourceProblem,
} from "./imported-ticket.js";
import { scanObjects } from "./object-lines.js";
import { RecordFault } from "./open-record.js";
import { lineAt, linesOf, textOf } from "./text-lines.js";

/** What a reader of single records gives: a record, or nothing where there is none to be made. */
export type ReadRecord = (raw: unknown, place: SourcePlace) => ImportedTicket;

/** Files with one record a line. A line that is broken is a problem; all others count. */
export function readJsonLines(
  files: readonly SourceFile[],
  read: ReadRecord,
  /** Why a line is none of the records that are wanted, though nothing is wrong with it. */
  whyNot: (raw: unknown) => string | undefined = () => undefined,
): SourceContents {
  const leftOut: { path: string; why: string }[] = [];
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  for (const file of files) {
    for (const { line, text, isUnended } of linesOf(file)) {
      const place = { path: file.path, line };
      if (text === undefined) {
        problems.push({ ...place, message: "The line is no text in UTF-8: one JSON object was expected" });
        continue;
      }
      const raw = parse(text);
      if (raw === undefined) {
        const cut = isUnended ? "The last line is cut off" : "The line is no JSON";
        problems.push({ ...place, message: `${cut}: one JSON object was expected` });
        continue;
      }
      const [twice] = scanObjects(text).repeated.values();
      if (twice !== undefined) {
        const id = idIn(raw.value);
        problems.push({
          ...place,
          ...(id !== undefined && { externalId: id, isIdTaken: true }),
          message: repeatedKey(twice),
        });
        continue;
      }
      const why = whyNot(raw.value);
      if (why !== undefined) leftOut.push({ path: `${file.path}:${line}`, why });
      else collect(records, problems, place, raw.value, read, true);
    }
  }
  return { records, problems, leftOut };
}

/** The value of a file that is one JSON document. */
export function readDocument(
  file: SourceFile,
  wanted: string,
): { readonly value: unknown; readonly text: string } | { readonly problem: SourceProblem } {
  const content = textOf(file);
  if ("problem" in content) return content;
  try {
    return { value: parseExactly(content.text), text: content.text };
  } catch (error) {
    const message = (error as Error).message;
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? content.text.length);
    const line = lineAt(content.text, offset);
    return {
      problem: { path: file.path, line, message: `It is no JSON (or cut off): ${wanted} was expected` },
    };
  }
}

/** Reads one record; what is wrong with it becomes a problem with its place. */
export function collect(
  records: ImportedTicket[],
  problems: SourceProblem[],
  place: SourcePlace,
  raw: unknown,
  read: ReadRecord,
  /** The id in it is the external id. */
  isIdTaken?: boolean,
): void {
  try {
    records.push(read(raw, place));
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    const externalId = idIn(raw);
    const line = error.line ?? place.line;
    problems.push({
      ...place,
      ...(line !== undefined && { line }),
      ...(externalId !== undefined && { externalId, isIdTaken }),
      message: error.message,
    });
  }
}

/** A value, or nothing where the text is no JSON. */
export function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseExactly(text) };
  } catch {
    return undefined;
  }
}

/** Which of the values is meant, nobody knows. */
export function repeatedKey(key: string): string {
  return `\`${key.slice(0, 100)}\` stands in it twice: each key was expected once`;
}

function idIn(raw: unknown): string | undefined {
  const { id, number } = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const value = id ?? number;
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) : undefined;
}
