import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What files mean, kept from one command to the next: to parse them takes longer than most commands need for all the rest. */
export interface ParsedFiles {
  /**
   * What `parse` makes of this text; from the copy that a former command left, if that was made of the very same text by the same program.
   * The value must be JSON-safe. It is kept unless `parse` throws or `isGood` says no.
   */
  parsed<Value extends object>(
    name: string,
    text: string,
    parse: () => Value | Promise<Value>,
    isGood?: (value: Value) => boolean,
  ): Promise<Value>;
}

/** Nothing is kept. */
export const parseAlways: ParsedFiles = { parsed: async (_name, _text, parse) => await parse() };

const schema = 2;
/** Longest text, in characters, that is kept. */
const longest = 256 * 1024;

/**
 * Keeps what was parsed in `folder`, which may be deleted at any time. `program` names the build that parses: another one never takes its copies.
 * The whole text is compared, and what is kept stands there twice: a copy that is cut off, damaged or of another format is made anew.
 */
export function keepParsedFiles(folder: string, program: string): ParsedFiles {
  return {
    async parsed<Value extends object>(
      name: string,
      text: string,
      parse: () => Value | Promise<Value>,
      isGood: (value: Value) => boolean = () => true,
    ) {
      const path = join(folder, `${name}.json`);
      const kept = readKept(path, text, program);
      if (kept !== undefined) return kept as Value;
      const value = await parse();
      if (text.length <= longest && isGood(value)) keep(path, text, program, value);
      return value;
    },
  };
}

function readKept(path: string, text: string, program: string): object | undefined {
  try {
    const stored = readFileSync(path, "utf8");
    const end = stored.indexOf("\n");
    const twice = stored.slice(end + 1);
    if (stored.slice(0, end) !== headOf(twice)) return undefined;
    const content = twice.slice(0, twice.length / 2);
    // Against damage, not against people: who can write here can write the files themselves. To compare is faster than to compute a checksum.
    if (twice.slice(content.length) !== content) return undefined;
    const kept = JSON.parse(content) as { program: unknown; text: unknown; value: unknown };
    const isOurs = kept.program === program && kept.text === text;
    return isOurs && typeof kept.value === "object" && kept.value !== null ? kept.value : undefined;
  } catch {
    // Not there, not readable, or no JSON: then it is parsed.
    return undefined;
  }
}

function keep(path: string, text: string, program: string, value: object): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    const content = JSON.stringify({ program, text, value });
    mkdirSync(dirname(path), { recursive: true });
    const twice = `${content}${content}`;
    writeFileSync(draft, `${headOf(twice)}\n${twice}`);
    renameSync(draft, path);
  } catch {
    // A folder that cannot be written costs time, nothing else.
    removeDraft(draft);
  }
}

function removeDraft(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nor can it be looked into.
  }
}

function headOf(twice: string): string {
  return `wiggum parsed ${schema} ${twice.length}`;
}
