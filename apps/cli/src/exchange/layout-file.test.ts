// Tickets that no line of another tool can hold as they are: they are exported all the same, and what is lost is said.
import { loadParsers, type Ticket } from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

const odd: readonly Partial<Ticket>[] = [
  { fields: { "a:b": 1, "two\nlines": "x", "": "y", "- item": "z" } },
  { fields: { slug: 5, kind: ["a"], legacy_ticket: { deep: true }, title: "t", "external-ref": null } },
  {
    fields: {
      text: "two\nlines\u0007",
      bidi: "\u202e",
      empty: "",
      none: null,
      list: [],
      workflow_state: "x",
    },
  },
  { title: "  blanks  " },
  { title: "# --- : [a] \"q\" 'r'" },
  { title: "" },
  { preamble: "\n\nWords before the title.\n\n" },
  { body: "\r\n---\r\nid: other\r\n---\r\n# Another title\r\n" },
  { body: "" },
  { labels: ["a, b", "[c]", '"d"', "e:f", "null"].toSorted() },
  {
    references: [
      { kind: "url", target: "null" },
      { kind: "x", target: " y " },
      { kind: "ticket", target: "a, b" },
    ],
  },
  { assignedAgentId: "null", createdBy: '"ann"', readiness: "a\nb", actionRequired: { reason: "none" } },
  { createdAt: "no time", updatedAt: "2026-13-40" },
  { parent: "tk-9999", type: "unknown", state: "nowhere" },
];

test.each(["tk", "work-items"] as const)(
  "%s: each of them is written, and read back as one ticket",
  async (format) => {
    const { write, files, read } = bothWays[format];
    const records = odd.map((more, index) => plainTicket(`tk-${1000 + index}`, more));
    const written = write(records);
    const contents = read(files(written));
    expect(contents.problems).toEqual([]);
    const { entries } = await planInto(memoryStore(), format, contents);
    expect(entries.map(({ action, externalId, why }) => [action, externalId, why])).toEqual(
      records.map(({ ticket }) => ["create", ticket.id, undefined]),
    );
    for (const [index, { account }] of written.entries()) {
      const names = Object.keys(records[index]?.ticket.fields ?? {});
      for (const name of names.filter((each) => (records[index]?.ticket.fields[each] ?? "") !== "")) {
        const entry = account.find(({ field }) => field === `fields.${name}`);
        const text = written[index]?.files[0]?.text ?? "";
        // Kept is what stands there; all else is said to be dropped.
        if (entry?.fate === "kept") expect(text, name).toContain(`${name.replace(/[^\w-].*/s, "")}`);
        else if (!Array.isArray(records[index]?.ticket.fields[name]))
          expect(entry?.fate, name).toBe("dropped");
      }
    }
  },
);

test("a field that cannot stand there takes no other with it, and no two items get one slug", async () => {
  const { write, files, read } = bothWays["work-items"];
  const records = [
    plainTicket("tk-1001", { fields: { assignee: "ann", severity: "major", slug: "same" } }),
    plainTicket("tk-1002", { fields: { "two\nlines": "x", severity: "minor", slug: "same" } }),
  ];
  const written = write(records);
  expect(written.map(({ files: [item] }) => /^severity: .*$/m.exec(item?.text ?? "")?.[0])).toEqual([
    "severity: major",
    "severity: minor",
  ]);
  const dropped = written.map(({ account }) =>
    account.flatMap(({ field, fate }) => (fate === "dropped" && field.startsWith("fields.") ? [field] : [])),
  );
  expect(dropped).toEqual([["fields.assignee"], ["fields.two\nlines"]]);
  const slugs = read(files(written)).records.map(({ references }) =>
    references.flatMap(({ kind, target }) => (kind === "slug" ? [target] : [])),
  );
  expect(slugs[0]).toEqual(["same"]);
  expect(slugs[1]).not.toEqual(["same"]);
});
