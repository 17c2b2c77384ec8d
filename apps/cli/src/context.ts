import type {
  InitOptions,
  InitPlan,
  InitReport,
  Project,
  SuperviseProjectOptions,
  TearDownOutcome,
} from "@wiggum/control-plane";
import type { SupervisorPlan, SupervisorResult } from "@wiggum/workflow";
import type { Messages } from "./messages.js";
import type { Table } from "./render/table.js";
import type { Group, Leaf } from "./tree.js";

/** The process as far as the command line needs it. Tests hand in their own. */
export interface Host {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Program and arguments that are this command: what agents and hooks call back. */
  readonly program: readonly string[];
  /** A person sits there: standard input and standard error are terminals, and not those of an agent's pane. */
  readonly isInteractive: boolean;
  readonly stdinIsTerminal: boolean;
  /** All of standard input. @throws USAGE when it is not UTF-8 */
  readStdin(): Promise<string>;
  /** The same as it is, whatever the bytes. Where there are more than `most`, no further than just beyond that. */
  readStdinBytes(most?: number): Promise<Uint8Array>;
  /** One line from the person at the terminal. Call only when `isInteractive`. */
  ask(question: string): Promise<string>;
  /** Lends this terminal to a program and gives its exit number. @throws when it cannot be started */
  runOnTerminal(command: readonly string[]): Promise<number>;
  /**
   * Fires at these signals (default: Ctrl-C and SIGTERM), whose name is the reason, and when nobody reads standard output any more. Asking for
   * it takes over each signal once.
   */
  interruption(signals?: readonly NodeJS.Signals[]): AbortSignal;
  /** Takes the whole terminal for one screen. Absent = there is no terminal that could show one, or plain output is wanted (`NO_COLOR`, `TERM=dumb`). */
  readonly openScreen?: ((listeners: ScreenListeners) => Promise<TerminalScreen>) | undefined;
  /** Takes the title of the terminal. Absent where there is none, or plain output is wanted. */
  readonly openTitle?: (() => Promise<TerminalTitle>) | undefined;
  readonly composition: Composition;
}

/** The title of a terminal while a program says what it is. */
export interface TerminalTitle {
  /** One line without control characters. */
  show(text: string): void;
  /** Gives it back as it was. The second call does nothing. */
  close(): void;
}

export interface OutputStream {
  write(text: string | Uint8Array): void;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
}

/** What a screen tells while it is open. */
export interface ScreenListeners {
  /** One character; Ctrl-C, Ctrl-Z and Ctrl-L are seen to already. */
  onKey(key: string): void;
  /** The screen must be drawn again: it has another size, or shows something else. */
  onResize(): void;
  /** Something was written to standard output or standard error, which would spoil the screen. */
  onText(text: string): void;
}

/** The terminal while a program has it for itself. */
export interface TerminalScreen {
  /** Keys can be pressed: standard input is a terminal, too. */
  readonly hasKeys: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Shows these lines, the first one at the top; each must fit the width. */
  draw(lines: readonly string[]): void;
  /** What SIGINT does. */
  interrupt(): void;
  /** Gives the terminal back as it was. The second call does nothing. */
  close(): void;
}

/** Where the parts are put together: `compose.ts`, or a test's own. */
export interface Composition {
  openProject(options: OpenOptions, host: Host): Promise<Project>;
  initProject(
    flags: Pick<InitOptions, "agent" | "share" | "upstream" | "isUpgrade">,
    host: Host,
  ): Promise<InitReport>;
  /** `wiggum init --dry-run`. */
  planInit(flags: Pick<InitOptions, "agent" | "share">, host: Host): Promise<InitPlan>;
  /** `wiggum run`. */
  supervise(project: Project, options: SuperviseProjectOptions): Promise<SupervisorResult>;
  /** What its next step would be, nothing done. */
  explainSupervision(project: Project): Promise<SupervisorPlan>;
  /** `wiggum teardown`. */
  tearDown(project: Project, options: { readonly force: boolean }): Promise<TearDownOutcome>;
}

export interface OpenOptions extends GlobalOptions {
  /** The caller schedules: it acts as the supervisor. */
  readonly isSupervisor: boolean;
  /** The caller examines the project: settings and types that cannot be used are findings, not failures. */
  readonly isExamined: boolean;
  /** Told what is neither a result nor a failure. */
  readonly notify: (line: string) => void;
}

/** Flags that every command takes, before or after its words. */
export interface GlobalOptions {
  readonly session?: string | undefined;
  readonly config?: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  /** Only commands that start agents have this flag. */
  readonly runner?: RunnerName | undefined;
}

export type RunnerName = "auto" | "process" | "tmux" | "opencode";

/** What a command is handed. */
export interface Context {
  readonly host: Host;
  /** The words that were typed for the command, without `wiggum`. */
  readonly words: readonly string[];
  readonly options: GlobalOptions;
  /** All commands that there are, by their first word. */
  readonly commands: Readonly<Record<string, Leaf | Group>>;
  readonly messages: Messages;
  /** The project of the working directory, opened at the first call. @throws NOT_A_PROJECT and others */
  project(as?: "supervisor" | "doctor"): Promise<Project>;
  /** The project, with the caller's view brought up to date and what others changed told. For commands that read tickets. */
  reading(): Promise<Project>;
  /** Writes to standard output at once: for commands whose result comes bit by bit. */
  write(text: string): void;
}

/** What a command answers. It is printed by the caller: as text, or as data in the JSON envelope. */
export interface Outcome {
  /** JSON-safe. */
  readonly data: unknown;
  /** For standard output, line ends included; empty or absent = nothing to print. */
  readonly text?: string | undefined;
  /** In place of `text`: bytes for standard output as they are. */
  readonly bytes?: Uint8Array | undefined;
  /** In place of `text`: shown by the terminal's width, or with the columns that scripts know where there is none. */
  readonly table?: Table | undefined;
  /** Default 0. */
  readonly exitCode?: number | undefined;
  /** Point in the store's history that the data shows, where the command knows it exactly; `null` = it cannot be told. */
  readonly asOf?: string | null | undefined;
}
