import { printable, type TicketType, type TicketTypes } from "@wiggum/ticket-core";
import { WorkflowError } from "./errors.js";
import { guardNames } from "./guards.js";
import { formatJsonPath, type JsonDocument, type JsonPath, readJson } from "./json-document.js";
import type { LocatedProblem } from "./json-shape.js";
import { checkType } from "./ticket-types-check.js";
import { readOriginalTypes } from "./ticket-types-original.js";
import { memberOf, readWrittenTypes } from "./ticket-types-read.js";
import { type ResolvedType, resolveTypes } from "./ticket-types-resolve.js";

/** How a text of ticket types is read. */
export interface ParseTicketTypesOptions {
  /** Of the file, for messages. */
  readonly path?: string | undefined;
  /** Guards that exist beside the shipped ones. */
  readonly guards?: readonly string[] | undefined;
}

/**
 * Ticket types from the text of `.wiggum/ticket_types.json` (a string), or from the value that such a text stands for. Reads our shape
 * (`schemaVersion`, `defaultType`, `types` by name) and the original's (`states`, `types` as a list, one machine). Pure.
 * @throws TYPES_INVALID with every problem: its JSON path and, for a text, its line.
 */
export function parseTicketTypes(source: unknown, options: ParseTicketTypesOptions = {}): TicketTypes {
  const { path } = options;
  if (typeof source !== "string") return parseValue(source, undefined, options);
  const reading = readJson(source);
  if ("document" in reading) return parseValue(reading.document.value, reading.document, options);
  const { line, column, message } = reading.malformed;
  const where = `${shownPath(path)}:${line}:${column}`;
  throw new WorkflowError(
    "TYPES_INVALID",
    `${where}: no JSON: ${message}`,
    { path, problems: [{ at: "$", line, message }] },
    { hint: "Correct the file at that place; a missing or extra comma or quote is the usual cause." },
  );
}

function parseValue(
  json: unknown,
  document: JsonDocument | undefined,
  options: ParseTicketTypesOptions,
): TicketTypes {
  const problems: LocatedProblem[] = [];
  const report = (problem: LocatedProblem) => {
    const isKnown = problems.some(
      ({ path, message }) =>
        message === problem.message && formatJsonPath(path) === formatJsonPath(problem.path),
    );
    if (!isKnown) problems.push(problem); // types that inherit a mistake would name it again
  };
  for (const path of document?.duplicateKeys ?? []) {
    report({ path, message: `the key '${printable(String(path.at(-1)))}' stands twice in one object` });
  }
  const types = isOriginalShape(json)
    ? readOriginalTypes(json, report)
    : readOurTypes(json, [...guardNames, ...(options.guards ?? [])], report, problems);
  if (types !== undefined && problems.length === 0) return types;
  throw invalid(problems, document, options.path);
}

function isOriginalShape(json: unknown): boolean {
  return (
    memberOf(json, "schemaVersion") === undefined &&
    (Array.isArray(memberOf(json, "types")) ||
      memberOf(json, "states") !== undefined ||
      memberOf(json, "default_type") !== undefined)
  );
}

function readOurTypes(
  json: unknown,
  guards: readonly string[],
  report: (problem: LocatedProblem) => void,
  problems: readonly LocatedProblem[],
): TicketTypes | undefined {
  const written = readWrittenTypes(json, report);
  const broken = problems.map(({ path }) => path);
  const resolved = resolveTypes(written.types, report, broken);
  for (const type of resolved) checkType(type, guards, report);
  const { defaultType } = written;
  if (defaultType === undefined) return undefined;
  if (!written.types.some((type) => type.name === defaultType)) {
    report({ path: ["defaultType"], message: `there is no type '${printable(defaultType)}'` });
  }
  return { defaultType, types: Object.fromEntries(resolved.map((type) => [type.name, typeOf(type)])) };
}

function typeOf(type: ResolvedType): TicketType {
  return {
    name: type.name,
    initial: type.initial?.value ?? "",
    states: [...type.states.values()].map(({ value }) => value),
    transitions: [...type.edges.values()].map(({ value }) => value),
    fields: [...type.fields.values()].map(({ value }) => value),
  };
}

function invalid(
  located: readonly LocatedProblem[],
  document: JsonDocument | undefined,
  path: string | undefined,
): WorkflowError<"TYPES_INVALID"> {
  const lineOf = (at: JsonPath) => document?.positionOf(at).line;
  const problems = located.map((problem) => ({
    at: formatJsonPath(problem.path),
    line: lineOf(problem.path),
    message: problem.message,
  }));
  const shown = problems.map(({ at, line, message }) => {
    const where = line === undefined ? "" : `line ${line}, `;
    return `  ${where}${printable(at)}: ${message}`;
  });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new WorkflowError(
    "TYPES_INVALID",
    `${shownPath(path)} has ${count}:\n${shown.join("\n")}`,
    { path, problems },
    { hint: "Correct the file; nothing was changed. 'wiggum help ticket-types' describes it." },
  );
}

function shownPath(path: string | undefined): string {
  return path === undefined ? "The ticket types" : printable(path);
}
