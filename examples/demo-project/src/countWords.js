import { words } from "./words.js";

/** Counts the words of text. */
export function countWords(text) {
  return words(text).length;
}
