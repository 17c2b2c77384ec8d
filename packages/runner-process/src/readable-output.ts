import { type RecordRules, readableLines, type SessionProfile } from "@wiggum/workflow";

/** So many records may stand for one line that people see, at least as far as the byte limit of the output goes. */
const recordsPerLine = 20;

/** How many lines of the file to read for so many readable ones. */
export function linesToRead(rules: RecordRules | undefined, lastLines: number): number {
  return rules === undefined ? lastLines : lastLines * recordsPerLine;
}

/** The last lines of an output as people read it. */
export function readableTail(rules: RecordRules | undefined, text: string, lastLines: number): string {
  if (rules === undefined || lastLines === 0) return text;
  return readableLines(rules, text === "" ? [] : text.split("\n"))
    .slice(-lastLines)
    .join("\n");
}

/** New output as people read it, whole lines at a time; the last may lack its end. */
export async function* readableFollowing(
  profile: Promise<SessionProfile | undefined>,
  pieces: AsyncIterable<string>,
): AsyncIterable<string> {
  const known = (await profile)?.records;
  if (known === undefined) return yield* pieces;
  let rest = "";
  for await (const piece of pieces) {
    const lines = `${rest}${piece}`.split("\n");
    rest = lines.pop() ?? "";
    const shown = readableLines(known, lines);
    if (shown.length > 0) yield `${shown.join("\n")}\n`;
  }
  if (rest !== "") yield readableLines(known, [rest]).join("\n");
}
