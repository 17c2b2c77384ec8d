/**
 * Text for a message or a commit subject: control characters are shown escaped, so that data cannot steer a terminal or end the line; so are
 * U+DC80 ... U+DCFF, which stand for bytes of a file name that are no text.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u{dc80}-\u{dcff}]/gu, (character) => {
    const code = character.charCodeAt(0);
    return code >= 0xdc80 ? `\\x${(code & 0xff).toString(16)}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
