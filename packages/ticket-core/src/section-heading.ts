import { trimBlankEnd } from "./section-lines.js";

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A heading of the document itself (in no list, quotation, code or HTML), in `#` form, that begins in the first column: an indented one would
 * become part of a list that somebody writes before it.
 */
export interface OutlineHeading {
  /** 2, or 3 where the text begins with `From `: all that a ticket's body is divided by. */
  readonly level: 2 | 3;
  /** Text as written, without the `#` before and after it. */
  readonly text: string;
  /** Where the line begins, where it ends, where the next begins. */
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

export interface Outline {
  readonly headings: readonly OutlineHeading[];
  /** Fenced code whose opening line has only spaces before the fence: a backslash in there is a backslash. */
  readonly literals: readonly TextRange[];
  /** Where a fence or HTML block begins that nothing closes: all that follows belongs to it. */
  readonly tail?: number;
}

/** Divides a body, if it is no code or HTML: sections by level 2, entries by level 3 with `From `. */
export function atxHeading(line: string): Pick<OutlineHeading, "level" | "text"> | undefined {
  const [, marks, rest] = /^(##|###)(?=[ \t]|$)(.*)$/s.exec(line) ?? [];
  if (marks === undefined || rest === undefined) return undefined;
  const text = trimBlanks(trimBlanks(rest).replace(/(?<=^|[ \t])#+$/, ""));
  if (marks === "##") return { level: 2, text };
  return text.startsWith("From ") ? { level: 3, text } : undefined;
}

function trimBlanks(text: string): string {
  return trimBlankEnd(text.replace(/^[ \t]+/, ""));
}

/** The line rules cannot say what the line at `at` is; on `since` begins a block of the document for certain. */
export interface Doubt {
  readonly since: number;
  readonly at: number;
}
