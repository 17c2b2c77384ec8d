import type { EvidenceFact } from "@wiggum/workflow";
import type { Screen } from "./screen.js";

/**
 * What is known of a program that runs in a pane: data, stored with each session. Patterns are sources of regular expressions (flags
 * `m` and `u`), tried on the visible screen, rows joined by `\n`, blanks at their ends removed.
 */
export interface PaneProfile {
  readonly name: string;
  /** How messages reach it: `inbox` appends to its inbox file, `typed` types them into its pane. */
  readonly messages: "inbox" | "typed";
  /** Seen = it waits for a task, and nobody has begun to write one. Without it nobody can tell, and nothing is typed. */
  readonly idle?: string | undefined;
  readonly busy?: string | undefined;
  /** Seen = it wants an answer to a question or a permission. */
  readonly waiting?: string | undefined;
  /** Seen = it cannot go on: login, limit, trust dialog. */
  readonly blocked?: string | undefined;
  /**
   * Where a draft stands before Enter: at the cursor, or in the last block of rows that match `rows`, whose first group is the draft. Default
   * `cursor`.
   */
  readonly composer?: "cursor" | { readonly rows: string } | undefined;
  /** Text of several lines: pasted in brackets, which the program must have asked for, or written to a file. Default `file`. */
  readonly multiline?: "paste" | "file" | undefined;
  /** Messages may also be typed while it is busy: it keeps them for later. Default false. */
  readonly takesMessagesWhileBusy?: boolean | undefined;
  /** Longer texts are written to a file, and a line that names it is typed; UTF-8 bytes, default 1000. */
  readonly maxTypedBytes?: number | undefined;
  /** tmux keys before the text, each alone: `["Escape", "i"]` for vim editing. */
  readonly keysBefore?: readonly string[] | undefined;
  /** tmux keys after the text, before Enter: `["Escape"]`. */
  readonly keysAfter?: readonly string[] | undefined;
  /** tmux keys that empty the composer; without them a draft that could not be sent stays. */
  readonly keysToClear?: readonly string[] | undefined;
}

/** For programs of which nothing is known: what they show is not judged, and messages go to their inbox file. */
export const inboxProfile: PaneProfile = { name: "inbox", messages: "inbox" };

/** Judged in this order: a question on the screen matters more than a prompt below it. */
const judged = ["blocked", "waiting", "busy", "idle"] as const;

/** What a screen says; nothing where no pattern is seen. */
export function judgeScreen(profile: PaneProfile, screen: Screen): EvidenceFact | undefined {
  const text = screen.rows.join("\n").trimEnd();
  for (const kind of judged) {
    const source = profile[kind];
    const seen = source === undefined ? null : pattern(source).exec(text);
    if (seen === null) continue;
    const line = lineAround(text, seen.index);
    switch (kind) {
      case "blocked":
        return { kind, reason: line };
      case "waiting":
        return { kind, question: line };
      default:
        return { kind };
    }
  }
  return undefined;
}

export function watchesScreen(profile: PaneProfile): boolean {
  return judged.some((kind) => profile[kind] !== undefined);
}

export function pattern(source: string): RegExp {
  return new RegExp(source, "mu");
}

/** @throws TypeError it is no profile: a pattern is no regular expression, a value none of those allowed */
export function checkProfile(value: unknown): PaneProfile {
  if (typeof value !== "object" || value === null) throw new TypeError("A profile is an object");
  const profile = value as PaneProfile;
  const { name, messages, composer, multiline, maxTypedBytes } = profile;
  const wrong = (what: string) => new TypeError(`The profile ${JSON.stringify(name)} ${what}`);
  if (typeof name !== "string") throw wrong("has no name");
  if (messages !== "inbox" && messages !== "typed")
    throw wrong("says neither `inbox` nor `typed` of messages");
  if (multiline !== undefined && multiline !== "paste" && multiline !== "file")
    throw wrong("says neither `paste` nor `file` of text with several lines");
  if (maxTypedBytes !== undefined && !(maxTypedBytes >= 0)) throw wrong("has a size below 0");
  const sources = [
    ...judged.map((kind) => profile[kind]),
    typeof composer === "object" ? composer.rows : undefined,
  ];
  for (const source of sources) {
    if (source === undefined) continue;
    try {
      pattern(source);
    } catch (error) {
      throw wrong(
        `has a pattern that is no regular expression: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return profile;
}

function lineAround(text: string, at: number): string {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at);
  return text
    .slice(from, end < 0 ? text.length : end)
    .trim()
    .slice(0, 200);
}
