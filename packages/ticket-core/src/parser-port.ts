import type { FrontMatterEntry, FrontMatterRange, TextSource } from "./front-matter.js";

/** What we need to know of a node of a Markdown parser's tree. */
export interface MarkdownNode {
  readonly type: string;
  readonly position?:
    | {
        readonly start: { readonly offset?: number | undefined };
        readonly end: { readonly offset?: number | undefined };
      }
    | undefined;
  readonly children?: readonly MarkdownNode[];
}

/** The full parsers, which weigh more than the rest of this package. `@wiggum/ticket-core/parsers` has this shape. */
export interface FullParsers {
  /** Front matter as YAML 1.2 has it. @throws TICKET_UNREADABLE */
  parseFrontMatter(text: string, range: FrontMatterRange, source: TextSource): readonly FrontMatterEntry[];
  /** The blocks of a text as CommonMark has them. */
  parseBlocks(text: string): readonly MarkdownNode[];
}

const marker = Symbol.for("@wiggum/ticket-core/parser-missing");

/**
 * A text needs a full parser and nobody has provided one. Never thrown where the root of this package was imported.
 * `await loadParsers()`, then do it again: nothing was done.
 */
export class ParserMissingError extends Error {
  override readonly name = "ParserMissingError";
  readonly [marker] = true;
  readonly code = "PARSER_MISSING";
  readonly parser: keyof FullParsers;
  readonly hint = "await loadParsers() once before, or hand a loader to provideParsers().";

  constructor(parser: keyof FullParsers) {
    super(`A ticket is written in a way that only the full parser reads (${parser}), and it is not loaded`);
    this.parser = parser;
  }
}

/** Is this a `ParserMissingError`? Works across copies of the package. */
export function isParserMissing(value: unknown): value is ParserMissingError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[marker] === true;
}

let provided: (() => FullParsers) | undefined;

/**
 * Says where the full parsers come from. `load` is called when the first text needs one, at most once, and must answer at once: a host that can
 * load modules synchronously defers their cost so (`provideParsers(() => require("@wiggum/ticket-core/parsers"))`).
 */
export function provideParsers(load: () => FullParsers): void {
  let loaded: FullParsers | undefined;
  provided = () => {
    loaded ??= load();
    return loaded;
  };
}

/** Loads the full parsers now, unless somebody has provided them: after this every text can be read. */
export async function loadParsers(): Promise<void> {
  if (provided !== undefined) return;
  const parsers = await import("./parsers.js");
  provideParsers(() => parsers);
}

/** The parser of that kind. @throws ParserMissingError */
export function fullParser<Kind extends keyof FullParsers>(kind: Kind): FullParsers[Kind] {
  if (provided === undefined) throw new ParserMissingError(kind);
  return provided()[kind];
}

/**
 * Runs work that reads or writes texts; where that meets a text for which a full parser is missing, loads the parsers and runs it once more
 * from its start. For work that has no effects before it throws.
 */
export async function withParsers<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isParserMissing(error)) throw error;
    await loadParsers();
    return await work();
  }
}
