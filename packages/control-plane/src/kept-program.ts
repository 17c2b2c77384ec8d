import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { printable } from "@wiggum/ticket-core";
import { markingScript } from "@wiggum/workflow";
import { findProgram } from "./find-program.js";
import { runMark } from "./run-mark.js";

/** A program that must not outlive the process that runs it. */
export interface KeptProgram {
  /** A path, or a name that is looked for along `PATH` of `environment`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: "ignore" | "pipe";
  /** Name of the run: the kernel marks the program and all that it starts with it, where it can. See `runMark`. */
  readonly run?: string | undefined;
  /** Shown in the command line of its keeper, see `keeperName`. */
  readonly name?: string | undefined;
}

/** The program, its keeper and what they start are all in the session, and the process group, that has the keeper's number. */
export function startKept({ file, args, cwd, environment, stdin, name, run }: KeptProgram): ChildProcess {
  const script = run === undefined ? keeperScript : `${markingScript(runMark(run))}\n${keeperScript}`;
  return spawn("/bin/sh", ["-c", script, keeperName(name), file, ...args], {
    cwd,
    env: environment,
    // A session of its own: no signal meant for the caller reaches it, and the group is known by its number.
    detached: true,
    // The fourth one is the rope: this process holds its other end and never writes. The kernel lets go when the process is gone.
    stdio: [stdin, "pipe", "pipe", "pipe"],
  });
}

const keeperWord = "wiggum-keeper";

/** What a keeper is called in a list of processes. */
export function keeperName(name: string | undefined): string {
  return name === undefined ? keeperWord : `${keeperWord}:${name}`;
}

/**
 * The parent of the program. Beside it waits a watcher, for the rope to be let go of: SIGKILL of the process that started all this can be
 * told to nobody in another way. Then the whole group is ended. The program's own end is passed on as the keeper's.
 *
 * - The program stays in the foreground: a shell takes standard input and the interrupt signal away from what it puts into the background.
 * - The keeper catches what is sent to the group, so that it can end the watcher; a caught signal is not caught in the program.
 * - The watcher ends the keeper first, which would else end it with the program. No other process gets a number that a group still has.
 * - Its own standard error goes nowhere: a shell remarks there that its child was killed, which the program never printed.
 */
const keeperScript = `
exec 5<&0 6>&1 7>&2 </dev/null >/dev/null 2>&1
trap : HUP INT QUIT ALRM TERM PIPE USR1 USR2
(
  trap '' HUP INT QUIT ALRM TERM PIPE USR1 USR2
  exec 5<&- 6>&- 7>&-
  read -r line <&3
  kill -s KILL $$
  PATH=/usr/bin:/bin:$PATH
  kill -s TERM -- -$$
  sleep 2
  kill -s KILL -- -$$
) &
watcher=$!
( exec "$@" <&5 >&6 2>&7 3<&- 5<&- 6>&- 7>&- )
status=$?
kill -s KILL "$watcher"
exit "$status"
`;

/**
 * Why the program was never started, in words; undefined = it was, and its exit code and output are its own. To be asked when it ended
 * with 126 or 127, which is how a shell says that it could not start something, but which any program may end with.
 */
export function startFailure(
  { file, cwd, environment }: Pick<KeptProgram, "file" | "cwd" | "environment">,
  end: { readonly exitCode: number | undefined; readonly output: string },
): string | undefined {
  if (end.exitCode !== 126 && end.exitCode !== 127) return undefined;
  const path = findProgram(file, environment, cwd);
  const first = path === undefined ? "" : firstLine(path);
  if (/^#!.*\r$/.test(first)) {
    return `its first line ends with CR LF, so that the system looks for ${JSON.stringify(wordsOf(first).at(-1))}: save it with LF line ends`;
  }
  const [complaint] = end.output.split("\n").filter((line) => line.startsWith(keeperWord));
  if (complaint === undefined) return undefined;
  if (path === undefined) {
    return file.includes("/")
      ? "it may not be executed, or is not there"
      : `there is no program ${printable(file)}`;
  }
  const [interpreter = ""] = wordsOf(first);
  if (first.startsWith("#!") && findProgram(interpreter, environment, cwd) === undefined) {
    return `the program that its first line names, ${printable(interpreter)}, is not there or may not be executed`;
  }
  if (/exec format/i.test(complaint)) return "it is no program that this system can run";
  return printable(complaint.replace(/^[^/]*?: /, ""));
}

/** Somebody had the file open for writing: soon over, mostly. */
export function isTextBusy(end: { readonly exitCode: number | undefined; readonly output: string }): boolean {
  return end.exitCode === 126 && end.output.startsWith(keeperWord) && /text file busy/i.test(end.output);
}

function wordsOf(firstLine: string): readonly string[] {
  return firstLine
    .replace(/^#!/, "")
    .split(/[ \t]+/)
    .filter((word) => word !== "");
}

/** Line ends of Unix only: what else is in it the system takes for a part of the name. */
function firstLine(path: string): string {
  const bytes = Buffer.alloc(256);
  try {
    const file = openSync(path, "r");
    try {
      const length = readSync(file, bytes);
      return bytes.toString("latin1", 0, length).split("\n", 1)[0] ?? "";
    } finally {
      closeSync(file);
    }
  } catch {
    return ""; // it may be executed, but not read
  }
}
