/** Splits text into its words: runs of letters and digits, in any script. */
export function words(text) {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}
