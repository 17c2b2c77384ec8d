import { spawnSync } from "node:child_process";
import { closeSync, existsSync } from "node:fs";
import { gitEnvironment, gitOptions } from "./environment.js";
import { GitError } from "./errors.js";
import {
  betweenWorktreeTries,
  looksOnlyOrFirst,
  metHalfMadeWorktree,
  worktreeTries,
} from "./half-made-worktree.js";
import { openInputFile } from "./input-file.js";
import { printable } from "./printable.js";
import { type Ended, runProgram } from "./run-program.js";

/** Which repository the calls are about, and with what environment. */
export interface GitOptions {
  /** Working directory of the calls. Default: the process's. */
  readonly cwd?: string | undefined;
  /** Repository by its own path (`--git-dir`); nothing is then discovered from `cwd`. */
  readonly gitDirectory?: string | undefined;
  /** Files that belong to `gitDirectory` (`--work-tree`). */
  readonly workTree?: string | undefined;
  /** Laid over the cleaned environment, not cleaned itself; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** How one call of git is made: input, limits, which exit codes are answers. */
export interface GitRunOptions {
  /** Standard input; without it there is none. */
  readonly input?: string | Uint8Array | undefined;
  /** Exit codes that are answers, not failures. Default `[0]`. */
  readonly allowedExitCodes?: readonly number[] | undefined;
  /** Milliseconds until git is stopped and the call fails with GIT_TIMEOUT. Default 120,000; 0 = no limit. */
  readonly timeoutMs?: number | undefined;
  /** Largest standard output. Default 256 MiB. */
  readonly maxBufferBytes?: number | undefined;
  /**
   * In a session of its own: a Ctrl-C meant for the caller does not stop it half-way, and it has no terminal to ask on. Default `false`.
   * It then outlives a killed caller, so it must be short.
   */
  readonly isUninterrupted?: boolean | undefined;
}

/** What git answered. */
export interface GitResult {
  readonly exitCode: number;
  /** Standard output as UTF-8 text, exactly (nothing is trimmed). */
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
}

/** git, asked in a clean environment. */
export interface Git {
  readonly options: GitOptions;
  /** @throws GIT_FAILED GIT_STOPPED GIT_MISSING GIT_TIMEOUT OUTPUT_TOO_LARGE NOT_A_REPOSITORY */
  run(
    args: readonly string[],
    options?: GitRunOptions & { readonly signal?: AbortSignal },
  ): Promise<GitResult>;
  /** As `run`, but blocks: for use while a kernel lock is held and nothing may be awaited. */
  runSync(args: readonly string[], options?: GitRunOptions): GitResult;
  /** The same with some options replaced, for example another `cwd`. */
  with(options: GitOptions): Git;
}

const defaultTimeoutMs = 120_000;
const defaultMaxBufferBytes = 256 * 1024 * 1024;
const empty = new Uint8Array();

/** Makes a `Git` for one repository or folder. Nothing is run or checked yet. */
export function createGit(options: GitOptions = {}): Git {
  const prefix = [
    ...gitOptions,
    ...(options.gitDirectory === undefined ? [] : [`--git-dir=${options.gitDirectory}`]),
    ...(options.workTree === undefined ? [] : [`--work-tree=${options.workTree}`]),
  ];

  function judge(args: readonly string[], ended: Ended, run: GitRunOptions): GitResult {
    const place = options.gitDirectory ?? options.cwd ?? process.cwd();
    if (ended.isTimeout) {
      const timeoutMs = run.timeoutMs ?? defaultTimeoutMs;
      throw new GitError("GIT_TIMEOUT", `git ${shown(args)} did not end within ${timeoutMs} ms`, {
        args,
        timeoutMs,
      });
    }
    if (ended.isTooLarge) {
      const limitBytes = run.maxBufferBytes ?? defaultMaxBufferBytes;
      throw new GitError("OUTPUT_TOO_LARGE", `git ${shown(args)} wrote more than ${limitBytes} bytes`, {
        args,
        limitBytes,
      });
    }
    const { exitCode, signal } = ended;
    if (signal !== undefined) {
      throw new GitError(
        "GIT_STOPPED",
        `git ${shown(args)} was stopped by ${signal}`,
        { args, signal },
        { hint: "Type it again." },
      );
    }
    if (exitCode === undefined) throw notStarted(ended.error, args, options.cwd);
    const stdoutBytes = ended.stdout;
    const stderr = Buffer.from(ended.stderr).toString("utf8");
    if ((run.allowedExitCodes ?? [0]).includes(exitCode)) {
      return {
        exitCode,
        stdoutBytes,
        stderr,
        get stdout() {
          return Buffer.from(stdoutBytes.buffer, stdoutBytes.byteOffset, stdoutBytes.byteLength).toString(
            "utf8",
          );
        },
      };
    }
    if (exitCode === 128 && /not a git repository|must be run in a work tree/.test(stderr)) {
      throw new GitError(
        "NOT_A_REPOSITORY",
        `${printable(place)} is not in a git repository`,
        { path: place },
        { hint: "Run this inside a git repository, or make one with 'git init'." },
      );
    }
    throw failed(args, exitCode, stderr);
  }

  return {
    options,
    with: (replaced) => createGit({ ...options, ...replaced }),
    async run(args, run = {}) {
      for (let tries = 1; ; tries += 1) {
        const ended = await runProgram("git", [...prefix, ...args], {
          cwd: options.cwd,
          env: gitEnvironment(process.env, options.env),
          input: run.input,
          timeoutMs: run.timeoutMs ?? defaultTimeoutMs,
          maxBufferBytes: run.maxBufferBytes ?? defaultMaxBufferBytes,
          abort: run.signal,
          isUninterrupted: run.isUninterrupted === true,
        });
        const isMet = ended.exitCode === 128 && metHalfMadeWorktree(ended.stderr) && looksOnlyOrFirst(args);
        if (!isMet || tries === worktreeTries) return judge(args, ended, run);
        await betweenWorktreeTries(tries);
      }
    },
    runSync(args, run = {}) {
      const limit = run.timeoutMs ?? defaultTimeoutMs;
      const file =
        run.input === undefined
          ? undefined
          : openInputFile(
              run.input,
              [options.gitDirectory, options.cwd].filter((folder) => folder !== undefined),
            );
      const result = spawnSync("git", [...prefix, ...args], {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(run.input === undefined || file !== undefined
          ? { stdio: [file ?? ("ignore" as const), "pipe" as const, "pipe" as const] }
          : { input: run.input as string | Buffer }),
        env: gitEnvironment(process.env, options.env),
        timeout: limit,
        killSignal: "SIGKILL",
        maxBuffer: run.maxBufferBytes ?? defaultMaxBufferBytes,
        windowsHide: true,
      });
      if (file !== undefined) closeSync(file);
      const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
      return judge(
        args,
        {
          exitCode: result.status ?? undefined,
          signal: result.signal ?? undefined,
          stdout: result.stdout ?? empty,
          stderr: result.stderr ?? empty,
          isTimeout: code === "ETIMEDOUT",
          isTooLarge: code === "ENOBUFS",
          error: result.error,
        },
        run,
      );
    },
  };
}

function shown(args: readonly string[]): string {
  return printable(args.join(" ")).slice(0, 200);
}

function notStarted(error: unknown, args: readonly string[], cwd: string | undefined): GitError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  // A missing working directory is ENOENT, too.
  if ((code === "ENOENT" || code === "ENOTDIR") && cwd !== undefined && !existsSync(cwd)) {
    return new GitError(
      "NOT_A_REPOSITORY",
      `There is no folder ${printable(cwd)}`,
      { path: cwd },
      { cause: error },
    );
  }
  if (code === "ENOENT") {
    return new GitError(
      "GIT_MISSING",
      "There is no git program on PATH",
      { path: process.env["PATH"] ?? "" },
      { hint: "Install git 2.38 or newer.", cause: error },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new GitError(
    "GIT_FAILED",
    `git ${shown(args)} could not be run: ${printable(reason)}`,
    { args, exitCode: -1, stderr: reason.slice(0, 4000) },
    { cause: error },
  );
}

/** What a person has to do about what git says in these words. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /dubious ownership/,
    "The repository belongs to another user: 'git config --global --add safe.directory <path>' trusts it.",
  ],
  [
    // The last two: the program that signs by an SSH key is missing, or its settings are of a kind that git does not know.
    /failed to sign|signing failed|signing ?key|secret key|load public key|cannot run .+\nerror: *(?:\n|$)|gpg\.\w+/i,
    "The commit could not be signed. Check gpg.format, gpg.program and user.signingKey in git's configuration ('git commit -S --allow-empty' tries it), or turn signing off here: 'git config commit.gpgSign false'.",
  ],
];

function failed(args: readonly string[], exitCode: number, stderr: string): GitError {
  const said = printable(stderr.trim(), "lines").slice(0, 2000);
  const hint = hints.find(([pattern]) => pattern.test(stderr))?.[1];
  return new GitError(
    "GIT_FAILED",
    `git ${shown(args)} failed with exit code ${exitCode}${said ? `: ${said}` : ""}`,
    { args, exitCode, stderr: stderr.slice(0, 4000) },
    hint === undefined ? {} : { hint },
  );
}
