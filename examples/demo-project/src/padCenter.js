/** Pads text with spaces on both sides to width characters; an odd space goes to the right. */
export function padCenter(text, width) {
  const missing = Math.max(0, width - text.length);
  const left = Math.floor(missing / 2);
  return " ".repeat(left) + text + " ".repeat(missing - left);
}
