import { criteriaHeading } from "./criteria.js";
import { mergeChecklists } from "./merge-checklists.js";
import type { ReportConflict } from "./merge-conflict.js";
import { unescapeText } from "./section-escape.js";
import {
  bodyOf,
  contentOf,
  madeFollowed,
  madeLast,
  type Part,
  partsOf,
  withContent,
} from "./section-parts.js";

/** A part under a name that it has on every side: the heading of a section, the id of an event. */
interface NamedPart {
  readonly name: string;
  readonly part: Part;
  /** Name of the section that it belongs to. */
  readonly section: string;
  readonly isFollowed: boolean;
  readonly content: string;
}

/**
 * Three-way merge of bodies: sections by heading, entries by event id (theirs, then mine), acceptance criteria by item. A part that only one
 * side changed, added or took out is as that side has it; what both changed differently is reported, and stays as theirs.
 */
export function mergeBodies(
  base: string | undefined,
  theirs: string,
  mine: string,
  conflict: ReportConflict,
): string {
  if (base === mine || theirs === mine) return theirs;
  if (base === theirs) return mine;
  const before = namedParts(base ?? "");
  const their = namedParts(theirs);
  const my = namedParts(mine);
  const merged: NamedPart[] = [];
  for (const part of their.values()) {
    const chosen = choose(part.name, before.get(part.name), part, my.get(part.name), conflict);
    // A section that goes stays for the entries in it that do not.
    if (chosen !== undefined) merged.push(chosen);
    else if (part.part.kind === "section" && hasNewEntry(part, their, before)) merged.push(part);
  }
  for (const part of my.values()) {
    if (their.has(part.name)) continue;
    const chosen = choose(part.name, before.get(part.name), undefined, part, conflict);
    if (chosen !== undefined) insert(merged, chosen, my, before);
  }
  const body = joined(merged);
  if (isAsMerged(body, merged)) return body;
  conflict("body", { base, theirs, mine });
  return theirs;
}

function namedParts(body: string): ReadonlyMap<string, NamedPart> {
  const named = new Map<string, NamedPart>();
  const parts = partsOf(body);
  const counts = new Map<string, number>();
  let section = "";
  for (const [index, part] of parts.entries()) {
    const isFollowed = index < parts.length - 1;
    const content = contentOf(part, isFollowed);
    const plain = nameOf(part, content);
    const count = (counts.get(plain) ?? 0) + 1;
    counts.set(plain, count);
    const name = count === 1 ? plain : `${plain}\n(${count})`;
    if (part.kind !== "entry") section = name;
    named.set(name, { name, part, section, isFollowed, content });
  }
  return named;
}

/** An entry without an id is known by all that it says. */
function nameOf({ kind, heading, marker }: Part, content: string): string {
  if (kind === "lead") return "body";
  if (kind === "section") return `## ${heading}`;
  return marker === undefined ? `### ${heading}\n${content}` : `event ${marker.id}`;
}

/** `undefined` = the part is not there, or goes. */
function choose(
  name: string,
  base: NamedPart | undefined,
  theirs: NamedPart | undefined,
  mine: NamedPart | undefined,
  conflict: ReportConflict,
): NamedPart | undefined {
  if (saidBy(base) === saidBy(mine) || saidBy(theirs) === saidBy(mine)) return theirs;
  if (saidBy(base) === saidBy(theirs)) return mine;
  if (base && theirs && mine && name === `## ${criteriaHeading}`) {
    const content = mergeChecklists(base.content, theirs.content, mine.content, theirs.part.lineEnd);
    if (content !== undefined)
      return { ...theirs, content, part: withContent(theirs.part, content, theirs.isFollowed) };
  }
  conflict(name.split("\n")[0] ?? name, { base: shown(base), theirs: shown(theirs), mine: shown(mine) });
  return theirs;
}

/** What is compared: of an entry its heading, too. */
function saidBy(named: NamedPart | undefined): string | undefined {
  return named && (named.part.kind === "entry" ? `${named.part.head}\n${named.content}` : named.content);
}

function shown(named: NamedPart | undefined): string | undefined {
  return named && unescapeText(named.content, named.part.kind === "entry" ? "entry" : "section");
}

/** Entries go to the end of their section, sections behind the one that they follow on their own side, and what theirs put there. */
function insert(
  merged: NamedPart[],
  added: NamedPart,
  own: ReadonlyMap<string, NamedPart>,
  base: ReadonlyMap<string, NamedPart>,
): void {
  if (added.part.kind === "entry") {
    const last = merged.findLastIndex(({ section }) => section === added.section);
    const head = own.get(added.section);
    if (last < 0 && head !== undefined)
      merged.push({ ...head, content: "", part: withContent(head.part, "", true) });
    merged.splice(last < 0 ? merged.length : last + 1, 0, added);
    return;
  }
  const sections = [...new Set([...own.values()].map(({ section }) => section))];
  const before = sections.slice(0, sections.indexOf(added.name)).toReversed();
  const neighbour = before.find((name) => merged.some(({ section }) => section === name));
  let at = merged.findLastIndex(({ section }) => section === neighbour) + 1;
  for (let next = merged[at]; next !== undefined && !base.has(next.section); next = merged[at]) at += 1;
  merged.splice(at, 0, added);
}

function hasNewEntry(
  section: NamedPart,
  own: ReadonlyMap<string, NamedPart>,
  base: ReadonlyMap<string, NamedPart>,
): boolean {
  return [...own.values()].some(
    (part) => part.section === section.name && part.part.kind === "entry" && !base.has(part.name),
  );
}

function joined(merged: readonly NamedPart[]): string {
  return bodyOf(
    merged.map(({ part, isFollowed }, index) => {
      const isLast = index === merged.length - 1;
      if (!isLast) return isFollowed ? part : madeFollowed(part, false);
      return isFollowed ? madeLast(part) : part;
    }),
  );
}

/** Does the body read as what was put together? */
function isAsMerged(body: string, merged: readonly NamedPart[]): boolean {
  const read = [...namedParts(body).values()];
  return (
    read.length === merged.length &&
    read.every(
      (part, index) => part.part.head === merged[index]?.part.head && part.content === merged[index]?.content,
    )
  );
}
