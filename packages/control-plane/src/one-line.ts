/** Longest reason that a ticket is given, characters. */
const longestReason = 1_000;

/** A ticket's reason for a person is one line; what programs print, which is quoted in it, is many. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}
