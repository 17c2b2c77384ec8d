/**
 * Text for a message: control characters, and bytes of a path that are no text (`pathText`), are shown escaped, so that data cannot steer a
 * terminal. Line ends stay with `lines`.
 */
export function printable(text: string, keep: "lines" | "nothing" = "nothing"): string {
  const pattern =
    keep === "lines"
      ? /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u{dc80}-\u{dcff}]/gu
      : /[\u0000-\u001f\u007f-\u009f\u{dc80}-\u{dcff}]/gu;
  return text.replace(
    pattern,
    (character) => `\\x${(character.charCodeAt(0) & 0xff).toString(16).padStart(2, "0")}`,
  );
}

/** Splits the output of a `-z` command. */
export function splitNul(text: string): string[] {
  const parts = text.split("\0");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}
