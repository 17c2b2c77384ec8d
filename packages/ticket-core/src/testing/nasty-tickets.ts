import fc from "fast-check";
import { newBody } from "../body.js";
import { isCoreKey } from "../front-matter-keys.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Ticket } from "../ticket.js";
import { anyText } from "./nasty-markdown.js";

/** An ordinary ticket, to be changed. */
export function plainTicket(change: Partial<Ticket> = {}): Ticket {
  return sampleTicket("tk-1a2b", {
    type: "feature",
    priority: 1,
    createdAt: "2026-01-02T03:00:00Z",
    createdBy: "supervisor",
    updatedAt: undefined,
    title: "Title",
    body: newBody({ description: "text", acceptanceCriteria: ["one"] }),
    ...change,
  });
}

/** Words that YAML takes for something else, and any characters at all. */
export const frontMatterWord = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("ready", "worker-0", "tk-5c46", "two words", "file:src/a.ts", "a-b_c.d/e"),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "no",
      "yes",
      "true",
      "Null",
      "~",
      "1e3",
      "0x1F",
      "0o7",
      "1",
      "-1",
      "1.5",
      ".5",
      "+1",
      ".inf",
      ".NaN",
      "1_000",
      "12:30",
      "2024-01-01",
      "2024-01-01T00:00:00Z",
      "0123",
      "- a",
      "-",
      "--",
      "---",
      "...",
      "? a",
      ": a",
      ":a",
      "a:",
      "a: b",
      "a #b",
      "#a",
      "a#b",
      "[a]",
      "{a}",
      "a, b",
      "a]",
      "&a",
      "*a",
      "!a",
      "|",
      ">",
      "'a'",
      '"a"',
      "'",
      '"',
      "%a",
      "@a",
      "`a`",
      " a",
      "a ",
      "\ta",
      "a\tb",
      "a\nb",
      "a\r\nb",
      "\n",
      " ",
      "\u00a0",
      "\u0085",
      "\u2028",
      "\uFEFF",
      "\u007f",
      "\u001b[31m",
      "\u{1F600}",
      "é",
      "\\",
      "\\n",
      "<<",
      "=",
      "key: [",
      "\ufffe",
      "\ufdd0",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: "binary", minLength: 1 }).map((text) => text.replaceAll("\0", "0")),
  },
);

const moment = fc.oneof(
  fc
    .date({ min: new Date("1970-01-01"), max: new Date("2999-01-01"), noInvalidDate: true })
    .map((date) => `${date.toISOString().slice(0, 19)}Z`),
  fc.constantFrom("yesterday", "2024-01-01", "2024-13-45T99:99:99Z"),
);
const words = fc.array(frontMatterWord, { maxLength: 4 });
const oneLine = fc
  .oneof(
    frontMatterWord,
    fc.constantFrom(
      "Title",
      "# Title",
      "Title #",
      " Title ",
      "## x",
      "```",
      "<!--",
      "<<<<<<< HEAD",
      "a\\",
      "2024-01-01",
      "no",
      "1e3",
      "---",
      "\u2028",
    ),
  )
  .filter((text) => !/\p{Cc}/u.test(text));

const customKey = fc
  .oneof(
    fc.constantFrom(
      "reviewer",
      "estimate",
      "a b",
      "__proto__",
      "constructor",
      "1",
      "true",
      "a: b",
      "# a",
      "<<",
      "- a",
      "",
    ),
    frontMatterWord,
  )
  .filter((key) => !isCoreKey(key));

/** Any ticket that can be stored. */
export function anyTicket(): fc.Arbitrary<Ticket> {
  return fc
    .record(
      {
        id: frontMatterWord,
        type: frontMatterWord,
        priority: fc.integer(),
        state: frontMatterWord,
        leaseEpoch: fc.nat(),
        dependsOn: words,
        blocks: words,
        labels: words,
        riskFlags: words,
        references: fc.array(
          fc.record({
            kind: frontMatterWord.map((kind) => kind.replaceAll(":", "")),
            target: fc.oneof(frontMatterWord, fc.constant("")),
          }),
          { maxLength: 3 },
        ),
        assignedAgentId: frontMatterWord,
        assignedAt: moment,
        parent: frontMatterWord,
        readiness: frontMatterWord,
        needsPreflight: fc.boolean(),
        actionRequired: fc.record(
          { reason: frontMatterWord, since: moment, by: frontMatterWord },
          { requiredKeys: ["reason"] },
        ),
        createdAt: moment,
        createdBy: frontMatterWord,
        updatedAt: moment,
        title: oneLine,
        preamble: fc.constantFrom("\n", "", "\n\n", "\r\n", "<!-- note -->\n\n"),
        body: anyText().filter((text) => !isConflict(text)),
        fields: fc.dictionary(customKey, fc.oneof(frontMatterWord, fc.jsonValue({ maxDepth: 3 })), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      },
      {
        requiredKeys: [
          "id",
          "type",
          "priority",
          "state",
          "leaseEpoch",
          "dependsOn",
          "blocks",
          "labels",
          "riskFlags",
          "references",
          "title",
          "preamble",
          "body",
          "fields",
        ],
      },
    )
    .map((ticket) => JSON.parse(JSON.stringify(ticket)) as Ticket);
}

/** What git leaves of a conflict makes a ticket unreadable. */
function isConflict(text: string): boolean {
  return text.includes("<<<<<<< ") && text.includes(">>>>>>> ");
}

const values: Readonly<Record<string, readonly string[]>> = {
  id: ["id: tk-1a2b", "id: 'tk-1a2b' # mine", '"id": tk-1a2b', "id:   tk-1a2b"],
  type: ["type: feature", "type: feature        # feature | bug"],
  priority: ["priority: 1", "priority: 1 # high", "priority:\n  1", ""],
  state: [
    "state: ready",
    "state: &s ready",
    "state: !!str ready",
    "state: >-\n  ready",
    "state: 'in-progress'   # now",
  ],
  assigned_agent_id: [
    "assigned_agent_id:",
    "assigned_agent_id: # nobody",
    "assigned_agent_id: worker-0",
    "assigned_agent_id: null # none",
    "assigned_agent_id: |-\n  worker-0",
    "",
  ],
  assigned_at: ["assigned_at:", "assigned_at: 2025-07-14T10:30:00+02:00 # local", ""],
  depends_on: [
    "depends_on: []",
    "depends_on: [] # none",
    "depends_on:",
    "depends_on:\n  - tk-1",
    "depends_on:\n  - tk-1    # first\n  # then\n  - tk-2\n  # end",
    "depends_on: [tk-1, tk-2] # both",
    "depends_on:\n- tk-1\n- tk-3",
    "depends_on: [tk-1,\n  tk-2]",
    "depends_on:\n  -   tk-2\n  - 'tk-1'",
  ],
  blocks: ["blocks: []", "# people say so\nblocks:\n  - tk-9f3c", ""],
  labels: ["labels: [one, two]", "labels:\n  - one\n\n  - two # 2", ""],
  created_at: ["created_at: 2025-07-14T09:00:00Z", ""],
  lease_epoch: ["lease_epoch: 3", "lease_epoch: 3 # fence", ""],
  updated_at: ["updated_at: 2025-07-14T09:00:00Z", ""],
  reviewer: [
    "reviewer: anna",
    "reviewer:\n  name: anna # her\n  team: [a, b]",
    "reviewer: |\n  text\n\n  more\n",
    "reviewer: |+\n  kept\n\n",
    "reviewer: {a: 1}",
    "reviewer: *s",
    "reviewer: multi\n  line",
    "reviewer:\n  - - 1\n    - 2",
    "",
  ],
  estimate: ["estimate: 1e3", "estimate: .inf", "estimate: 12345678901234567890", "# last", ""],
};

/** Lines of a front matter as people write them: comments, quotes, nesting, any order. */
function frontMatterLines(): fc.Arbitrary<readonly string[]> {
  const chosen = fc.tuple(...Object.values(values).map((choices) => fc.constantFrom(...choices)));
  return fc
    .tuple(chosen, fc.boolean(), fc.nat(20))
    .map(([lines, isTurned, at]) =>
      isTurned ? lines.toReversed() : [...lines.slice(0, at), "", "# Dependencies", ...lines.slice(at)],
    )
    .map((lines) =>
      lines.filter((line, index) => line !== "" || index % 3 === 0).flatMap((line) => line.split("\n")),
    );
}

/** A file as people have them, with whatever they may do to one. */
export function handWritten(): fc.Arbitrary<string> {
  const file = fc
    .tuple(frontMatterLines(), anyText(), fc.constantFrom("\n", "\r\n"), fc.constantFrom("", "\uFEFF"))
    .map(
      ([lines, body, lineEnd, mark]) =>
        `${mark}${["---", ...lines, "---", "", "# Title", ""].join(lineEnd)}${body}`,
    );
  const broken = fc
    .tuple(
      file,
      fc.nat(),
      fc.nat(4),
      fc.constantFrom("", "\n", ":", "#", "-", "'", '"', "  ", "---\n", "&a ", "*a", "\t", "[", "{"),
    )
    .map(
      ([text, at, length, piece]) =>
        text.slice(0, at % text.length) + piece + text.slice((at % text.length) + length),
    )
    .filter((text) => !/\p{Cs}/u.test(text));
  return fc.oneof(file, broken);
}
