import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { promptValues } from "./prompts.js";
import { type PromptValues, promptNames, renderPrompt, unknownPlaceholders } from "./render-prompt.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";

const values = Object.fromEntries(promptNames.map((name) => [name, `<${name}>`])) as PromptValues;

test("every known placeholder is replaced, an unknown one stays and is told once", () => {
  const template = "{TICKET_ID} {NOPE} {lower} {TICKET_ID} {NOPE} ${ROLE} {}";
  expect(renderPrompt(template, values)).toEqual({
    text: "<TICKET_ID> {NOPE} {lower} <TICKET_ID> {NOPE} $<ROLE> {}",
    unknown: ["NOPE"],
  });
  expect(unknownPlaceholders("{constructor} {CONSTRUCTOR} {TICKET_ID}")).toEqual(["CONSTRUCTOR"]);
});

test("what a value holds is never expanded, whatever it is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("{TICKET_ID}", "{COMMENT}", "$&", "$1", "`id`", "\n", "x")),
      (parts) => {
        const text = parts.join("");
        const all = Object.fromEntries(promptNames.map((name) => [name, text])) as PromptValues;
        expect(renderPrompt("a{TICKET_CONTENT}b{COMMENT}c", all).text).toBe(`a${text}b${text}c`);
      },
    ),
  );
});

test("the values: ticket, dependencies with their states, feedback, specifications", async () => {
  const { paths } = worktreeFixture();
  const { tickets, put } = memoryTickets();
  mkdirSync(paths.specsDirectory);
  for (const name of ["b.md", "a.md", "notes.txt"]) writeFileSync(join(paths.specsDirectory, name), "");
  await put("tk-bbbb", { state: "done", title: "Earlier {ROLE}" });
  await put("tk-aaaa", {
    dependsOn: ["tk-bbbb", "tk-cccc"],
    references: [{ kind: "file", target: "specs/b.md" }],
    body: "\n## Description\n\nSee specs/a.md\n\n## Feedback\n\n### From reviewer (2026-01-02 03:04)\n\n1. Wrong.\n",
  });
  const record = await tickets.show("tk-aaaa");
  const agent = { agentId: "worker-3", role: "worker", branch: "worker-3", worktree: "/srv/worker-3" };
  const rendered = await promptValues({ tickets, paths }, agent, record);
  expect(rendered).toMatchObject({
    AGENT_ID: "worker-3",
    INBOX: ".wiggum/inbox.jsonl",
    TICKET_ID: "tk-aaaa",
    TICKET_CONTENT: record.text?.trimEnd(),
    PROJECT_SPECS: "- specs/a.md\n- specs/b.md",
    RELEVANT_SPECS: "Specifications to read:\n- specs/b.md\n- specs/a.md",
    DEPENDENCIES: "- tk-bbbb [done] Earlier {ROLE}\n- tk-cccc (not found)",
  });
  expect(rendered.COMMENT).toContain("1. Wrong.");
  expect(await promptValues({ tickets, paths }, agent, undefined)).toMatchObject({
    TICKET_ID: "",
    COMMENT: "",
  });
});
