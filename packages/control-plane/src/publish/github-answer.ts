// What GitHub answers, read with suspicion: a field of another shape is a failed answer, never a guess.
import type { HostQuota, PullRequestRemark, PullRequestSight } from "@wiggum/workflow";

/** Everything that one poll brings. */
export interface PollAnswer {
  readonly pullRequests: readonly PullRequestSight[];
  readonly quota: HostQuota;
}

const pullRequestFields = `number url state headRefOid mergeable
commits(last: 1) { nodes { commit { oid statusCheckRollup { contexts(first: 100) { nodes { __typename
  ... on CheckRun { name status conclusion detailsUrl }
  ... on StatusContext { context state targetUrl } } } } } } }
reviews(last: 50) { nodes { id state body author { login } } }
reviewThreads(last: 100) { nodes { isResolved comments(first: 20) { nodes { id body path line author { login } } } } }`;

/** One question for all of these, with what is left of the hour's allowance. */
export function pollQuery(numbers: readonly number[]): string {
  const parts = numbers.map(
    (number) => `p${number}: pullRequest(number: ${number}) { ${pullRequestFields} }`,
  );
  return `query($owner: String!, $name: String!) { rateLimit { remaining resetAt } repository(owner: $owner, name: $name) { ${parts.join("\n")} } }`;
}

/** @returns `undefined` where the text is not such an answer */
export function readPollAnswer(text: string, numbers: readonly number[]): PollAnswer | undefined {
  try {
    const data = objectIn(objectIn(JSON.parse(text))["data"]);
    const limit = objectIn(data["rateLimit"]);
    const repository = objectIn(data["repository"]);
    const quota = {
      remaining: numberIn(limit["remaining"]),
      resetsAtMs: Date.parse(textIn(limit["resetAt"])),
    };
    if (Number.isNaN(quota.resetsAtMs)) return undefined;
    const pullRequests = numbers.flatMap((number) => {
      const found = repository[`p${number}`];
      return found === null || found === undefined ? [] : [sightIn(objectIn(found))];
    });
    return { pullRequests, quota };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** A pull request in a list of `gh pr list --json number,url,state,isCrossRepository`. */
export interface ListedPullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: string;
  /** Of a repository of somebody else, whose branch only has the same name. */
  readonly isFork: boolean;
}

/** @returns `undefined` where the text is not such a list */
export function readPullRequestList(text: string): readonly ListedPullRequest[] | undefined {
  try {
    return listIn(JSON.parse(text)).map((entry) => {
      const found = objectIn(entry);
      return {
        number: numberIn(found["number"]),
        url: textIn(found["url"]),
        state: textIn(found["state"]),
        isFork: found["isCrossRepository"] === true,
      };
    });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

const states = { OPEN: "open", MERGED: "merged", CLOSED: "closed" } as const;
/** Ends of a check that are no failure. */
const fine: ReadonlySet<string> = new Set(["SUCCESS", "NEUTRAL", "SKIPPED", "STALE"]);

function sightIn(found: Shape): PullRequestSight {
  const state = states[textIn(found["state"]) as keyof typeof states];
  if (state === undefined) throw new ShapeError();
  const head = textIn(found["headRefOid"]);
  const contexts = nodesIn(found["commits"])
    .map((node) => objectIn(node["commit"]))
    .filter((commit) => commit["oid"] === head)
    .flatMap(({ statusCheckRollup: rollup }) =>
      isNothing(rollup) ? [] : nodesIn(objectIn(rollup)["contexts"]),
    );
  const checks = contexts.map(checkIn);
  return {
    number: numberIn(found["number"]),
    url: textIn(found["url"]),
    state,
    head,
    isConflicting: found["mergeable"] === "CONFLICTING",
    failedChecks: checks.filter(({ end }) => end === "failed").map(({ name, url }) => ({ name, url })),
    isChecking: checks.some(({ end }) => end === "running"),
    remarks: [...reviewsIn(found["reviews"]), ...threadsIn(found["reviewThreads"])],
  };
}

function checkIn(node: Shape): {
  readonly name: string;
  readonly url: string | undefined;
  readonly end: "passed" | "failed" | "running";
} {
  if (node["__typename"] === "CheckRun") {
    const isOver = node["status"] === "COMPLETED";
    const end = !isOver ? "running" : fine.has(textIn(node["conclusion"])) ? "passed" : "failed";
    return { name: textIn(node["name"]), url: optionalText(node["detailsUrl"]), end };
  }
  const state = textIn(node["state"]);
  const end =
    state === "SUCCESS" ? "passed" : state === "PENDING" || state === "EXPECTED" ? "running" : "failed";
  return { name: textIn(node["context"]), url: optionalText(node["targetUrl"]), end };
}

/** A review that asks for changes, or says something; an approval without words is no remark. */
function reviewsIn(reviews: unknown): readonly PullRequestRemark[] {
  return nodesIn(reviews).flatMap((node) => {
    const state = textIn(node["state"]);
    const text = textIn(node["body"]).trim();
    const asks = state === "CHANGES_REQUESTED";
    if (!asks && (state !== "COMMENTED" || text === "")) return [];
    return [
      { id: textIn(node["id"]), author: authorOf(node), text: text === "" ? "asks for changes" : text },
    ];
  });
}

function threadsIn(threads: unknown): readonly PullRequestRemark[] {
  return nodesIn(threads)
    .filter((thread) => thread["isResolved"] !== true)
    .flatMap((thread) => nodesIn(thread["comments"]))
    .map((node) => ({
      id: textIn(node["id"]),
      author: authorOf(node),
      text: textIn(node["body"]).trim(),
      path: optionalText(node["path"]),
      line: typeof node["line"] === "number" ? node["line"] : undefined,
    }));
}

/** Accounts that were deleted have none. */
function authorOf(node: Shape): string {
  return isNothing(node["author"]) ? "somebody" : textIn(objectIn(node["author"])["login"]);
}

type Shape = Readonly<Record<string, unknown>>;
class ShapeError extends Error {}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function objectIn(value: unknown): Shape {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ShapeError();
  return value as Shape;
}

function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new ShapeError();
  return value;
}

function nodesIn(connection: unknown): readonly Shape[] {
  return listIn(objectIn(connection)["nodes"]).map(objectIn);
}

function textIn(value: unknown): string {
  if (typeof value !== "string") throw new ShapeError();
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberIn(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new ShapeError();
  return value;
}
