/** A value as JSON has it: what a profile may put into files and into variables that hold JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * What is known of an agent program, as data. Texts may hold placeholders, each also as `{name:json}` (a JSON string with its quotes)
 * and `{name:shell}` (one word of a POSIX shell):
 *
 * - `{state}` folder of this session, `{worktree}`, `{root}` main project folder, `{report}` program that notes a state (see `agent-reports.ts`)
 * - `{roots}` in a word that is repeated for each writable root: that root; elsewhere only `{roots:json}`, all of them. In JSON the text
 *   `{roots:list}` is the list of them, and an entry whose key holds `{roots:each}` is repeated for each
 * - `{prompt_line}` and `{prompt_file}`, which the runner replaces; `{prompt}` in `ask`
 */
export interface AgentProfile {
  readonly name: string;
  readonly description?: string | undefined;
  /** Base names of its program. Empty = it is chosen by name only. */
  readonly programs: readonly string[];
  /** Versions that all of this was proved with, by running them. Empty = written from documentation, or nothing to prove. */
  readonly verified: readonly string[];
  /** Arguments that make the program print its version. */
  readonly versionArguments: readonly string[];
  /** Words of a person's command that this profile says itself, in each form where they belong. */
  readonly replaced: {
    /** As the first word after the program. */
    readonly subcommands: readonly string[];
    /** Flags without a value, anywhere. */
    readonly flags: readonly string[];
  };
  /** Set for every form, unless the person's environment has the variable. A mapping is JSON, merged into what the variable holds. */
  readonly environment: Readonly<Record<string, JsonValue>>;
  /** Files to place into the session's folder before the start, by name. */
  readonly files: Readonly<Record<string, ProfileFile>>;
  /** Its commands run in a sandbox of its own, with processes that end with each of them. */
  readonly isSandboxed: boolean;
  /** A child without a terminal that works on the prompt and ends. */
  readonly headless: LaunchForm;
  /** In a terminal that a person may watch; absent = it has no such form. */
  readonly pane?: LaunchForm | undefined;
  /** Hidden one-shot question without tools; absent = it cannot. */
  readonly ask?: AskForm | undefined;
  /**
   * Runs a command within its sandbox, to prove that it may write. `{command}` stands for words of their own. A person's command that has a
   * word which leaves one of these arguments out switches the sandbox off.
   */
  readonly probe?: { readonly arguments: readonly ProfileArgument[] } | undefined;
  readonly screen?: ProfileScreen | undefined;
  /** What a person should know, one sentence each. */
  readonly notes: readonly string[];
}

/** Words to add to a command. */
export interface ProfileArgument {
  readonly words: readonly string[];
  /** Left out when the person's command has one of these flags; default: the first word, if it is a flag. */
  readonly unless?: readonly string[] | undefined;
  /** Once for each writable root, with `{roots}` replaced. */
  readonly forEachRoot?: boolean | undefined;
}

/** How a program is started in one situation: without a terminal, in a pane, for a question. */
export interface LaunchForm {
  /** First words after the program. */
  readonly subcommand: readonly string[];
  readonly arguments: readonly ProfileArgument[];
  /** Last words: how the prompt is given. Empty = it is not an argument. */
  readonly prompt: readonly string[];
  /** Text of its standard input; absent = none. */
  readonly standardInput?: string | undefined;
  readonly environment: Readonly<Record<string, JsonValue>>;
  /** How to read what it prints, where that is a line of JSON for each event. */
  readonly records?: RecordRules | undefined;
}

/** How a program is asked one question. */
export interface AskForm extends Omit<LaunchForm, "standardInput" | "records"> {
  /** Where the answer stands in its output; absent = all of it. */
  readonly answer?: AnswerRules | undefined;
}

/** A file that a profile places into the folder of the session. */
export type ProfileFile = { readonly text: string } | { readonly json: JsonValue };

/** Values that fields of a record must have; a path is `a.b`, with `[]` for any entry of a list: `message.content[].type`. */
export type RecordPattern = Readonly<Record<string, string | number | boolean>>;

/** How to read a program that prints one JSON object a line. */
export interface RecordRules {
  /** What a record says about its work; of all that say something the last counts. */
  readonly facts: readonly {
    readonly when: RecordPattern;
    readonly fact: ReportedFact;
    /** Path of a text that explains it. */
    readonly take?: string | undefined;
  }[];
  /** How a record looks to a person; one that no rule knows is left out. All rules that fit print. */
  readonly show: readonly {
    readonly when: RecordPattern;
    readonly take: readonly string[];
    readonly prefix?: string | undefined;
  }[];
  /** Where it says what it costs, in US dollars. */
  readonly cost?:
    | {
        readonly when: RecordPattern;
        readonly take: string;
        /** Each record has what was spent since the one before, so that they add up; default: the last one has all. */
        readonly isAdded?: boolean | undefined;
      }
    | undefined;
}

/** Where the answer stands in the records that a program prints. */
export interface AnswerRules {
  /** The last record that fits holds the answer. */
  readonly when: RecordPattern;
  readonly take: string;
  /** A record of this shape says that there is no answer, and why. */
  readonly failure?: { readonly when: RecordPattern; readonly take: string } | undefined;
}

/** What hooks, records and agents themselves may say about their work. */
export type ReportedFact = "busy" | "idle" | "waiting" | "blocked" | "retrying";

/**
 * What is known of a program that runs in a terminal. Patterns are sources of regular expressions (flags `m` and `u`), tried on the visible
 * screen, rows joined by `\n`, blanks at their ends removed; `blocked` is tried first, then `waiting`, `busy`, `idle`.
 */
export interface PaneProfile {
  readonly name: string;
  /** How messages reach it: `inbox` appends to its inbox file, `typed` types them into its pane. */
  readonly messages: "inbox" | "typed";
  /** Seen = it waits for a task, and nobody has begun to write one. Without it nobody can tell, and nothing is typed. */
  readonly idle?: string | undefined;
  /**
   * Seen = what is typed goes into an empty composer. Tried on the rows with `▮` where the cursor is and without what is faint, such as a
   * hint in the composer. It is asked for beside `idle`, just before the first key.
   */
  readonly ready?: string | undefined;
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
  /**
   * What the first and the last word of a text may not begin with, because the program would take it for a command of its own, or Enter for a
   * choice from a list: such a text is written to a file, too, and a line that names the file is typed. Default `["!", "/", "#", "@", "?"]`.
   */
  readonly commandStarts?: readonly string[] | undefined;
  /**
   * Texts that the program takes for a command when nothing else is entered, whatever their case: they are written to a file, too. Default
   * `["exit", "quit", ":q", ":q!", ":wq", ":wq!"]`; `[]` for a program that takes all words for words.
   */
  readonly commandTexts?: readonly string[] | undefined;
  /** tmux keys before the text, each alone: `["Escape", "i"]` for vim editing. */
  readonly keysBefore?: readonly string[] | undefined;
  /** tmux keys after the text, before Enter: `["Escape"]`. */
  readonly keysAfter?: readonly string[] | undefined;
  /** tmux keys that empty the composer; without them a draft that could not be sent stays. */
  readonly keysToClear?: readonly string[] | undefined;
}

/** The screen of a profile: its pane's, and what to press where its editor is modal. */
export interface ProfileScreen extends Omit<PaneProfile, "name" | "keysBefore" | "keysAfter"> {
  readonly vim?:
    | {
        readonly keysBefore: readonly string[];
        readonly keysAfter: readonly string[];
        /** Where the program keeps a person's choice: that file in the folder named by a variable (else in the home) has `key: vim`. */
        readonly setting?:
          | { readonly folder: string; readonly file: string; readonly key: string }
          | undefined;
      }
    | undefined;
}

/** As much of a profile as a runner needs while a session lives. JSON-safe; goes with the order and outlives it in the state directory. */
export interface SessionProfile {
  readonly name: string;
  readonly records?: RecordRules | undefined;
  readonly screen?: PaneProfile | undefined;
}
