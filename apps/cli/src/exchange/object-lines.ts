// Where in a document of JSON its records stand.

/** What may stand between two tokens that count. */
const token = /["{}[\],:\n]/g;

/** What a document of JSON says of where it says things. */
export interface ScannedObjects {
  /** Line of each object that stands in a list, by its path: `[3]`, `master.tasks[0].subtasks[1]`. */
  readonly lines: ReadonlyMap<string, number>;
  /** A key that stands twice in one object, by the path of the innermost such object around it; empty = in none. Of its values only the last is read. */
  readonly repeated: ReadonlyMap<string, string>;
}

/**
 * For messages; the text must be JSON. Texts and depth may be of any size: nothing here recurs, and no pattern runs over a whole text.
 */
export function scanObjects(text: string): ScannedObjects {
  const repeated = new Map<string, string>();
  const lines = new Map<string, number>();
  const open: {
    readonly path: string;
    readonly isList: boolean;
    index: number;
    key: string;
    readonly record: string;
    readonly keys: Set<string>;
  }[] = [];
  let line = 1;
  let string = "";
  token.lastIndex = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [character] = found;
    const inside = open.at(-1);
    if (character === "\n") line += 1;
    else if (character === '"') {
      const end = endOfString(text, found.index);
      string = text.slice(found.index, end);
      token.lastIndex = end;
    } else if (character === "{" || character === "[") {
      // Records stand at most four deep; the paths of what is in them would be as long as they are deep.
      const path =
        inside === undefined || open.length > deepestRecord ? "" : `${inside.path}${stepOf(inside)}`;
      const isRecord = character === "{" && inside?.isList === true && open.length <= deepestRecord;
      if (isRecord) lines.set(path, line);
      const record = isRecord ? path : (inside?.record ?? "");
      open.push({ path, isList: character === "[", index: 0, key: "", record, keys: new Set() });
    } else if (character === "}" || character === "]") open.pop();
    else if (character === "," && inside !== undefined) inside.index += 1;
    else if (character === ":" && inside !== undefined) {
      inside.key = JSON.parse(string) as string;
      if (inside.keys.has(inside.key) && !repeated.has(inside.record))
        repeated.set(inside.record, inside.key);
      inside.keys.add(inside.key);
    }
  }
  return { lines, repeated };
}

/** `<tag>.tasks[n].subtasks[m]`: what is further down is told of by the record that it is in. */
const deepestRecord = 6;

function stepOf({
  path,
  isList,
  index,
  key,
}: {
  readonly path: string;
  readonly isList: boolean;
  readonly index: number;
  readonly key: string;
}): string {
  if (isList) return `[${index}]`;
  return path === "" ? key : `.${key}`;
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slash = quote - 1;
    while (text[slash] === "\\") slash -= 1;
    if ((quote - slash) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/** A key that stands twice in this object, or in one of a list in it (comments of an issue), but not of the list `records`. */
export function repeatedIn(
  repeated: ScannedObjects["repeated"],
  path: string,
  records = "",
): string | undefined {
  for (const [at, key] of repeated) {
    const isOther = records !== "" && at.startsWith(`${path}.${records}[`);
    if (at === path || (at.startsWith(`${path}.`) && !isOther)) return key;
  }
  return undefined;
}
