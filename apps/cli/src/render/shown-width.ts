import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that a text without control characters takes on a terminal: two for CJK and emoji, none for what combines. */
export function shownWidth(text: string): number {
  return stringWidth(text);
}

/** Text of at most `columns` columns: longer text is cut between two characters that a person would call such, and ends in `…`. */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (shownWidth(text) <= columns) return text;
  let kept = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = shownWidth(segment);
    if (taken + width > columns - 1) break;
    kept += segment;
    taken += width;
  }
  return `${kept.trimEnd()}…`;
}

/** Text filled up with spaces to `columns` columns; longer text stays whole. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - shownWidth(text)));
}

/** Lines of at most `columns` columns, broken between words; a word that is longer is broken, too, so that nothing of it is lost. */
export function wrapShown(text: string, columns: number): readonly string[] {
  const width = Math.max(2, columns);
  const lines: string[] = [];
  let line = "";
  const add = (word: string) => {
    if (line !== "" && shownWidth(line) + 1 + shownWidth(word) <= width) {
      line += ` ${word}`;
      return;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const { segment } of graphemes.segment(word)) {
      if (shownWidth(line) + shownWidth(segment) > width) {
        lines.push(line);
        line = "";
      }
      line += segment;
    }
  };
  for (const word of text.split(" ")) add(word);
  return [...lines, line];
}
