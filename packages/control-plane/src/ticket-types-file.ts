import { builtinTypes, printable, type TicketTypes } from "@wiggum/ticket-core";
import { type ParseTicketTypesOptions, parseTicketTypes, WorkflowError } from "@wiggum/workflow";
import { type ParsedFiles, parseAlways } from "./parsed-files.js";
import { readTextFile, type SettingsProblem } from "./settings-problems.js";

/**
 * The ticket types of a project: its file (`paths.ticketTypes`), or the built-in ones where there is none. A file that is there and wrong is
 * never replaced by others in silence.
 * @throws TYPES_INVALID with every problem, its JSON path and line
 */
export async function loadTicketTypes(
  path: string,
  options: Pick<ParseTicketTypesOptions, "guards"> & {
    /** Default: nothing is kept. */
    readonly parsedFiles?: ParsedFiles | undefined;
  } = {},
): Promise<TicketTypes> {
  const read = await readTextFile(path);
  if ("problem" in read) throw unreadable(path, read.problem, read.cause);
  const { text } = read;
  if (text === undefined) return builtinTypes;
  const { guards, parsedFiles = parseAlways } = options;
  const parse = () => parseTicketTypes(text, { guards, path });
  // Guards of the caller's make other types of the same text.
  return guards === undefined ? await parsedFiles.parsed("ticket-types", text, parse) : parse();
}

function unreadable(
  path: string,
  { line, message }: SettingsProblem,
  cause: unknown,
): WorkflowError<"TYPES_INVALID"> {
  return new WorkflowError(
    "TYPES_INVALID",
    `${printable(path)}${line === undefined ? "" : `:${line}`} ${message}`,
    { path, problems: [{ at: "$", ...(line === undefined ? {} : { line }), message }] },
    { hint: "Mend or remove the file; without it the built-in types hold.", cause },
  );
}
