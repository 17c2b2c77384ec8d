// What stands below the title, as text: pure functions from body to body. Everything they do not name stays byte for byte.

import { criteriaHeading, criteriaPlaceholder } from "./criteria.js";
import { addItem } from "./section-checklist-edit.js";
import { escapeText } from "./section-escape.js";
import { eventSections } from "./section-parts.js";

export { appendCriterion, changeCriterion, readCriteria } from "./criteria.js";
export { appendEvent, readEvents, type StoredEvent } from "./events.js";
export { readSection, writeSection } from "./sections.js";

/** The parts that the text of a new ticket is made of. */
export interface NewBody {
  readonly description?: string | undefined;
  /** None = a placeholder. */
  readonly acceptanceCriteria?: readonly string[] | undefined;
}

/**
 * Body of a new ticket: `## Description`, `## Acceptance Criteria`, and `## Comments` with nothing below it. What is not given gets a placeholder.
 * @throws TICKET_INVALID for text that no file can hold
 */
export function newBody({
  description = "[Add description here]",
  acceptanceCriteria = [],
}: NewBody = {}): string {
  const criteria = acceptanceCriteria.length === 0 ? [criteriaPlaceholder] : acceptanceCriteria;
  const list = criteria.map((text) => addItem("", { text, checked: false }, "\n")).join("\n");
  const text = description === "" ? "" : `\n${escapeText(description, "section")}\n`;
  return `\n## Description\n${text}\n## ${criteriaHeading}\n\n${list}\n\n## ${eventSections.comment}\n`;
}
