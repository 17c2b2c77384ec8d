import {
  appendCriterion,
  appendEvent,
  changeCriterion,
  readSection,
  writeSection,
} from "@wiggum/ticket-core";
import { oneLineOf, wellFormed } from "./foreign-words.js";
import type { ImportedEvent, ImportedTicket } from "./imported-ticket.js";

/** Sections that hold entries: foreign prose must not be taken for one. */
const ofEntries = new Set(["Comments", "Feedback", "Thread"]);

/** The text below the title. `isReplaced`: it had characters that no text file can hold. */
export function bodyFor(
  record: ImportedTicket,
  events: readonly (ImportedEvent & { readonly id: string })[],
): { readonly body: string; readonly isReplaced: boolean } {
  let isReplaced = false;
  const storable = (text: string) => {
    const clean = wellFormed(text.replaceAll("\0", "\ufffd"));
    isReplaced ||= clean !== text;
    return clean;
  };
  let body = record.markdown === undefined ? "\n" : storable(record.markdown);
  const section = (heading: string, text: string) => {
    body = writeSection(body, freeHeading(body, heading), storable(text));
  };
  if (record.description !== undefined) section("Description", record.description);
  for (const [index, { text, checked }] of record.criteria.entries()) {
    body = appendCriterion(body, storable(text));
    if (checked) body = changeCriterion(body, index + 1, { checked }) ?? body;
  }
  for (const { heading, text } of record.sections) section(heading, text);
  for (const event of events) {
    body = appendEvent(body, { ...event, source: storable(event.source), text: storable(event.text) });
  }
  return { body, isReplaced };
}

/** Nothing is written over: a second section of the same name gets a number. */
function freeHeading(body: string, wanted: string): string {
  const line = oneLineOf(wanted);
  const name = line === "" ? "Text" : ofEntries.has(line) ? `${line} (imported)` : line;
  for (let number = 1; ; number += 1) {
    const heading = number === 1 ? name : `${name} (${number})`;
    if (readSection(body, heading) === undefined) return heading;
  }
}
