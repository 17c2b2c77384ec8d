import type { EvidenceFact, PaneProfile } from "@wiggum/workflow";
import type { Screen } from "./screen.js";

export type { PaneProfile };

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
  const { name, messages, composer, multiline, maxTypedBytes, commandStarts, commandTexts } = profile;
  const wrong = (what: string) => new TypeError(`The profile ${JSON.stringify(name)} ${what}`);
  if (typeof name !== "string") throw wrong("has no name");
  if (messages !== "inbox" && messages !== "typed")
    throw wrong("says neither `inbox` nor `typed` of messages");
  if (multiline !== undefined && multiline !== "paste" && multiline !== "file")
    throw wrong("says neither `paste` nor `file` of text with several lines");
  if (maxTypedBytes !== undefined && !(maxTypedBytes >= 0)) throw wrong("has a size below 0");
  if (commandStarts !== undefined && !isListOfWords(commandStarts))
    throw wrong("has no list of texts that are not empty as what commands begin with");
  if (commandTexts !== undefined && !isListOfWords(commandTexts))
    throw wrong("has no list of texts that are not empty as commands");
  const sources = [
    ...judged.map((kind) => profile[kind]),
    profile.ready,
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

function isListOfWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === "string" && word !== "");
}

function lineAround(text: string, at: number): string {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at);
  return text
    .slice(from, end < 0 ? text.length : end)
    .trim()
    .slice(0, 200);
}
