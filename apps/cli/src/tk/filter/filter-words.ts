/** A part of a filter that is not among those covered here: jq itself may know it. */
export class UncoveredFilter extends Error {
  override readonly name = "UncoveredFilter";
}

/** A word of a filter, and where it begins (0 = first character). */
export interface FilterWord {
  readonly kind: "symbol" | "name" | "field" | "text" | "number" | "end";
  /** Symbol, name without dot, or the value of a text. */
  readonly text: string;
  readonly at: number;
}

const patterns = [
  ["blank", /[ \t\r\n]+/y],
  ["field", /\.[A-Za-z_]\w*/y],
  ["text", /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y],
  ["number", /\d+(?:\.\d+)?(?![\w.])/y],
  ["name", /[A-Za-z_]\w*/y],
  ["symbol", /\/\/(?!=)|==|!=|<=|>=|[<>|,()[\].;?-]/y],
] as const;

/** Cuts a filter into words. @throws UncoveredFilter */
export function filterWords(filter: string): readonly FilterWord[] {
  const words: FilterWord[] = [];
  for (let at = 0; at < filter.length; ) {
    const [kind, text] = wordAt(filter, at);
    if (kind === "field") words.push({ kind, text: text.slice(1), at });
    else if (kind === "text") words.push({ kind, text: JSON.parse(text) as string, at });
    else if (kind !== "blank") words.push({ kind, text, at });
    at += text.length;
  }
  return [...words, { kind: "end", text: "its end", at: filter.length }];
}

function wordAt(filter: string, at: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(filter)?.[0];
    if (text !== undefined) return [kind, text] as const;
  }
  throw new UncoveredFilter(`'${filter.slice(at, at + 12)}' at character ${at + 1}`);
}
