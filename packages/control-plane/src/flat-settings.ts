import { basename } from "node:path";
import type { FlatSettings } from "./settings.js";
import { splitWords } from "./split-words.js";

type Parsed<Value> = { readonly value: Value } | { readonly problem: string };

interface FlatSetting<Value> {
  readonly name: string;
  /** What it is for, as a phrase of Markdown: the documentation shows it. */
  readonly says: string;
  /** The value as it is used, or what is wrong with it in words that go on after the name. */
  parse(text: string): Parsed<Value>;
}

/** Every flat setting: the variable that carries it and what it may be. One table for files, environment and help. */
export const flatSettings: { readonly [Key in keyof FlatSettings]: FlatSetting<FlatSettings[Key]> } = {
  session: {
    name: "WIGGUM_SESSION",
    says: "name of the session, as it is shown, and of the tmux session; flag `--session`",
    parse: plainText,
  },
  maxAgents: {
    name: "WIGGUM_MAX_AGENTS",
    says: "how many agents may be at work at once",
    parse: wholeNumber,
  },
  pollIntervalMs: {
    name: "WIGGUM_POLL_INTERVAL",
    says: "how often `wiggum run` looks again when nothing happens",
    parse: secondsAsMs,
  },
  agentCommand: {
    name: "WIGGUM_AGENT_CMD",
    says: "program and arguments that start an agent. How, says its [profile](agent-profiles.md); `wiggum init` writes what it finds of `claude`, `codex`, `opencode`",
    parse: command,
  },
  runner: {
    name: "WIGGUM_RUNNER",
    says: "where agents run: as child processes with a log, in panes of [tmux](running-in-tmux.md), as sessions of an [OpenCode server](running-on-opencode.md), or in panes if a person at a terminal starts them (`auto`); flag `--runner`",
    parse: oneOf("auto", "process", "tmux", "opencode"),
  },
  tmuxSocket: {
    name: "WIGGUM_TMUX_SOCKET",
    says: "the tmux server: one of the project's own, or yours (`default`)",
    parse: oneOf("private", "default"),
  },
  layout: { name: "WIGGUM_LAYOUT", says: "layout of the panes, by its tmux name", parse: tmuxLayout },
  editor: {
    name: "WIGGUM_EDITOR",
    says: "editor of `wiggum ticket edit`; where it is not set, `$EDITOR` counts before the default",
    parse: plainText,
  },
  editorMode: {
    name: "WIGGUM_EDITOR_MODE",
    says: "whether text for agents in panes is typed with vim keys",
    parse: oneOf("auto", "normal", "vim"),
  },
  isAutoSync: {
    name: "WIGGUM_AUTO_SYNC",
    says: "`false`: ticket commands edit the files of your own view only, until `wiggum ticket sync`",
    parse: yesOrNo,
  },
  onChange: {
    name: "WIGGUM_ON_CHANGE",
    says: "whose change makes a write return early (exit 8): one of the same ticket, of any, of none",
    parse: oneOf("target", "any", "none"),
  },
  merge: {
    name: "WIGGUM_MERGE",
    says: "who moves the base branch: you, with `wiggum branch merge`, or `wiggum run` (`auto`)",
    parse: oneOf("manual", "auto"),
  },
  isQuiet: { name: "WIGGUM_QUIET", says: "less on standard error; flag `--quiet`", parse: yesOrNo },
  isVerbose: { name: "WIGGUM_VERBOSE", says: "more on standard error; flag `--verbose`", parse: yesOrNo },
};

/** Names that `config.sh` may set. */
export const flatSettingNames: readonly string[] = Object.values(flatSettings).map(({ name }) => name);

export function flatDefaults(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): FlatSettings {
  return {
    session: `wiggum-${basename(root)}`,
    maxAgents: 4,
    pollIntervalMs: 10_000,
    agentCommand: ["claude"],
    runner: "auto",
    tmuxSocket: "private",
    layout: "tiled",
    editor: environment["EDITOR"] || "vim",
    editorMode: "auto",
    isAutoSync: true,
    onChange: "target",
    merge: "manual",
    isQuiet: false,
    isVerbose: false,
  };
}

function plainText(text: string): Parsed<string> {
  if (/[\u0000-\u001f\u007f]/.test(text)) return { problem: "must not contain control characters" };
  return { value: text };
}

function wholeNumber(text: string): Parsed<number> {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1) return { value };
  return { problem: "must be a whole number from 1 up" };
}

function secondsAsMs(text: string): Parsed<number> {
  const seconds = Number(text);
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text) && seconds > 0) return { value: Math.round(seconds * 1000) };
  return { problem: "must be a number of seconds above 0" };
}

function command(text: string): Parsed<readonly string[]> {
  const split = splitWords(text);
  return "problem" in split ? { problem: `is no command: ${split.problem}` } : { value: split.words };
}

function yesOrNo(text: string): Parsed<boolean> {
  if (text === "true" || text === "1") return { value: true };
  if (text === "false" || text === "0") return { value: false };
  return { problem: "must be true or false" };
}

/** One of tmux's own, or one that `tmux list-windows` printed: a checksum, and what it is of. */
function tmuxLayout(text: string): Parsed<string> {
  if (/^[0-9a-f]{4},\d+x\d+,/.test(text)) return { value: text };
  return oneOf(
    "even-horizontal",
    "even-vertical",
    "main-horizontal",
    "main-horizontal-mirrored",
    "main-vertical",
    "main-vertical-mirrored",
    "tiled",
  )(text);
}

function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Parsed<Word> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { problem: `must be one of ${words.join(", ")}` } : { value };
  };
}
