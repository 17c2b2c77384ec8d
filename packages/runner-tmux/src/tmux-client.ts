import { execFile, spawnSync } from "node:child_process";
import { printable } from "@wiggum/runner-process/sessions";
import { outsideSessions } from "@wiggum/workflow";
import { tmuxFailed } from "./failures.js";

export interface TmuxAnswer {
  /** False when tmux refused; `error` then says why. */
  readonly isDone: boolean;
  readonly output: string;
  readonly error: string;
  /** No server listens on the socket: nothing of it is left. Says more than a refusal, which says nothing about panes. */
  readonly isWithoutServer: boolean;
}

export interface TmuxRun {
  /** Standard input. */
  readonly input?: string | undefined;
  readonly cwd?: string | undefined;
  /** The pane that commands without a target mean. */
  readonly pane?: string | undefined;
  /** It may start the server, which then is no part of an agent whose command asked for it. */
  readonly startsServer?: boolean | undefined;
  /** The server is about to end: that it does not answer is no reason to look for it. */
  readonly isEnding?: boolean | undefined;
  /** Configuration of a server that this command starts. */
  readonly configFile?: string | undefined;
}

/** Asks one tmux server, by its socket. */
export interface TmuxClient {
  /** @throws RUNNER_FAILED tmux cannot be run or does not answer: that says nothing about any pane */
  run(commands: readonly string[], run?: TmuxRun): Promise<TmuxAnswer>;
  /** The same, waiting in place. Only for what must be true before the next statement of the caller. */
  runSync(commands: readonly string[]): TmuxAnswer;
}

export interface TmuxClientOptions {
  /** Absolute path. */
  readonly program: string;
  readonly socketPath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Asked when no server listens: true = now one does. Default: none ever does. */
  readonly revive?: (() => Promise<boolean>) | undefined;
}

const maxAnswerBytes = 64 * 1024 * 1024;

export function createTmuxClient(options: TmuxClientOptions): TmuxClient {
  const { program, socketPath, environment, timeoutMs } = options;
  // `-u`: answers are UTF-8 whatever the locale of the caller.
  const before = (configFile?: string) => [
    "-u",
    "-S",
    socketPath,
    ...(configFile === undefined ? [] : ["-f", configFile]),
  ];
  const runOnce = (commands: readonly string[], run: TmuxRun): Promise<TmuxAnswer> => {
    const { input, cwd = "/", pane, startsServer = false, configFile } = run;
    return new Promise((resolve, reject) => {
      const words = [program, ...before(configFile), ...commands];
      const [file = program, ...parameters] = startsServer ? outsideSessions(words) : words;
      const child = execFile(
        file,
        parameters,
        {
          cwd,
          env: pane === undefined ? environment : { ...environment, TMUX_PANE: pane },
          maxBuffer: maxAnswerBytes,
          timeout: timeoutMs,
          encoding: "utf8",
        },
        (error, output, errorOutput) => {
          if (error === null || typeof error.code === "number") {
            resolve(answerOf(error === null, output, errorOutput));
          } else {
            reject(noAnswer(error, timeoutMs));
          }
        },
      );
      // tmux may end before it has read everything; its answer says so.
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input ?? "");
    });
  };
  return {
    async run(commands, run = {}) {
      const answer = await runOnce(commands, run);
      const isLost = answer.isWithoutServer && run.startsServer !== true && run.isEnding !== true;
      return isLost && (await options.revive?.()) === true ? await runOnce(commands, run) : answer;
    },

    runSync(commands) {
      const { status, stdout, stderr, error } = spawnSync(program, [...before(), ...commands], {
        cwd: "/",
        env: environment,
        maxBuffer: maxAnswerBytes,
        timeout: timeoutMs,
        encoding: "utf8",
      });
      if (error !== undefined || status === null) throw noAnswer(error, timeoutMs);
      return answerOf(status === 0, stdout, stderr);
    },
  };
}

/**
 * An argument as tmux is to take it literally: one that ends in `;` would end the command there, and lose the `;` without a word.
 */
export function literal(argument: string): string {
  return argument.endsWith(";") ? `${argument.slice(0, -1)}\\;` : argument;
}

function answerOf(isDone: boolean, output: string, errorOutput: string): TmuxAnswer {
  const error = errorOutput.trim();
  const isWithoutServer =
    !isDone &&
    /^(no server running on |error connecting to .*\((No such file|Connection refused))/.test(error);
  return { isDone, output, error: printable(error), isWithoutServer };
}

function noAnswer(
  error: NodeJS.ErrnoException | (Error & { killed?: boolean }) | undefined,
  timeoutMs: number,
) {
  const code = error !== undefined && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "EACCES") {
    return tmuxFailed("tmux cannot be started", {
      hint: "Install tmux, or use another runner.",
      cause: error,
    });
  }
  return tmuxFailed(`tmux did not answer within ${timeoutMs} ms`, {
    hint: "Its server may hang: look at it with `tmux ls`.",
    cause: error,
  });
}
