/** `Usage: wiggum ticket transition <id> <state>` */
export function usageLine(words: readonly string[], synopsis: string): string {
  return `Usage: ${["wiggum", ...words, synopsis].join(" ").trimEnd()}`;
}
