/** Shortens text to at most limit characters; what was cut is shown as one ellipsis character. */
export function truncate(text, limit) {
  if (text.length < limit) return text;
  return text.slice(0, limit - 1) + "…";
}
