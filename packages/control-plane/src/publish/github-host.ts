import type { Gh, HostAnswer } from "./gh-program.js";
import { type PollAnswer, pollQuery, readPollAnswer, readPullRequestList } from "./github-answer.js";
import type { PullRequestText } from "./pull-request-text.js";

/** A pull request that is open. */
export interface OpenPullRequest {
  readonly number: number;
  readonly url: string;
}

/** Where pull requests are. */
export interface PullRequestHost {
  /** The open one of this branch; `undefined` = there is none. */
  find(branch: string): Promise<HostAnswer<OpenPullRequest | undefined>>;
  /** Opens one for a branch that was pushed. */
  open(branch: string, base: string, text: PullRequestText): Promise<HostAnswer<OpenPullRequest>>;
  /** How these stand, in one question. */
  poll(numbers: readonly number[]): Promise<HostAnswer<PollAnswer>>;
}

const garbage = { status: "failed", why: "gh answered something that is no answer to the question" } as const;

/** GitHub (or the one of `hostname`), asked through the person's own `gh`. */
export function createGitHubHost(gh: Gh, hostname?: string): PullRequestHost {
  const find: PullRequestHost["find"] = async (branch) => {
    const fields = ["--json", "number,url,state,isCrossRepository"];
    const answer = await gh(["pr", "list", "--head", branch, "--state", "open", "--limit", "5", ...fields]);
    if (answer.status === "failed") return answer;
    const list = readPullRequestList(answer.value);
    if (list === undefined) return garbage;
    const [open] = list.filter(({ state, isFork }) => state === "OPEN" && !isFork);
    return { status: "answered", value: open && { number: open.number, url: open.url } };
  };
  return {
    find,
    async open(branch, base, { title, body }) {
      const words = ["--head", branch, "--base", base, "--title", title, "--body-file", "-"];
      const answer = await gh(["pr", "create", ...words], body);
      if (answer.status === "failed") return answer;
      const [, number] = /\/pull\/(\d+)\s*$/.exec(answer.value) ?? [];
      const url = answer.value.trim().split("\n").at(-1) ?? "";
      if (number !== undefined) return { status: "answered", value: { number: Number(number), url } };
      const found = await find(branch);
      if (found.status === "failed") return found;
      return found.value === undefined ? garbage : { status: "answered", value: found.value };
    },
    async poll(numbers) {
      const names = ["-F", "owner={owner}", "-F", "name={repo}"];
      const where = hostname === undefined ? [] : ["--hostname", hostname];
      const answer = await gh(["api", "graphql", ...where, ...names, "-f", `query=${pollQuery(numbers)}`]);
      if (answer.status === "failed") return answer;
      const value = readPollAnswer(answer.value, numbers);
      return value === undefined ? garbage : { status: "answered", value };
    },
  };
}

/** `host/owner/name` of a remote's address, as `gh` takes it; `undefined` = the address says no such thing (a path, say). */
export function repositoryOf(address: string): string | undefined {
  const [, host, path] =
    /^(?:https?|ssh|git):\/\/(?:[^@/]+@)?([^:/]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(address) ??
    /^(?:[^@/]+@)([^:/]+):(?!\/)(.+?)(?:\.git)?\/?$/.exec(address) ??
    [];
  return host === undefined || path === undefined || !/^[^/]+\/[^/]+$/.test(path)
    ? undefined
    : `${host}/${path}`;
}
