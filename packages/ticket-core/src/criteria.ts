import { checklistOf } from "./section-checklist.js";
import { addItem, changeItem, type ItemWording } from "./section-checklist-edit.js";
import {
  bodyOf,
  contentOf,
  contentRange,
  madeClosed,
  type Part,
  partsOf,
  withContent,
} from "./section-parts.js";
import { findSection, withSection } from "./sections.js";
import type { Criterion } from "./tickets.js";

export const criteriaHeading = "Acceptance Criteria";
/** What a new ticket says where nobody gave criteria. */
export const criteriaPlaceholder = "[Add criteria]";

/** The checklist below `## Acceptance Criteria`: its outermost items. Other text and other lists there are left alone. */
export function readCriteria(body: string): readonly Criterion[] {
  const parts = partsOf(body);
  const at = findSection(parts, criteriaHeading)?.first;
  const part = at === undefined ? undefined : parts[at];
  if (at === undefined || part === undefined) return [];
  const items = checklistOf(contentOf(part, at + 1 < parts.length));
  return items.map(({ text, checked }, index) => ({ index: index + 1, text, checked }));
}

/**
 * The body with the criterion at this index (1 = first) ticked, unticked or reworded; `undefined` = there is no such criterion.
 * @throws TICKET_INVALID for text that no file can hold
 */
export function changeCriterion(
  body: string,
  index: number,
  change: { readonly checked?: boolean | undefined; readonly text?: string | undefined },
): string | undefined {
  const parts = partsOf(body);
  const at = findSection(parts, criteriaHeading)?.first;
  const part = at === undefined ? undefined : parts[at];
  if (at === undefined || part === undefined) return undefined;
  const isFollowed = at + 1 < parts.length;
  const content = changeItem(contentOf(part, isFollowed), index - 1, change, part.lineEnd);
  return content === undefined ? undefined : bodyOf(parts.with(at, withChecklist(part, content, isFollowed)));
}

/**
 * The body with another criterion at the end of the checklist. The placeholder of a new ticket gives way to it; a missing section is appended.
 * @throws TICKET_INVALID for text that no file can hold
 */
export function appendCriterion(body: string, text: string): string {
  const parts = partsOf(body);
  const wording = { text, checked: false };
  const at = findSection(parts, criteriaHeading)?.first;
  const part = at === undefined ? undefined : parts[at];
  if (at === undefined || part === undefined) {
    const lineEnd = parts[0]?.lineEnd ?? "\n";
    return bodyOf(withSection(parts, criteriaHeading, addItem("", wording, lineEnd)));
  }
  const isFollowed = at + 1 < parts.length;
  const items = checklistOf(contentOf(part, isFollowed));
  const open = items.length === 0 ? madeClosed(part) : part;
  const content = contentOf(open, isFollowed);
  const longer =
    (isPlaceholder(items) && changeItem(content, 0, { text }, part.lineEnd)) ||
    addItem(content, wording, part.lineEnd);
  return bodyOf(parts.with(at, withChecklist(open, longer, isFollowed)));
}

/** Is there nothing but the placeholder? */
export function isPlaceholder(items: readonly ItemWording[]): boolean {
  return items.length === 1 && items[0]?.text === criteriaPlaceholder && !items[0].checked;
}

/** Keeps the blank lines around the list as they are, where they are as we would write them. */
export function withChecklist(part: Part, content: string, isFollowed: boolean): Part {
  const { start, end } = contentRange(part, isFollowed);
  const before = part.raw.slice(0, start);
  const after = part.raw.slice(end);
  const isUsual =
    content !== "" && start < end && (after.startsWith(part.lineEnd) || (after === "" && !isFollowed));
  return isUsual ? { ...part, raw: before + content + after } : withContent(part, content, isFollowed);
}
