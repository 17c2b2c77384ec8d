import { TicketError } from "./errors.js";
import { type ChecklistItem, checklistOf, itemSource } from "./section-checklist.js";
import { refuseUnstorable } from "./section-escape.js";
import { type LineEnd, lineAt } from "./section-lines.js";

/** What an item of a checklist says. */
export interface ItemWording {
  readonly text: string;
  readonly checked: boolean;
}

/** The checklist with one item ticked, unticked or reworded. `index` counts from 0; `undefined` = there is no such item. */
export function changeItem(
  content: string,
  index: number,
  change: { readonly text?: string | undefined; readonly checked?: boolean | undefined },
  lineEnd: LineEnd,
): string | undefined {
  const items = checklistOf(content);
  const item = items[index];
  if (item === undefined) return undefined;
  const { text = item.text, checked = item.checked } = change;
  refuseUnstorable(text);
  const mark = checked === item.checked ? content.charAt(item.mark) : markOf(checked);
  const rest = text === item.text ? content.slice(item.rest, item.end) : itemSource(text, item.indent);
  const until = `${content.slice(0, item.mark)}${mark}]${rest}`;
  const after = content.slice(item.end);
  // What follows directly might be read as the last line of the new text.
  return firstThatReads(
    [until + after, until + lineEnd + after],
    items.with(index, { ...item, text, checked }),
  );
}

/** The checklist with an item more, behind its last; if it has none, behind all that stands there. */
export function addItem(content: string, wording: ItemWording, lineEnd: LineEnd): string {
  refuseUnstorable(wording.text);
  const items = checklistOf(content);
  const last = items.at(-1);
  const bullet = last !== undefined && /^[-*+]$/.test(last.bullet) ? last.bullet : "-";
  const source = `${bullet} [${markOf(wording.checked)}]${itemSource(wording.text, 2)}`;
  if (content === "") return source;
  const wanted = [...items, wording];
  if (last === undefined) return firstThatReads([content + lineEnd + lineEnd + source], wanted);
  const until = `${content.slice(0, last.end)}${lineEnd}${source}`;
  const after = content.slice(last.end);
  return firstThatReads([until + after, until + lineEnd + after], wanted);
}

/** The checklist without this item. */
export function removeItem(content: string, index: number): string {
  const items = checklistOf(content);
  const item = items[index];
  if (item === undefined) return content;
  const before = content.slice(0, item.start);
  const after = content.slice(lineAt(content, item.end).next);
  const isLast = after === "";
  const rest = isLast ? before.replace(/(?:\r\n|\n|\r)$/, "") : before + after;
  return firstThatReads([rest], items.toSpliced(index, 1));
}

function markOf(checked: boolean): string {
  return checked ? "x" : " ";
}

function firstThatReads(contents: readonly string[], wanted: readonly ItemWording[]): string {
  const found = contents.find((content) => isSameList(checklistOf(content), wanted));
  if (found !== undefined) return found;
  throw new TicketError(
    "TICKET_INVALID",
    "The checklist cannot be changed so: what stands around it would be read differently",
    { field: "acceptanceCriteria" },
    { hint: "Look at the section in the ticket's file, and give its list a blank line before and after." },
  );
}

function isSameList(items: readonly ChecklistItem[], wanted: readonly ItemWording[]): boolean {
  return (
    items.length === wanted.length &&
    items.every(
      ({ text, checked }, index) => text === wanted[index]?.text && checked === wanted[index]?.checked,
    )
  );
}
