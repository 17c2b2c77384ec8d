import fc from "fast-check";
import { expect, test } from "vitest";
import { pollQuery, readPollAnswer, readPullRequestList } from "./github-answer.js";
import { repositoryOf } from "./github-host.js";

const pull = {
  number: 3,
  url: "https://github.example/o/r/pull/3",
  state: "OPEN",
  headRefOid: "abc",
  mergeable: "UNKNOWN",
  commits: {
    nodes: [
      {
        commit: {
          oid: "abc",
          statusCheckRollup: {
            contexts: {
              nodes: [
                {
                  __typename: "CheckRun",
                  name: "unit",
                  status: "COMPLETED",
                  conclusion: "TIMED_OUT",
                  detailsUrl: "https://ci/1",
                },
                {
                  __typename: "CheckRun",
                  name: "lint",
                  status: "COMPLETED",
                  conclusion: "SKIPPED",
                  detailsUrl: null,
                },
                { __typename: "StatusContext", context: "deploy", state: "PENDING", targetUrl: "" },
                { __typename: "StatusContext", context: "size", state: "ERROR", targetUrl: "" },
              ],
            },
          },
        },
      },
    ],
  },
  reviews: {
    nodes: [
      { id: "R1", state: "APPROVED", body: "", author: { login: "ada" } },
      { id: "R2", state: "CHANGES_REQUESTED", body: " ", author: null },
      { id: "R3", state: "COMMENTED", body: "Hm.", author: { login: "bob" } },
    ],
  },
  reviewThreads: {
    nodes: [
      {
        isResolved: true,
        comments: { nodes: [{ id: "C1", body: "old", path: "a", line: 1, author: null }] },
      },
      {
        isResolved: false,
        comments: { nodes: [{ id: "C2", body: "Why?", path: "a", line: null, author: null }] },
      },
    ],
  },
};
const answer = {
  data: { rateLimit: { remaining: 12, resetAt: "2030-01-01T00:00:00Z" }, repository: { p3: pull, p4: null } },
};

test("checks of both kinds, reviews and open threads are read; a pull request that is gone is left out", () => {
  expect(pollQuery([3, 4])).toContain("p3: pullRequest(number: 3) {");
  expect(readPollAnswer(JSON.stringify(answer), [3, 4])).toEqual({
    quota: { remaining: 12, resetsAtMs: Date.UTC(2030, 0, 1) },
    pullRequests: [
      {
        number: 3,
        url: pull.url,
        state: "open",
        head: "abc",
        isConflicting: false,
        isChecking: true,
        failedChecks: [
          { name: "unit", url: "https://ci/1" },
          { name: "size", url: undefined },
        ],
        remarks: [
          { id: "R2", author: "somebody", text: "asks for changes" },
          { id: "R3", author: "bob", text: "Hm." },
          { id: "C2", author: "somebody", text: "Why?", path: "a", line: undefined },
        ],
      },
    ],
  });
});

test("whatever else comes is no answer, and no crash", () => {
  for (const text of [
    "",
    "null",
    "{}",
    "<html>",
    '{"data":{"rateLimit":{"remaining":1,"resetAt":"soon"},"repository":{}}}',
  ]) {
    expect(readPollAnswer(text, [3])).toBeUndefined();
  }
  const text = JSON.stringify(answer);
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 5 }), (from, length, middle) => {
      const read = readPollAnswer(text.slice(0, from) + middle + text.slice(from + length), [3]);
      expect(read === undefined || Array.isArray(read.pullRequests)).toBe(true);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.json(), (json) => {
      const list = readPullRequestList(json);
      expect(list === undefined || Array.isArray(list)).toBe(true);
    }),
  );
  expect(readPullRequestList('[{"number":1,"url":"u","state":"OPEN","isCrossRepository":true}]')).toEqual([
    { number: 1, url: "u", state: "OPEN", isFork: true },
  ]);
});

test.each([
  ["https://github.com/ada/shop.git", "github.com/ada/shop"],
  ["https://token@github.com/ada/shop", "github.com/ada/shop"],
  ["git@github.com:ada/shop.git", "github.com/ada/shop"],
  ["ssh://git@code.example:2222/ada/shop.git/", "code.example/ada/shop"],
  ["/srv/git/shop.git", undefined],
  ["../shop", undefined],
  ["https://code.example/a/b/c", undefined],
  ["", undefined],
])("the address %s names the repository %s", (address, repository) => {
  expect(repositoryOf(address)).toBe(repository);
});
