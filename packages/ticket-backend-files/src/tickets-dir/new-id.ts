const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * What new ids of a folder begin with: the first character of each part of its name between `-` and `_`; the first three of the name where that
 * gives fewer than two. `my-cool-app` gives `mca`, `plan` gives `pla`. What may not stand in an id is left out.
 */
export function idPrefix(folderName: string): string {
  const initials = folderName
    .split(/[-_]/)
    .map((part) => [...part][0] ?? "")
    .join("");
  const prefix = [...initials].length < 2 ? [...folderName].slice(0, 3).join("") : initials;
  // An id is a file name, and a member of a list in front matter.
  return prefix.replace(/[^\p{L}\p{N}._-]|^[._-]+/gu, "") || "tk";
}

/** `<prefix>-` and four random characters. `random(below)` gives a whole number in [0, below). Whether it is taken is asked by who writes it. */
export function drawId(prefix: string, random: (below: number) => number): string {
  let suffix = "";
  while (suffix.length < 4) suffix += letters[random(letters.length)] ?? "";
  return `${prefix}-${suffix}`;
}
