#!/usr/bin/env node
// A stand-in for GitHub's `gh`, driven by files: $GH_STAND_IN is a folder with `pulls.json` (all pull requests), `calls` (a line a call) and, where a test
// wants a failure, `fail` (first line: exit code or `hang` or `kill-parent`, rest: what is said). It does what the real one does with the same arguments, as far as they are used.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.GH_STAND_IN;
const file = (name) => join(folder, name);
const args = process.argv.slice(2);
appendFileSync(file("calls"), `${JSON.stringify(args.map((word) => word.slice(0, 4_000)))}\n`);

if (process.env.GH_PROMPT_DISABLED !== "1") end(1, "it would ask");
if (existsSync(file("fail"))) {
  const [how, ...text] = readFileSync(file("fail"), "utf8").split("\n");
  if (how === "hang") await new Promise((resolve) => setTimeout(resolve, 600_000));
  if (how === "garbage") {
    process.stdout.write(text.join("\n"));
    process.exit(0);
  }
  end(Number(how), text.join("\n"));
}

const pulls = existsSync(file("pulls.json")) ? JSON.parse(readFileSync(file("pulls.json"), "utf8")) : [];
const value = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
};

switch (args.slice(0, 2).join(" ")) {
  case "pr list": {
    const found = pulls.filter(
      ({ branch, state }) => branch === value("--head") && state.toLowerCase() === value("--state"),
    );
    process.stdout.write(JSON.stringify(found.map(({ number, url, state }) => ({ number, url, state }))));
    break;
  }
  case "pr create": {
    const branch = value("--head");
    if (pulls.some((pull) => pull.branch === branch && pull.state === "OPEN"))
      end(1, `a pull request for branch "${branch}" already exists`);
    const number = pulls.length + 1;
    const url = `https://github.example/o/r/pull/${number}`;
    pulls.push({
      number,
      url,
      branch,
      base: value("--base"),
      state: "OPEN",
      title: value("--title"),
      body: readFileSync(0, "utf8"),
    });
    save();
    // The test kills whoever asked, before it can write down what it is told.
    if (existsSync(file("kill-asker")))
      process.kill(Number(readFileSync(file("kill-asker"), "utf8")), "SIGKILL");
    process.stdout.write(`${url}\n`);
    break;
  }
  case "api graphql": {
    const query = args.find((word) => word.startsWith("query="));
    const repository = {};
    for (const [, name, number] of query.matchAll(/(p\d+): pullRequest\(number: (\d+)\)/g)) {
      const pull = pulls.find((one) => one.number === Number(number));
      repository[name] = pull === undefined ? null : answerOf(pull);
    }
    const quota = existsSync(file("quota.json")) ? JSON.parse(readFileSync(file("quota.json"), "utf8")) : {};
    const rateLimit = { remaining: 4_990, resetAt: "2030-01-01T00:00:00Z", ...quota };
    process.stdout.write(JSON.stringify({ data: { rateLimit, repository } }));
    break;
  }
  default:
    end(1, `unknown command ${args.join(" ")}`);
}

/** What a pull request has of itself, and what the test says of it in `more`. */
function answerOf({
  number,
  url,
  state,
  head = "",
  mergeable = "MERGEABLE",
  checks = [],
  reviews = [],
  threads = [],
}) {
  const rollup = checks.length === 0 ? null : { contexts: { nodes: checks } };
  return {
    number,
    url,
    state,
    headRefOid: head,
    mergeable,
    commits: { nodes: [{ commit: { oid: head, statusCheckRollup: rollup } }] },
    reviews: { nodes: reviews },
    reviewThreads: { nodes: threads },
  };
}

function save() {
  writeFileSync(file("pulls.json.new"), JSON.stringify(pulls));
  renameSync(file("pulls.json.new"), file("pulls.json"));
}

function end(code, text) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
