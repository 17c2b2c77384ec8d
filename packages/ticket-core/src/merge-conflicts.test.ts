import { describe, expect, test } from "vitest";
import {
  appendCriterion,
  appendEvent,
  changeCriterion,
  newBody,
  readCriteria,
  readEvents,
  writeSection,
} from "./body.js";
import { mergeTickets } from "./merge.js";
import { plainTicket } from "./testing/nasty-tickets.js";
import type { Ticket } from "./ticket.js";

const at = "2025-01-01T00:00:00Z";
const body = `${newBody({ description: "d", acceptanceCriteria: ["one", "two"] })}
## Notes

n
`;
const base = plainTicket({ dependsOn: ["tk-1"], parent: "tk-5", fields: { reviewer: "anna" }, body });

function bodyAfter(theirs: string, mine: string, before = body): string {
  const result = mergeTickets({ ...base, body: before }, { ...base, body: theirs }, { ...base, body: mine });
  return "merged" in result
    ? result.merged.body
    : `conflicts: ${result.conflicts.map(({ field }) => field).join(", ")}`;
}

function event(id: string, text: string, kind = "comment") {
  return { id, kind, source: "x", at, text };
}

describe("conflicts", () => {
  // P3
  test.each<[string, Partial<Ticket>, Partial<Ticket>]>([
    ["priority", { priority: 2 }, { priority: 3 }],
    ["title", { title: "a" }, { title: "b" }],
    ["parent", { parent: "tk-6" }, { parent: undefined }],
    ["actionRequired", { actionRequired: { reason: "a" } }, { actionRequired: { reason: "b" } }],
    ["reviewer", { fields: { reviewer: "bert" } }, { fields: {} }],
    ["preamble", { preamble: "" }, { preamble: "\n\n" }],
    ["state", { state: "review" }, { state: "done" }],
    ["type", {}, { type: "bug" }],
    ["createdBy", {}, { createdBy: "me" }],
    ["id", {}, { id: "tk-2" }],
    [
      "## Description",
      { body: writeSection(body, "Description", "x") },
      { body: writeSection(body, "Description", "y") },
    ],
    ["## New", { body: writeSection(body, "New", "x") }, { body: writeSection(body, "New", "y") }],
    ["## Notes", { body: body.replace("\n## Notes\n\nn\n", "") }, { body: writeSection(body, "Notes", "y") }],
    ["event e", { body: appendEvent(body, event("e", "x")) }, { body: appendEvent(body, event("e", "y")) }],
    ["body", { body: `a\n${body}` }, { body: `b\n${body}` }],
    [
      "## Acceptance Criteria",
      { body: changeCriterion(body, 1, { text: "x" }) ?? "" },
      { body: changeCriterion(body, 1, { text: "y" }) ?? "" },
    ],
  ])("%s changed on both sides", (field, theirs, mine) => {
    const result = mergeTickets(base, { ...base, ...theirs }, { ...base, ...mine });
    expect(result).toMatchObject({ conflicts: [{ field }] });
    expect("conflicts" in result && Object.keys(result.conflicts[0] ?? {})).toEqual([
      "field",
      "base",
      "theirs",
      "mine",
    ]);
  });

  // P1
  test("state, holder and epoch are one unit: who changes any of it loses against who changed any of it", () => {
    const claim = {
      ...base,
      state: "in-progress",
      assignedAgentId: "worker-1",
      assignedAt: at,
      leaseEpoch: 1,
    };
    for (const mine of [
      { state: "done" },
      { assignedAgentId: "worker-2" },
      { leaseEpoch: 1 },
      { assignedAt: at },
    ]) {
      const result = mergeTickets(base, claim, { ...base, ...mine });
      expect("conflicts" in result && result.conflicts.map(({ field }) => field)).toContain("state");
      expect(
        "conflicts" in result && result.conflicts.find(({ field }) => field === "assignedAgentId"),
      ).toMatchObject({
        base: undefined,
        theirs: "worker-1",
      });
    }
    expect(mergeTickets(base, claim, { ...base, title: "x" })).toEqual({ merged: { ...claim, title: "x" } });
  });

  test("all of them are named at once, with all values", () => {
    expect(
      mergeTickets(
        base,
        { ...base, priority: 2, title: "a" },
        { ...base, priority: 3, title: "b", parent: "tk-7" },
      ),
    ).toEqual({
      conflicts: [
        { field: "priority", base: 1, theirs: 2, mine: 3 },
        { field: "title", base: "Title", theirs: "a", mine: "b" },
      ],
    });
  });

  test("two tickets made of nothing under one id must be the same, sets and new sections apart", () => {
    const theirs = { ...base, labels: ["a"] };
    expect(mergeTickets(undefined, theirs, { ...base, labels: ["b"], parent: undefined })).toMatchObject({
      merged: { labels: ["a", "b"], parent: "tk-5" },
    });
    expect(mergeTickets(undefined, theirs, { ...base, title: "x" })).toMatchObject({
      conflicts: [{ field: "title" }],
    });
    expect(mergeTickets(undefined, theirs, { ...base, state: "done" })).toHaveProperty("conflicts");
  });
});

describe("sets", () => {
  test("keep what either side added and lose what either side removed, sorted", () => {
    const merge = (before: readonly string[], theirs: readonly string[], mine: readonly string[]) => {
      const [one, two, three] = [before, theirs, mine].map((dependsOn) => ({ ...base, dependsOn })) as [
        Ticket,
        Ticket,
        Ticket,
      ];
      const result = mergeTickets(one, two, three);
      return "merged" in result ? result.merged.dependsOn : [];
    };
    expect(merge(["b", "c", "d"], ["a", "b", "c"], ["c", "d", "e"])).toEqual(["a", "c", "e"]);
    expect(merge(["z", "a"], ["z", "a"], ["z", "a", "m"])).toEqual(["z", "a", "m"]);
    expect(merge(["a"], ["a", "b"], ["a", "b"])).toEqual(["a", "b"]);
  });
});

describe("bodies", () => {
  test("entries come in the order theirs, mine, in the section of each, which is made if need be", () => {
    const theirs = appendEvent(appendEvent(body, event("t1", "T1")), event("t2", "T2", "feedback"));
    const mine = appendEvent(appendEvent(body, event("m1", "M1")), event("m2", "M2", "plan"));
    const merged = bodyAfter(theirs, mine);
    expect(readEvents(merged).map(({ id }) => id)).toEqual(["t1", "m1", "t2", "m2"]);
    expect(merged.match(/^## .*$/gm)).toEqual([
      "## Description",
      "## Acceptance Criteria",
      "## Comments",
      "## Notes",
      "## Feedback",
      "## Thread",
    ]);
  });

  test("entries that people wrote under the same heading are both kept", () => {
    const entry = (text: string) =>
      body.replace("## Comments\n", `## Comments\n\n### From QA (2025-01-01 00:00)\n\n${text}\n`);
    expect(readEvents(bodyAfter(entry("T"), entry("M"))).map(({ text }) => text)).toEqual(["T", "M"]);
  });

  test("what one side took out is gone, unless the other changed it", () => {
    const before = appendEvent(appendEvent(body, event("a", "A")), event("b", "B"));
    const withoutA = appendEvent(body, event("b", "B"));
    const longer = appendEvent(before, event("c", "C"));
    expect(readEvents(bodyAfter(withoutA, longer, before)).map(({ id }) => id)).toEqual(["b", "c"]);
    expect(readEvents(bodyAfter(longer, withoutA, before)).map(({ id }) => id)).toEqual(["b", "c"]);
    expect(bodyAfter(withoutA, before.replace("A\n", "A!\n"), before)).toBe("conflicts: event a");
  });

  test("a section that goes stays for an entry that the other side put into it", () => {
    const withoutComments = body.replace("## Comments\n\n", "");
    const commented = appendEvent(body, event("e", "E"));
    for (const merged of [bodyAfter(withoutComments, commented), bodyAfter(commented, withoutComments)]) {
      expect(readEvents(merged)).toMatchObject([{ id: "e", kind: "comment" }]);
    }
  });

  test("new sections stand behind the one that they were written behind", () => {
    const theirs = body.replace("## Comments\n", "## Plan\n\np\n\n## Comments\n");
    const mine = body.replace("## Acceptance", "## Why\n\nw\n\n## Acceptance");
    expect(bodyAfter(theirs, mine)).toBe(theirs.replace("## Acceptance", "## Why\n\nw\n\n## Acceptance"));
  });
});

describe("criteria", () => {
  test("ticks, new wordings, added and removed items of either side merge", () => {
    const theirs = appendCriterion(changeCriterion(body, 1, { checked: true }) ?? "", "three");
    const mine = appendCriterion(changeCriterion(body, 2, { text: "2" }) ?? "", "four");
    expect(readCriteria(bodyAfter(theirs, mine)).map(({ text, checked }) => [text, checked])).toEqual([
      ["one", true],
      ["2", false],
      ["three", false],
      ["four", false],
    ]);
    const shorter = body.replace("- [ ] two\n", "");
    expect(readCriteria(bodyAfter(theirs, shorter)).map(({ text }) => text)).toEqual(["one", "three"]);
    expect(bodyAfter(changeCriterion(body, 2, { checked: true }) ?? "", shorter)).toBe(
      "conflicts: ## Acceptance Criteria",
    );
  });

  test("a tick and a new wording of one item merge; text around the list is taken from the side that changed it", () => {
    const ticked = changeCriterion(body, 1, { checked: true }) ?? "";
    const worded = (changeCriterion(body, 1, { text: "uno" }) ?? "").replace(
      "- [ ] uno",
      "Do these:\n\n- [ ] uno",
    );
    const both = body.replace("- [ ] one", "Do these:\n\n- [x] uno");
    expect(bodyAfter(ticked, worded)).toBe(both);
    expect(bodyAfter(worded, ticked)).toBe(both);
    expect(bodyAfter(worded, ticked.replace("- [x]", "Else:\n\n- [x]"))).toBe(
      "conflicts: ## Acceptance Criteria",
    );
  });

  test("what both put in the place of the placeholder is two criteria", () => {
    const before = newBody();
    const merged = bodyAfter(appendCriterion(before, "a"), appendCriterion(before, "b"), before);
    expect(readCriteria(merged).map(({ text }) => text)).toEqual(["a", "b"]);
  });
});
