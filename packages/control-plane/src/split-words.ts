/**
 * Splits a command into program and arguments as a shell would, without one: white space separates, quotes and backslashes join.
 * Nothing is filled in and nothing is run; what only a shell could do (`;`, `&&`, `|`, `>`) is a problem.
 */
export function splitWords(
  command: string,
): { readonly words: readonly string[] } | { readonly problem: string } {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < command.length) {
    const character = command.charAt(at);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (character === "\\") {
      if (at + 1 >= command.length) return { problem: "it ends in a backslash" };
      word = (word ?? "") + command.charAt(at + 1);
      at += 2;
    } else if (character === "'" || character === '"') {
      const part = quotedPart(command, at + 1, character);
      if (part === undefined) return { problem: `a ${character} has no partner` };
      word = (word ?? "") + part.text;
      at = part.next;
    } else if (/[;&|<>]/.test(character)) {
      // As plain words they would silently do something else than what was meant.
      return { problem: `'${character}' needs a shell: write sh -c "…", or put it in quotes` };
    } else {
      word = (word ?? "") + character;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words.length === 0 || words[0] === "" ? { problem: "it names no program" } : { words };
}

function quotedPart(
  command: string,
  start: number,
  quote: string,
): { text: string; next: number } | undefined {
  let text = "";
  for (let at = start; at < command.length; at++) {
    const character = command.charAt(at);
    if (character === quote) return { text, next: at + 1 };
    if (character === "\\" && quote === '"' && /[\\"]/.test(command.charAt(at + 1))) {
      text += command.charAt(at + 1);
      at++;
    } else {
      text += character;
    }
  }
  return undefined;
}
