// C0, DEL, C1 and the bidirectional overrides: everything that makes a terminal do something instead of showing it. Last what stands for
// the bytes of a file name that are no text.
const steering = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u{dc80}-\u{dcff}]/gu;
const steeringExceptLines =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u{dc80}-\u{dcff}]/gu;

/**
 * Data as it may be shown on a terminal: control characters appear escaped (`\x1b`, `\u202e`), all other text is as it was.
 * `lines` leaves line ends and tabs alone, for texts of several lines.
 */
export function printable(text: string, keep: "lines" | "nothing" = "nothing"): string {
  return text.replace(keep === "lines" ? steeringExceptLines : steering, escaped);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0xdc80) return `\\x${(code & 0xff).toString(16)}`;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** JSON in which those characters are escaped, too: `JSON.stringify` alone leaves DEL, C1 and the overrides as they are. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
