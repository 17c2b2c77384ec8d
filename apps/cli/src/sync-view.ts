import type { ViewSyncOptions, ViewSyncReport } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import { exitCodeOf, type FailureCode } from "./exit-codes.js";
import { fieldText } from "./render/field-text.js";

type ConflictingField = NonNullable<ViewSyncReport["refused"][number]["fields"]>[number];

/**
 * Submits the caller's edits and says what became of each. `again` is the command that tries a refused one again.
 * @throws with the code of the first refusal; all of them are named
 */
export async function syncView(
  context: Context,
  options: ViewSyncOptions,
  again = "wiggum ticket sync",
): Promise<ViewSyncReport> {
  const project = await context.project();
  const report = await project.syncView(options);
  for (const { id, transition } of report.submitted) {
    if (transition === undefined) context.messages.info(`Submitted ${id}`);
    else context.messages.ok(`Transitioned ${id}: ${transition.from} -> ${transition.to}`);
  }
  if (options.direction !== "push") {
    for (const { path } of report.waiting) context.messages.warn(`Not submitted yet: ${path}`);
  }
  const [first] = report.refused;
  if (first === undefined) return report;
  throw new CommandError(isFailureCode(first.code) ? first.code : "EDITS_REFUSED", refusal(report), {
    details: report.refused.flatMap(({ id, path, message, hint, fields }) => [
      message.startsWith(id) ? message : `${id}: ${message}`,
      ...(fields ?? []).map(bothValues),
      ...(hint === undefined ? [] : [hint]),
      `${path} stays as you left it`,
    ]),
    hint: `Put it right, then: ${again}`,
    data: { report },
  });
}

/** `priority: yours 0, stored 4`; a section of the text by its heading. */
function bothValues({ name, mine, theirs }: ConflictingField): string {
  return `${name}: yours ${inOneLine(mine)}, stored ${inOneLine(theirs)}`;
}

function inOneLine(value: unknown): string {
  return fieldText(typeof value === "string" ? value.trim().replace(/\s+/g, " ") : value);
}

function refusal({ refused, submitted }: ViewSyncReport): string {
  const names = refused.map(({ id }) => id).join(", ");
  return submitted.length === 0
    ? `Refused: ${names}`
    : `Refused: ${names}; ${submitted.length} others were submitted`;
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(exitCodeOf, code);
}
