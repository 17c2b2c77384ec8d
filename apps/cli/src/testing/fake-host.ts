import type { Project } from "@wiggum/control-plane";
import { app } from "../app.js";
import type { Composition, GlobalOptions, Host } from "../context.js";
import { runCommandLine } from "../run-command-line.js";

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the composition was asked with, one for each opening of the project. */
  readonly opened: readonly GlobalOptions[];
  readonly questions: readonly string[];
  /** Programs that were lent the terminal. */
  readonly terminal: readonly (readonly string[])[];
}

export interface FakeOptions {
  /** Members of the project that the command uses; any other is missing and fails the test. */
  readonly project?: object;
  readonly stdin?: string;
  /** Answers of the person; given = somebody sits at the terminal. */
  readonly answers?: readonly string[];
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** How a program that is lent the terminal ends. */
  readonly terminalExit?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The real wiring, say, in place of one that opens what `project` says. */
  readonly composition?: Composition;
  readonly workingDirectory?: string;
}

/** Runs a command line in this process with a host that records everything. For what the real program cannot show in a test. */
export async function runWithFakes(typed: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const opened: GlobalOptions[] = [];
  const questions: string[] = [];
  const terminal: (readonly string[])[] = [];
  const answers = [...(options.answers ?? [])];
  const isTerminal = options.isTerminal ?? options.answers !== undefined;
  const stream = (parts: string[]) => ({
    write: (text: string) => void parts.push(text),
    isTerminal,
    columns: options.columns,
  });
  const unused = async () => {
    throw new Error("not part of this test");
  };
  const composition: Composition = {
    async openProject(given) {
      opened.push(given);
      return { ...defaults, ...options.project } as unknown as Project;
    },
    initProject: unused,
    planInit: unused,
    supervise: unused,
    explainSupervision: unused,
    tearDown: unused,
  };
  const host: Host = {
    stdout: stream(out),
    stderr: stream(err),
    environment: options.environment ?? {},
    workingDirectory: options.workingDirectory ?? "/nowhere",
    program: ["wiggum"],
    stdinIsTerminal: options.answers !== undefined,
    isInteractive: options.answers !== undefined,
    readStdin: async () => options.stdin ?? "",
    readStdinBytes: async () => Buffer.from(options.stdin ?? ""),
    async ask(question) {
      questions.push(question);
      return answers.shift() ?? "";
    },
    async runOnTerminal(command) {
      terminal.push(command);
      return options.terminalExit ?? 0;
    },
    interruption: () => new AbortController().signal,
    composition: options.composition ?? composition,
  };
  const exitCode = await runCommandLine(app, typed, host);
  return { exitCode, stdout: out.join(""), stderr: err.join(""), opened, questions, terminal };
}

const defaults = {
  paths: { root: "/project" },
  settings: { session: "wiggum-project", isQuiet: false, isVerbose: false, isAutoSync: true },
  caller: { actor: { kind: "person", id: "manual" } },
  read: async () => [],
  close: async () => {},
};
