// Reads `config.sh`. It looks like shell so that people and old scripts can source it, but nothing in it is ever run: only plain
// assignments are understood, and a value that would need a shell is a problem, not a guess.

/** One assignment of the file. */
interface SettingLine {
  readonly name: string;
  readonly value: string;
  /** 1 = first. */
  readonly line: number;
}

interface SettingsFileProblem {
  /** Absent for a line that sets nothing. */
  readonly name?: string | undefined;
  readonly line: number;
  readonly message: string;
}

export interface SettingsFile {
  /** In the order of the file; the last one of a name counts, except that `: "${NAME:=value}"` never replaces an earlier one. */
  readonly settings: readonly SettingLine[];
  /** Assignments whose value cannot be read without a shell. */
  readonly problems: readonly SettingsFileProblem[];
  /** Lines that are no assignment at all: they have no effect here. */
  readonly unread: readonly SettingsFileProblem[];
}

/**
 * Reads `NAME="value"  # comment`, `NAME='value'`, `export NAME=value` and `: "${NAME:=value}"`. `$NAME`, `${NAME}` and `${NAME:-word}`
 * are filled in from the lines above, then from `environment`.
 */
export function readSettingsFile(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): SettingsFile {
  const settings = new Map<string, SettingLine>();
  const problems: SettingsFileProblem[] = [];
  const unread: SettingsFileProblem[] = [];
  const lookUp = (name: string) => settings.get(name)?.value ?? environment[name];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const line = index + 1;
    const source = raw.replace(/\r$/, "").trim();
    if (source === "" || source.startsWith("#")) continue;
    const assignment = assignmentIn(source);
    if (assignment === undefined) {
      unread.push({ line, message: 'only lines such as NAME="value" are read' });
      continue;
    }
    const { name, isDefault } = assignment;
    const read = isDefault ? readDefault(assignment.rest, lookUp) : readValue(assignment.rest, lookUp);
    if ("problem" in read) problems.push({ name, line, message: read.problem });
    else if (!isDefault || settings.get(name) === undefined)
      settings.set(name, { name, value: read.value, line });
  }
  return { settings: [...settings.values()], problems, unread };
}

/** Sets one value and leaves every other byte as it is; a name that the file does not set is appended. */
export function writeSetting(text: string, name: string, value: string): string {
  const line = `${name}=${quoted(value)}`;
  const lines = text.split("\n");
  let isReplaced = false;
  const next = lines.map((existing) => {
    const assignment = assignmentIn(existing.trim());
    if (assignment?.name !== name) return existing;
    isReplaced = true;
    return `${line}${afterValue(assignment)}${existing.endsWith("\r") ? "\r" : ""}`;
  });
  if (isReplaced) return next.join("\n");
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${text}${gap}${line}\n`;
}

/** The comment that follows a value, with the white space before it. */
function afterValue({ rest, isDefault }: Assignment): string {
  const read = isDefault ? readDefault(rest, () => undefined) : readValue(rest, () => undefined);
  if ("problem" in read) return "";
  return rest.slice(read.next).replace(/^"/, "");
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"$`]/g, "\\$&")}"`;
}

interface Assignment {
  readonly name: string;
  readonly rest: string;
  readonly isDefault: boolean;
}

function assignmentIn(source: string): Assignment | undefined {
  const plain = /^(?:export\s+|declare\s+-x\s+|readonly\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(source);
  if (plain !== null) return { name: plain[1] ?? "", rest: plain[2] ?? "", isDefault: false };
  const fallback = /^:\s+("?)\$\{([A-Za-z_][A-Za-z0-9_]*):?=(.*)$/s.exec(source);
  if (fallback === null) return undefined;
  return { name: fallback[2] ?? "", rest: `${fallback[1]}${fallback[3]}`, isDefault: true };
}

type LookUp = (name: string) => string | undefined;
type Read = { readonly value: string; readonly next: number } | { readonly problem: string };

/** `rest` of `: "${NAME:=value}"`: the opening quote (if any), then the text after the sign. */
function readDefault(rest: string, lookUp: LookUp): Read {
  const isQuoted = rest.startsWith('"');
  const read = readUntil(rest, isQuoted ? 1 : 0, "}", lookUp);
  if ("problem" in read) return read;
  const tail = rest.slice(read.next);
  const isComplete = isQuoted ? /^"\s*(#.*)?$/s.test(tail) : /^\s*(#.*)?$/s.test(tail);
  return isComplete ? read : { problem: "the line does not end after the value" };
}

/** A word as a shell would read it: quoted and plain parts joined; white space or a comment ends it. */
function readValue(rest: string, lookUp: LookUp): Read {
  const read = readUntil(rest, 0, " ", lookUp);
  if ("problem" in read) return read;
  const tail = rest.slice(read.next);
  return /^\s*(\s#.*)?$/s.test(tail) ? read : { problem: "more than one word: put the value in quotes" };
}

/** Reads from `start` to an unquoted `end` (`}`, or `" "` for any white space), which is passed over for `}`. */
function readUntil(source: string, start: number, end: "}" | " ", lookUp: LookUp): Read {
  let value = "";
  let at = start;
  while (at < source.length) {
    const character = source.charAt(at);
    if (end === "}" && character === "}") return { value, next: at + 1 };
    if (end === " " && /\s/.test(character)) return { value, next: at };
    if (character === "'" && !(end === "}" && source.startsWith('"'))) {
      const close = source.indexOf("'", at + 1);
      if (close < 0) return { problem: "a ' has no partner" };
      value += source.slice(at + 1, close);
      at = close + 1;
    } else if (character === '"') {
      const inner = readQuoted(source, at + 1, lookUp);
      if ("problem" in inner) return inner;
      value += inner.value;
      at = inner.next;
    } else {
      if (end === " " && /[;&|<>()]/.test(character))
        return { problem: `${character} is for a shell: put the value in quotes` };
      const one = readCharacter(source, at, false, lookUp);
      if ("problem" in one) return one;
      value += one.value;
      at = one.next;
    }
  }
  return end === " " ? { value, next: at } : { problem: "a { has no partner" };
}

function readQuoted(source: string, start: number, lookUp: LookUp): Read {
  let value = "";
  let at = start;
  while (at < source.length) {
    if (source.charAt(at) === '"') return { value, next: at + 1 };
    const one = readCharacter(source, at, true, lookUp);
    if ("problem" in one) return one;
    value += one.value;
    at = one.next;
  }
  return { problem: 'a " has no partner' };
}

function readCharacter(source: string, at: number, isQuoted: boolean, lookUp: LookUp): Read {
  const character = source.charAt(at);
  if (character === "\\") {
    const next = source.charAt(at + 1);
    if (next === "") return { problem: "a line cannot go on after \\" };
    return { value: isQuoted && !/[\\"$`]/.test(next) ? `\\${next}` : next, next: at + 2 };
  }
  if (character === "`") return { problem: "commands are not run here: write the value out" };
  if (character !== "$") return { value: character, next: at + 1 };
  const rest = source.slice(at);
  if (rest.startsWith("$(")) return { problem: "commands are not run here: write the value out" };
  const simple = /^\$([A-Za-z_][A-Za-z0-9_]*)/.exec(rest);
  if (simple !== null) return { value: lookUp(simple[1] ?? "") ?? "", next: at + simple[0].length };
  const braced = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?-)([^{}$`"'\\]*))?\}/.exec(rest);
  if (braced !== null) {
    const found = lookUp(braced[1] ?? "");
    const isMissing = found === undefined || (braced[2] === ":-" && found === "");
    return { value: isMissing ? (braced[3] ?? "") : found, next: at + braced[0].length };
  }
  if (rest.startsWith("${")) return { problem: "this form of ${…} is not understood: write the value out" };
  return { value: character, next: at + 1 };
}
