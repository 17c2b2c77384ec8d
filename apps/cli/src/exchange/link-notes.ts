/** What an import says of a link of this kind: where it is now. */
export function noteOf(kind: string): string {
  if (kind === "depends-on") return "depends_on, re-pointed";
  if (kind === "blocks" || kind === "parent") return `${kind}, re-pointed`;
  return `reference ${kind}:<ticket>, re-pointed`;
}
