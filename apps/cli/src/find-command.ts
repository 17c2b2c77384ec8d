import type { GlobalOptions } from "./context.js";
import { globalFlagNames, leadingFlag } from "./global-flags.js";
import { nearWords } from "./near-words.js";
import { topics } from "./topics.js";
import { type CommandTree, type Group, type Leaf, rootCommands } from "./tree.js";

/** What the words of a command line ask for. */
export type Wanted =
  | {
      readonly kind: "command";
      readonly words: readonly string[];
      readonly leaf: Leaf;
      readonly options: Partial<GlobalOptions>;
      /** Flags and arguments of the command, as typed. */
      readonly rest: readonly string[];
    }
  /** Help about a command, a group, or (no words) everything. */
  | { readonly kind: "help"; readonly words: readonly string[]; readonly target?: Leaf | Group | undefined }
  /** `wiggum help ticket-types`: a page of the documentation. */
  | { readonly kind: "topic"; readonly name: string }
  | { readonly kind: "version" }
  | {
      readonly kind: "refused";
      readonly reason: "command-missing" | "command-unknown" | "flag";
      readonly message: string;
      readonly words: readonly string[];
      readonly group?: Group | undefined;
      /** What may have been meant: words to type after `wiggum`. */
      readonly near: readonly string[];
    };

/** Finds the command that is typed, and takes out the global flags that stand before or within its words. */
export function findCommand(tree: CommandTree, typed: readonly string[]): Wanted {
  const words: string[] = [];
  let options: Partial<GlobalOptions> = {};
  let commands = rootCommands(tree);
  let group: Group | undefined;
  let rest = typed;
  for (;;) {
    // A command that is spelled like a flag.
    const isNamed = group === undefined && Object.hasOwn(commands, rest[0] ?? "");
    const flag = isNamed ? ({ kind: "none" } as const) : leadingFlag(rest);
    if (flag.kind === "help") return { kind: "help", words, target: group };
    if (flag.kind === "version" && group === undefined) return { kind: "version" };
    if (flag.kind === "option") {
      options = { ...options, ...flag.options };
      rest = rest.slice(flag.consumed);
      continue;
    }
    if (flag.kind !== "none") {
      const message = flag.kind === "refused" ? flag.message : `Unknown flag: ${rest[0]}`;
      const typed = rest[0]?.replace(/=.*/s, "") ?? "";
      const meant = globalFlagNames.includes(typed) ? [] : nearWords(typed, globalFlagNames);
      const near = meant.map((name) => [...words, name].join(" "));
      return { kind: "refused", reason: "flag", message, words, group, near };
    }
    const [word, ...following] = rest;
    if (word === undefined) {
      if (group === undefined && tree.alone !== undefined)
        return { kind: "command", words, leaf: tree.alone, options, rest };
      const message =
        group === undefined ? "No command given" : `No subcommand given: wiggum ${words.join(" ")}`;
      return { kind: "refused", reason: "command-missing", message, words, group, near: [] };
    }
    const target = Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (target === undefined && word === "help") return helpFor(tree, [...words, ...following]);
    if (target === undefined) {
      const message = `Unknown ${group === undefined ? "command" : "subcommand"}: ${word}`;
      const near = nearWords(word, Object.keys(commands)).map((name) => [...words, name].join(" "));
      return { kind: "refused", reason: "command-unknown", message, words, group, near };
    }
    words.push(word);
    rest = following;
    if (target.kind === "command") return { kind: "command", words, leaf: target, options, rest };
    group = target;
    commands = target.commands;
  }
}

/** `wiggum help ticket transition`, `wiggum help hooks`: words that name nothing are refused like a command that does not exist. */
function helpFor(tree: CommandTree, asked: readonly string[]): Wanted {
  const isName = (word: string) => !word.startsWith("-") || Object.hasOwn(rootCommands(tree), word);
  const names = asked.filter(isName);
  const [topic = "", ...more] = names;
  if (more.length === 0 && Object.hasOwn(topics, topic)) return { kind: "topic", name: topic };
  let commands = rootCommands(tree);
  let target: Leaf | Group | undefined;
  const words: string[] = [];
  for (const word of names) {
    const next: Leaf | Group | undefined = Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (next === undefined) {
      const message = `Unknown ${target === undefined ? "command or topic" : "subcommand"}: ${word}`;
      const group = target?.kind === "group" ? target : undefined;
      const pages = target === undefined ? Object.keys(topics) : [];
      const near = nearWords(word, [...Object.keys(commands), ...pages]).map((name) =>
        ["help", ...words, name].join(" "),
      );
      return { kind: "refused", reason: "command-unknown", message, words, group, near };
    }
    words.push(word);
    target = next;
    commands = next.kind === "group" ? next.commands : {};
  }
  return { kind: "help", words, target };
}
