import { spawnSync } from "node:child_process";
import { printableJson } from "../../printable.js";
import { findProgram } from "../find-program.js";
import { tkError } from "../tk-failure.js";
import type { TicketMembers } from "../tk-store.js";
import { compileFilter } from "./compile-filter.js";
import { UncoveredFilter } from "./filter-words.js";
import { FilterFailure, isTrue, type Json } from "./json-values.js";

/** What is covered here, for whoever has no jq. */
const covered =
  "Without jq a filter may have: .name, .[…], .[], |, (), comma, ==, !=, <, <=, >, >=, and, or, not, //, ?, texts, numbers, lists, " +
  "length, select, map, any, all, IN, index, contains, inside, startswith, endswith, has, ascii_downcase, ascii_upcase, tonumber, tostring, type, empty.";

/**
 * JSON texts of the records for which an expression of jq is true, once for each time that it is. The usual part of the language is evaluated
 * here; the rest by jq, where it is installed.
 * @throws TkFailure an expression that nobody here can evaluate, or that does not go with a record
 */
export function filterRecords(
  text: string,
  records: readonly TicketMembers[],
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  try {
    const filter = compileFilter(text);
    return records.flatMap((record) => {
      const json = printableJson(record);
      return [...filter(record as Json)].filter(isTrue).map(() => json);
    });
  } catch (error) {
    if (!(error instanceof UncoveredFilter || error instanceof FilterFailure)) throw error;
    return filterWithJq(text, records, environment, error);
  }
}

function filterWithJq(
  text: string,
  records: readonly TicketMembers[],
  environment: NodeJS.ProcessEnv,
  reason: UncoveredFilter | FilterFailure,
): readonly string[] {
  const jq = findProgram("jq", environment["PATH"]);
  if (jq === undefined) {
    if (reason instanceof FilterFailure)
      throw tkError(`the filter does not go with the tickets: ${reason.message}`);
    throw tkError(`the filter needs jq, which is not installed: ${reason.message}`, covered);
  }
  // The line end closes a comment at the end of the filter.
  const { status, stdout, stderr, error } = spawnSync(jq, ["-c", `select(${text}\n)`], {
    input: records.map((record) => `${JSON.stringify(record)}\n`).join(""),
    encoding: "utf8",
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  // One that refuses a filter may be gone before it was given the tickets.
  if (error !== undefined && (error as NodeJS.ErrnoException).code !== "EPIPE")
    throw tkError(`jq could not be run: ${error.message}`);
  if (status !== 0) throw tkError("jq refused the filter", ...stderr.trim().split("\n"));
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(escapedJson);
}

/** jq leaves some characters that steer a terminal as they are. */
function escapedJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
