/** Set for every scripted agent: its folder, with its script and reports. Also how the kit finds its own processes again. */
export const kitFolderVariable = "WIGGUM_KIT_FOLDER";

/** Shell text of a child: writes its pid into the file `$0` and becomes a sleeper. */
export const sleeper = 'echo $$ > "$0.draft" && mv "$0.draft" "$0" && exec sleep 180';

/**
 * Shell text of a process that is to be left alone: writes its pid into the file `$0`, waits for a line from the pipe `$0.ask`, and then
 * writes `$0.answer`. A process that was signalled cannot answer, even if it is not quite gone.
 */
export const respondent =
  'mkfifo "$0.ask" && echo $$ > "$0.draft" && mv "$0.draft" "$0" && read line < "$0.ask" && echo yes > "$0.answer"';

/** How a child of the scripted agent tries to get away. Each writes its pid into `child-<name>`. */
export type ChildKind =
  | "plain"
  /** In a session of its own. */
  | "setsid"
  /** In a session of its own, its parent gone: belongs to init. */
  | "double-fork"
  | "ignores-term"
  /** In a process group of its own, same session. */
  | "own-group"
  /** In a session of its own, with none of the variables that name the agent's. (The kit's own folder stays: it finds it by that.) */
  | "bare"
  /** The same, but as what runs post-hooks is started from an agent's command: its `shell` and `variables` take it out of the session. */
  | "hook";

/** One step of the script that the kit's agent plays. */
export type Step =
  | { readonly do: "print"; readonly text: string }
  | { readonly do: "print-error"; readonly text: string }
  /** Lines `line 1`, `line 2`, …, each padded with dots to 100 characters. */
  | { readonly do: "flood"; readonly lines: number }
  /** That many bytes, all 256 values in turn. */
  | { readonly do: "bytes"; readonly count: number }
  /** `text` is run by a shell, `$0` being the file `child-<name>`. */
  | {
      readonly do: "child";
      readonly name: string;
      readonly kind: ChildKind;
      readonly text: string;
      /** Of `bare` and `hook`: program and arguments of the shell, default `sh`; what is added to the environment. */
      readonly shell?: readonly string[];
      readonly variables?: Readonly<Record<string, string>>;
    }
  /** Goes on when the file `go-<name>` is there. */
  | { readonly do: "wait"; readonly name: string }
  /** From now on an interrupt is only noted, in the file `interrupted`. */
  | { readonly do: "catch-interrupt" }
  /** From now on every message that comes in (inbox file, standard input) is noted, in `received`. */
  | { readonly do: "listen"; readonly inboxFile: string }
  /** Notes the file `reached-<name>`. */
  | { readonly do: "note"; readonly name: string }
  | { readonly do: "exit"; readonly code: number }
  | { readonly do: "kill"; readonly signal: NodeJS.Signals };

/** Steps one after the other; after the last one it stays until it is ended. */
export type Script = readonly Step[];

/** What the scripted agent saw when it started, in `agent-<pid>.json`. */
export interface AgentReport {
  readonly pid: number;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}
