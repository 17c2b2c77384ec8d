import { isPlaceholder } from "./criteria.js";
import { isTicketError } from "./errors.js";
import { checklistOf } from "./section-checklist.js";
import { addItem, changeItem, type ItemWording, removeItem } from "./section-checklist-edit.js";
import type { LineEnd } from "./section-lines.js";

/**
 * Three-way merge of checklists by item: ticks and new wordings of different items merge, added items come behind theirs. `undefined` = both
 * sides changed one item differently, or text around the items.
 */
export function mergeChecklists(
  base: string,
  theirs: string,
  mine: string,
  lineEnd: LineEnd,
): string | undefined {
  const isTheirFrame = frameOf(mine) === frameOf(base);
  if (!isTheirFrame && frameOf(theirs) !== frameOf(base)) return undefined;
  const items = checklistOf(base);
  // Both put something in the place of the placeholder: these are two criteria, not two wordings of one.
  const before = isPlaceholder(items) ? [] : items;
  const their = compare(before, checklistOf(theirs));
  const my = compare(before, checklistOf(mine));
  const [frame, target, other] = isTheirFrame ? [theirs, their, my] : [mine, my, their];
  try {
    return carriedOver(frame, before, target, other, lineEnd);
  } catch (error) {
    if (isTicketError(error, "TICKET_INVALID")) return undefined;
    throw error;
  }
}

/** What stands around the items, blank lines apart. */
function frameOf(content: string): string {
  let frame = "";
  let from = 0;
  for (const { start, end } of checklistOf(content)) {
    frame += content.slice(from, start);
    from = end;
  }
  return (frame + content.slice(from)).replace(/[ \t\r\n]+/g, "\n").trim();
}

interface Comparison {
  /** For each item of the base what became of it, and where it is; `undefined` = taken out. */
  readonly kept: readonly ((ItemWording & { readonly index: number }) | undefined)[];
  readonly added: readonly ItemWording[];
}

/**
 * Items are known by their text. Of those left over, an item that is gone and one that is new are taken for one that was reworded if they
 * stand in the same place among the known ones.
 */
function compare(base: readonly ItemWording[], side: readonly ItemWording[]): Comparison {
  const baseNames = namesOf(base);
  const sideNames = namesOf(side);
  const known = new Set(baseNames.filter((name) => sideNames.includes(name)));
  const basePlaces = placesOf(baseNames, known);
  const sidePlaces = placesOf(sideNames, known);
  const used = new Set<number>();
  const kept = basePlaces.map((place) => {
    const index = sidePlaces.indexOf(place);
    const item = side[index];
    if (item === undefined) return undefined;
    used.add(index);
    return { text: item.text, checked: item.checked, index };
  });
  return { kept, added: side.filter((_, index) => !used.has(index)) };
}

/** The text of each item, numbered where it stands there more than once. */
function namesOf(items: readonly ItemWording[]): readonly string[] {
  const counts = new Map<string, number>();
  return items.map(({ text }) => {
    const count = counts.get(text) ?? 0;
    counts.set(text, count + 1);
    return `${count} ${text}`;
  });
}

/** Of a known item its name, of another how many items it stands behind the last known one. */
function placesOf(names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  let last = "";
  let behind = 0;
  return names.map((name) => {
    if (!known.has(name)) {
      behind += 1;
      return `${behind} behind ${last}`;
    }
    last = name;
    behind = 0;
    return `= ${name}`;
  });
}

function carriedOver(
  frame: string,
  base: readonly ItemWording[],
  target: Comparison,
  other: Comparison,
  lineEnd: LineEnd,
): string | undefined {
  let content = frame;
  const gone: number[] = [];
  for (const [index, before] of base.entries()) {
    const here = target.kept[index];
    const there = other.kept[index];
    if (here === undefined || there === undefined) {
      const stayed = here ?? there;
      if (stayed !== undefined && !isSameWording(stayed, before)) return undefined;
      if (here !== undefined) gone.push(here.index);
      continue;
    }
    const text = pick(before.text, here.text, there.text);
    const checked = pick(before.checked, here.checked, there.checked);
    if (text === undefined || checked === undefined) return undefined;
    if (!isSameWording(here, { text, checked }))
      content = changeItem(content, here.index, { text, checked }, lineEnd) ?? content;
  }
  for (const index of gone.toSorted((left, right) => right - left)) content = removeItem(content, index);
  for (const item of other.added) {
    const same = target.added.find(({ text }) => text === item.text);
    if (same !== undefined && same.checked !== item.checked) return undefined;
    if (same === undefined) content = addItem(content, item, lineEnd);
  }
  return content;
}

/** `undefined` = changed to different values. */
function pick<Value>(before: Value, here: Value, there: Value): Value | undefined {
  if (here === there || there === before) return here;
  return here === before ? there : undefined;
}

function isSameWording(left: ItemWording, right: ItemWording): boolean {
  return left.text === right.text && left.checked === right.checked;
}
