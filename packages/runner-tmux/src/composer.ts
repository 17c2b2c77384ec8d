import { type PaneProfile, pattern } from "./profile.js";
import { columnsOf, type Screen } from "./screen.js";

/** So much of a draft's end must be seen where the beginning has left the screen. */
const endCharacters = 60;

/**
 * How much of this text stands in the composer, up to its last character: `whole`, or no more than its `end`, which a text that repeats
 * itself also has when it is only half there. Compared without blanks, frames and what programs leave out of what they show, so that
 * wrapping does not matter.
 */
export function draftSeen(screen: Screen, profile: PaneProfile, text: string): "whole" | "end" | "none" {
  const wanted = bare(text);
  const { composer } = profile;
  const ends = (part: string) =>
    typeof composer === "object" ? draftIn(screen, composer.rows).endsWith(part) : endsAtCursor(screen, part);
  if (wanted === "") return "none";
  if (ends(wanted)) return "whole";
  return wanted.length > endCharacters && ends(wanted.slice(-endCharacters)) ? "end" : "none";
}

/** Is the whole composer exactly this text? Then it is ours to clear. */
export function isDraft(screen: Screen, profile: PaneProfile, text: string): boolean {
  if (typeof profile.composer === "object") return draftIn(screen, profile.composer.rows) === bare(text);
  return draftSeen(screen, profile, text) === "whole";
}

function draftIn(screen: Screen, source: string): string {
  const rowPattern = pattern(source);
  let block: string[] = [];
  let isInBlock = false;
  for (const row of screen.rows) {
    const found = rowPattern.exec(row);
    if (found !== null && !isInBlock) block = [];
    if (found !== null) block.push(found[1] ?? "");
    isInBlock = found !== null;
  }
  return bare(block.join(""));
}

/** The text's last character stands in the row of the cursor, or in a full row above an empty one. */
function endsAtCursor(screen: Screen, wanted: string): boolean {
  const { rows, cursor, width } = screen;
  const row =
    cursor.column === 0 && bare(rows[cursor.row] ?? "") === ""
      ? fullRowAbove(rows, cursor.row, width)
      : cursor.row;
  if (row === undefined) return false;
  const above = bare(rows.slice(0, row).join(""));
  const all = above + bare(rows[row] ?? "");
  const at = all.lastIndexOf(wanted);
  return at >= 0 && at + wanted.length > above.length;
}

function fullRowAbove(rows: readonly string[], row: number, width: number): number | undefined {
  const above = rows[row - 1];
  // A wide character takes two columns and may leave the last one blank.
  return above !== undefined && columnsOf(above) >= width - 1 ? row - 1 : undefined;
}

/** Would somebody who looks at the composer see that this text is in it? Frames are painted by programs, too. */
export function canBeSeen(text: string): boolean {
  return bare(text) !== "";
}

/** Without blanks, box drawing, and characters without a width. */
function bare(text: string): string {
  return text.replace(/\s|\p{Default_Ignorable_Code_Point}|[\u2500-\u259f]|\p{Mn}/gu, "");
}
