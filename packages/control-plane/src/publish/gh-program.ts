import { printable } from "@wiggum/ticket-core";
import { cleanEnvironment } from "../agent-environment.js";
import { startFailure, startKept } from "../kept-program.js";
import { limitTime } from "../time-limit.js";

/** What a host of pull requests answered, or why it did not, in words without a full stop. */
export type HostAnswer<Value> =
  | { readonly status: "answered"; readonly value: Value }
  | {
      readonly status: "failed";
      readonly why: string;
      /** What a person has to do about it; absent = it passes by itself. */
      readonly next?: string | undefined;
    };

/** Runs the program `gh` of the person, who is logged in. */
export type Gh = (args: readonly string[], input?: string) => Promise<HostAnswer<string>>;

export interface GhOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Longest run of one call, milliseconds. */
  readonly timeoutMs: number;
  /** `host/owner/name` where the remote says so; absent = `gh` finds it from the folder. */
  readonly repository?: string | undefined;
}

const mostBytes = 8 * 1024 * 1024;

/** `gh` without questions, colours, pager and news of itself; it ends with this process, and after its time. */
export function createGh({ cwd, environment: given, timeoutMs, repository }: GhOptions): Gh {
  const environment = {
    ...cleanEnvironment(given),
    GH_PROMPT_DISABLED: "1",
    GH_NO_UPDATE_NOTIFIER: "1",
    NO_COLOR: "1",
    GH_PAGER: "cat",
    ...(repository === undefined ? {} : { GH_REPO: repository }),
  };
  return (args, input) =>
    new Promise((resolve) => {
      const stdout = collect(mostBytes);
      const stderr = collect(64 * 1024);
      const child = startKept({
        file: "gh",
        args,
        cwd,
        environment,
        stdin: input === undefined ? "ignore" : "pipe",
      });
      const limit = limitTime(child, timeoutMs);
      child.stdout?.on("data", stdout.add);
      child.stderr?.on("data", stderr.add);
      // It may end without having read all of it: its exit code says what that means.
      child.stdin?.on("error", () => {});
      if (input !== undefined) child.stdin?.end(input);
      child.once("error", (error) => {
        limit.stop();
        resolve({
          status: "failed",
          why: `gh could not be started: ${printable(error.message)}`,
          next: installing,
        });
      });
      child.once("close", (code) => {
        limit.stop();
        const output = stderr.text();
        const missing = startFailure(
          { file: "gh", cwd, environment },
          { exitCode: code ?? undefined, output },
        );
        if (missing !== undefined) resolve({ status: "failed", why: missing, next: installing });
        else if (limit.isOver())
          resolve({ status: "failed", why: `gh did not answer within ${timeoutMs / 1000} s` });
        else if (stdout.isTooLong()) resolve({ status: "failed", why: "gh answered more than 8 MB" });
        else if (code === 0) resolve({ status: "answered", value: stdout.text() });
        else resolve(failure(code, output));
      });
    });
}

const installing = "Install the GitHub CLI (https://cli.github.com), or set publish.target in config.yaml";

/** What `gh` says it with, and what it means for a person. */
function failure(code: number | null, output: string): HostAnswer<never> {
  const said = printable(output.trim().split("\n").slice(-3).join("; ")).slice(0, 500);
  const why = said === "" ? `gh ended with code ${code}` : `gh: ${said}`;
  if (code === 4 || /gh auth login|not logged in|authentication|Bad credentials|HTTP 401/i.test(output)) {
    return { status: "failed", why, next: "Log in: gh auth login" };
  }
  return { status: "failed", why };
}

function collect(limitBytes: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk: Buffer) {
      size += chunk.length;
      if (size <= limitBytes) chunks.push(chunk);
    },
    isTooLong: () => size > limitBytes,
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}
