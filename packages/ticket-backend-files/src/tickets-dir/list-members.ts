/** May this stand in a list of front matter, and come back as it is? No comma, no bracket at an end, no white space around it, one line. */
export function isMember(text: string): boolean {
  return text !== "" && text.trim() === text && !hasControl(text) && !/[,\]]|^\[/.test(text);
}

/** May this be the value of a key: one line, nothing that steers a terminal? */
export function isOneLine(text: string): boolean {
  return !hasControl(text);
}

function hasControl(text: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(text);
}
