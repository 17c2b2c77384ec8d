import { expect, test } from "vitest";
import { app } from "../app.js";
import { topics } from "../topics.js";
import { allLeaves, rootCommands } from "../tree.js";
import { kindOfPlaceholder } from "./candidate-kinds.js";
import { type Candidates, propose } from "./propose.js";

const candidates: Candidates = async (kind, before) => [
  { value: `${kind}-1`, brief: `after ${before.join(" ")}` },
  { value: `${kind}-2` },
];

async function values(...words: string[]): Promise<readonly string[]> {
  return (await propose(rootCommands(app), words, candidates, topics)).proposals.map(({ value }) => value);
}

test("every command with all its flags is proposed where it can be typed, internal ones nowhere", async () => {
  for (const { words, leaf } of allLeaves(rootCommands(app))) {
    const proposed = await values(...words);
    if (leaf.isInternal) {
      expect(proposed).not.toContain(words.at(-1));
      continue;
    }
    expect(proposed).toContain(words.at(-1));
    const { parameters } = (await leaf.load()).default;
    const flags = await values(...words, "--");
    const own = Object.entries(parameters.flags ?? {}).filter(([, { hidden }]) => hidden !== true);
    for (const name of [...own.map(([name]) => name), "json", "quiet", "session", "help"]) {
      expect(flags).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    }
  }
});

test("every placeholder says what kind of value it is, so that a new argument is not forgotten here", async () => {
  for (const { leaf } of allLeaves(rootCommands(app))) {
    const { parameters, inputs } = (await leaf.load()).default;
    const valued = Object.values(parameters.flags ?? {}).filter(
      ({ kind, values }) => kind !== "boolean" && values === undefined,
    );
    for (const { placeholder = "" } of [...inputs, ...valued])
      expect(Object.keys(kindOfPlaceholder)).toContain(placeholder);
  }
});

test.each([
  { typed: ["sta"], proposed: ["start", "status"] },
  { typed: ["ticket", "dep", ""], proposed: ["add", "remove"] },
  { typed: ["--quiet", "--session", "x", "ticket", "dep", "a"], proposed: ["add"] },
  { typed: ["--session", ""], proposed: [] },
  { typed: ["--ver"], proposed: ["--verbose", "--version"] },
  { typed: ["--eph"], proposed: ["--ephemeral"] },
  { typed: ["--quiet", "--ephemeral", "--pro"], proposed: ["--prompt"] },
  { typed: ["--ephemeral", "What"], proposed: [] },
  { typed: ["tool", "run", ""], proposed: ["tool-1", "tool-2"] },
  { typed: ["tool", "run", "tool-1", "target-2"], proposed: ["target-2"] },
  { typed: ["ticket", "--ver"], proposed: ["--verbose"] },
  { typed: ["help", "ticket-"], proposed: Object.keys(topics).filter((name) => name.startsWith("ticket-")) },
  { typed: ["help", "ticket", "dep", "re"], proposed: ["remove"] },
  { typed: ["nonsense", ""], proposed: [] },
  { typed: ["ticket", "show", ""], proposed: ["ticket-1", "ticket-2"] },
  { typed: ["ticket", "show", "tk", ""], proposed: [] },
  { typed: ["ticket", "transition", "tk-1", ""], proposed: ["state-1", "state-2"] },
  { typed: ["ticket", "transition", "--no-hooks", "tk-1", "state-2"], proposed: ["state-2"] },
  { typed: ["ticket", "transition", "--operation-id", "x", "tk-1", "--dr"], proposed: ["--dry-run"] },
  { typed: ["ticket", "transition", "--dry-run", "--dr"], proposed: [] },
  { typed: ["ticket", "comment", "tk-1", "ann", "some", ""], proposed: [] },
  { typed: ["ticket", "claim", "tk-1", ""], proposed: ["agent-1", "agent-2"] },
  { typed: ["spawn", ""], proposed: ["role-1", "role-2"] },
  { typed: ["spawn", "worker", "--runner", ""], proposed: ["auto", "process", "tmux", "opencode"] },
  { typed: ["spawn", "worker", "--runner=p"], proposed: ["--runner=process"] },
  { typed: ["spawn", "worker", "--runner=tmux", ""], proposed: ["ticket-1", "ticket-2"] },
  { typed: ["ticket", "list", "--state", "state-1,"], proposed: ["state-1,state-2"] },
  { typed: ["ticket", "list", "--state=state-2,"], proposed: ["--state=state-2,state-1"] },
  { typed: ["ticket", "create", "A title", "--dep", ""], proposed: ["ticket-1", "ticket-2"] },
  { typed: ["ticket", "create", "A title", "--dep", "tk-1", "--de"], proposed: ["--dep", "--description"] },
  { typed: ["kill", "--", "-"], proposed: [] },
  { typed: ["kill", "--", "a"], proposed: ["agent-1", "agent-2"] },
  { typed: ["completion", "shell-1"], proposed: ["shell-1"] },
])("wiggum $typed: $proposed", async ({ typed, proposed }) => {
  expect(await values(...typed)).toEqual(proposed);
});

test("files and folders are left to the shell", async () => {
  expect(await propose(rootCommands(app), ["spawn", "--prompt", ""], candidates, topics)).toEqual({
    proposals: [],
    also: "files",
  });
  expect(
    (await propose(rootCommands(app), ["salvage", "restore", "x", "--into=a"], candidates, topics)).also,
  ).toBe("folders");
  expect((await propose(rootCommands(app), ["--config", ""], candidates, topics)).also).toBe("files");
});

test("the arguments before the cursor are known to whoever looks for values", async () => {
  const { proposals } = await propose(
    rootCommands(app),
    ["ticket", "transition", "--no-sync", "tk-7", ""],
    candidates,
    topics,
  );
  expect(proposals[0]?.brief).toBe("after tk-7");
});
