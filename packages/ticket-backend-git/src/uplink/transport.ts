// The upstream as it is reached by git. Everything here may take as long as the network wants, up to a limit.
import { type Git, type GitError, type GitResult, isGitError } from "@wiggum/git";
import { isTicketError, printable, TicketError } from "@wiggum/ticket-core";
import type { ObjectId } from "../objects.js";
import { localTransport } from "../store-layout.js";
import type { Upstream } from "./uplink.js";
import { upstreamRef } from "./uplink-paths.js";

/** `refused`: the branch is not where it was expected. `unknown`: git was stopped before it heard the answer. */
export type Pushed = "accepted" | "refused" | "unknown";

/**
 * What became of a push, where it must be known. `declined`: the upstream answered, and will not have it. `unsent`: nobody was reached. `unknown`:
 * it was cut off, so it may have arrived, or may be arriving.
 */
export type Offered =
  | { readonly answer: "accepted" | "refused" }
  | { readonly answer: "declined" | "unsent" | "unknown"; readonly error: TicketError };

export interface Transport {
  /** As `push`, and never throws for what the upstream or the way to it did. `timeoutMs` = less time than others get. */
  offer(commit: ObjectId, expected: ObjectId | undefined, timeoutMs?: number): Promise<Offered>;
  /**
   * Moves the branch from `expected` (`undefined` = it must not exist) to `commit`, a descendant of it, in one exchange.
   * @throws OFFLINE UPSTREAM_UNUSABLE
   */
  push(commit: ObjectId, expected: ObjectId | undefined): Promise<Pushed>;
  /** Brings the branch to `refs/wiggum/upstream`; `false` = the repository is there and has no such branch. @throws OFFLINE UPSTREAM_UNUSABLE */
  fetch(timeoutMs?: number): Promise<boolean>;
}

export interface TransportOptions {
  readonly git: Git;
  readonly upstream: Upstream;
  /** Milliseconds that one exchange may take. */
  readonly timeoutMs: number;
}

/** What a strange server sends is checked; nobody is asked for a password; a connection that says nothing ends. */
const careful = ["-c", "fetch.fsckObjects=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false"];

export function createTransport({ git, upstream, timeoutMs }: TransportOptions): Transport {
  const ref = `refs/heads/${upstream.branch}`;
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const options = [
    ...localTransport,
    ...careful,
    "-c",
    "http.lowSpeedLimit=1",
    "-c",
    `http.lowSpeedTime=${seconds}`,
  ];
  const allowedExitCodes = [0, 1, 128];
  let reaching: Git | undefined;

  /** A person's own way to call ssh stays; ours asks nothing and gives up. */
  function chooseGit(): Git {
    const isOwn =
      process.env["GIT_SSH_COMMAND"] !== undefined ||
      process.env["GIT_SSH"] !== undefined ||
      git.runSync(["config", "--get", "core.sshCommand"], { allowedExitCodes: [0, 1] }).exitCode === 0;
    if (isOwn) return git;
    const command = `ssh -o BatchMode=yes -o ConnectTimeout=${Math.min(seconds, 10)}`;
    return git.with({ env: { ...git.options.env, GIT_SSH_COMMAND: command } });
  }

  /** `"stopped"` = somebody ended git. */
  async function call(args: readonly string[], withinMs = timeoutMs) {
    try {
      reaching ??= chooseGit();
      return await reaching.run([...options, ...args], { timeoutMs: withinMs, allowedExitCodes });
    } catch (error) {
      if (isGitError(error, "GIT_STOPPED")) return "stopped";
      if (!isGitError(error, "GIT_TIMEOUT")) throw error;
      throw offline(upstream, `no answer within ${Math.max(1, Math.ceil(withinMs / 1000))} s`, error);
    }
  }

  function pushOf(commit: ObjectId, expected: ObjectId | undefined): readonly string[] {
    return [
      "push",
      "--porcelain",
      "--no-verify",
      "--no-follow-tags",
      "--no-signed",
      "--no-recurse-submodules",
      `--force-with-lease=${ref}:${expected ?? ""}`,
      "--",
      upstream.url,
      `${commit}:${ref}`,
    ];
  }

  /** What git said of a push that it ended by itself. */
  function answerOf({ exitCode, stdout, stderr }: GitResult): Offered {
    if (exitCode === 0) return { answer: "accepted" };
    const line = stdout.split("\n").find((each) => each.startsWith("!\t"));
    if (line === undefined) {
      const error = unreachable(upstream, stderr);
      if (error.code !== "OFFLINE") return { answer: "declined", error };
      return { answer: notReached.test(stderr) ? "unsent" : "unknown", error };
    }
    if (lostRace.test(line)) return { answer: "refused" };
    const said = line.slice(line.lastIndexOf("\t") + 1);
    // The pack went out, and no word came back of what became of it.
    if (/remote failure|failed to report/i.test(line)) {
      return { answer: "unknown", error: offline(upstream, said) };
    }
    return { answer: "declined", error: unusable(upstream, said, stderr) };
  }

  return {
    async offer(commit, expected, withinMs) {
      try {
        const ended = await call(pushOf(commit, expected), withinMs);
        if (ended !== "stopped") return answerOf(ended);
        return { answer: "unknown", error: offline(upstream, "git was stopped") };
      } catch (error) {
        if (!isTicketError(error, "OFFLINE")) throw error;
        return { answer: "unknown", error };
      }
    },
    async push(commit, expected) {
      const ended = await call(pushOf(commit, expected));
      if (ended === "stopped") return "unknown";
      const offered = answerOf(ended);
      if ("error" in offered) throw offered.error;
      return offered.answer;
    },
    async fetch(withinMs) {
      const args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
      const ended = await call([...args, "--", upstream.url, `+${ref}:${upstreamRef}`], withinMs);
      if (ended === "stopped") throw offline(upstream, "git was stopped");
      if (ended.exitCode === 0) return true;
      if (/couldn't find remote ref/.test(ended.stderr)) return false;
      throw unreachable(upstream, ended.stderr);
    },
  };
}

/** What git and servers say when somebody else moved the branch first, or is just doing so. */
export const lostRace =
  /stale info|fetch first|non-fast-forward|incorrect old value|cannot lock ref|failed to lock|failed to update ref|reference already exists|unable to resolve reference/i;

/** What git, ssh and curl say when there is nobody to talk to. Everything else is an answer. */
const silence =
  /could not resolve|name or service not known|temporary failure in name resolution|connection (?:refused|timed out|reset|closed)|network is unreachable|no route to host|operation timed out|timed out|unable to connect|failed to connect|couldn't connect|couldn't resolve|early eof|hung up unexpectedly|unexpected disconnect|remote end hung up|kex_exchange|broken pipe|empty reply|recv failure|returned error: 5\d\d/i;

/** And when nobody was reached at all: what was to be sent cannot have arrived. */
const notReached =
  /could not resolve|name or service not known|temporary failure in name resolution|connection refused|network is unreachable|no route to host|connect to host .* timed out|unable to connect|failed to connect|couldn't connect|couldn't resolve|kex_exchange/i;

/** And when it is an answer although the connection was closed right after it. */
const answer =
  /permission denied|authentication failed|could not read (?:username|password)|host key verification|repository .*not found|does not appear to be a git repository|not exported|access denied|returned error: 4\d\d/i;

function unreachable(upstream: Upstream, stderr: string): TicketError {
  const isSilent = silence.test(stderr) && !answer.test(stderr);
  return isSilent ? offline(upstream, firstLine(stderr)) : unusable(upstream, firstLine(stderr), stderr);
}

export function offline(upstream: Upstream, why: string, cause?: GitError): TicketError<"OFFLINE"> {
  return new TicketError(
    "OFFLINE",
    `The upstream ${shownUpstream(upstream)} cannot be reached: ${printable(why)}`,
    { upstream: shownUpstream(upstream) },
    {
      hint: "Nothing is lost and work goes on here: what was written is sent as soon as it answers. 'wiggum ticket sync' tries at once.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

export function unusable(upstream: Upstream, why: string, stderr = why): TicketError<"UPSTREAM_UNUSABLE"> {
  const isDenied =
    /permission denied|authentication|could not read (?:username|password)|access denied|error: 40[13]/i.test(
      stderr,
    );
  return new TicketError(
    "UPSTREAM_UNUSABLE",
    `The upstream ${shownUpstream(upstream)} cannot be used: ${printable(why)}`,
    { upstream: shownUpstream(upstream) },
    {
      hint: isDenied
        ? "Git must get there without asking: an ssh key in an agent, or a credential helper. 'git ls-remote <url>' shows whether it does."
        : "Check 'upstream' in .wiggum/config.yaml. Nothing is lost and work goes on here.",
    },
  );
}

/** `<url> <branch>`, without a password that stands in the address. */
export function shownUpstream({ url, branch }: Upstream): string {
  return printable(`${url.replace(/^([a-z+]+:\/\/[^/@:]*):[^/@]*@/i, "$1:…@")} ${branch}`);
}

function firstLine(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const said =
    lines.find((line) => /^(?:fatal|error|ssh|remote|kex|.*: permission denied)/i.test(line)) ?? lines[0];
  return (said ?? "git did not say why").replace(/^(?:fatal|error): /, "").slice(0, 300);
}
