import { describe, expect, test } from "vitest";
import { readBead } from "./beads-record.js";
import { findId } from "./find-id.js";
import { isMember } from "./list-members.js";
import type { ListedTicket } from "./listed-ticket.js";
import { drawId, idPrefix } from "./new-id.js";
import { relatedSections } from "./related-tickets.js";
import { blockedLine, blockedTickets, listLine, passes, readyLine, readyTickets } from "./ticket-lines.js";

function ticket(id: string, more: Partial<ListedTicket> = {}): ListedTicket {
  const usual = { status: "open", title: "T", priority: "2", assignee: "", parent: "" };
  const isClosed = more.status === "closed";
  return { id, ...usual, deps: [], links: [], tags: [], isOver: isClosed, isDelivered: isClosed, ...more };
}

describe("which tickets", () => {
  test("ready: every dependency closed; a missing one blocks, a `done` one too; priority as a number, then id", () => {
    const all = [
      ticket("b", { priority: "10" }),
      ticket("c", { priority: "2", status: "in_progress", deps: ["closed"] }),
      ticket("a", { priority: "2" }),
      ticket("closed", { status: "closed" }),
      ticket("done", { status: "done" }),
      ticket("d", { deps: ["gone", "closed"] }),
      ticket("e", { deps: ["done"] }),
      ticket("f", { priority: "high" }),
    ];
    expect(readyTickets(all).map(({ id }) => id)).toEqual(["a", "c", "b", "f"]);
    expect(blockedTickets(all).map(({ ticket: { id }, waitsFor }) => [id, waitsFor])).toEqual([
      ["d", ["gone"]],
      ["e", ["done"]],
    ]);
  });

  test("filters are exact", () => {
    const one = ticket("a", { assignee: "Jane Doe", tags: ["ui", "api"] });
    expect(passes(one, { assignee: "Jane Doe", tag: "ui", status: "open" })).toBe(true);
    expect(passes(one, { assignee: "Jane" })).toBe(false);
    expect(passes(one, { tag: "u" })).toBe(false);
    expect(passes(one, { status: "closed" })).toBe(false);
  });
});

test("lines: ids padded to eight, a title with a pipe whole", () => {
  const one = ticket("ab-1", { title: "a | b", deps: ["x", "y"] });
  expect(listLine(one)).toBe("ab-1     [open] - a | b <- [x, y]");
  expect(listLine(ticket("a-long-identifier"))).toBe("a-long-identifier [open] - T");
  expect(readyLine(one)).toBe("ab-1     [P2][open] - a | b");
  expect(blockedLine(one, ["y"])).toBe("ab-1     [P2][open] - a | b <- [y]");
});

test("sections below a ticket: only those with items; an id without a file has neither status nor title", () => {
  const main = ticket("m", { deps: ["gone", "c", "o"], links: ["l", "gone"] });
  const all = [
    main,
    ticket("o"),
    ticket("c", { status: "closed" }),
    ticket("l", { status: "closed" }),
    ticket("z", { deps: ["m"] }),
    ticket("y", { deps: ["m"] }),
    ticket("over", { deps: ["m"], status: "closed" }),
    ticket("child", { parent: "m", status: "closed" }),
  ];
  expect(relatedSections(main, all)).toBe(
    "\n## Blockers\n\n- gone [] \n- o [open] T\n\n## Blocking\n\n- y [open] T\n- z [open] T\n" +
      "\n## Children\n\n- child [closed] T\n\n## Linked\n\n- l [closed] T\n- gone [] \n",
  );
  expect(relatedSections(ticket("alone"), all)).toBe("");
});

describe("ids", () => {
  test("prefixes of new ones", () => {
    const names = { "my-cool-app": "mca", plan: "pla", my_app: "ma", A: "A", "MyApp-two": "Mt", "": "tk" };
    for (const [name, prefix] of Object.entries(names)) expect(idPrefix(name)).toBe(prefix);
    expect(idPrefix("a,b")).toBe("ab");
    expect(idPrefix(".x")).toBe("x");
    for (const name of ["- -", "/", "..", "]", "日本-語"]) expect(isMember(idPrefix(name))).toBe(true);
  });

  test("a drawn one", () => {
    expect(drawId("pla", (below) => below - 1)).toBe("pla-9999");
  });

  test("lookup: exact first, else anywhere; literal; nothing is not everything", () => {
    const ids = ["ab-1", "ab-12", "cd-2", "x*y"];
    expect(findId(" ab-1 ", ids)).toEqual({ kind: "one", id: "ab-1" });
    expect(findId("12", ids)).toEqual({ kind: "one", id: "ab-12" });
    expect(findId("ab", ids)).toEqual({ kind: "several", candidates: ["ab-1", "ab-12"] });
    expect(findId("*", ids)).toEqual({ kind: "one", id: "x*y" });
    for (const none of ["", "  ", "?", "[a]", "../ab-1"]) expect(findId(none, ids)).toEqual({ kind: "none" });
  });
});

describe("a record of beads", () => {
  const now = "2026-01-02T03:04:05Z";

  test("the fields of the contract, and what has no place is named", () => {
    const read = readBead(
      JSON.stringify({
        id: "bd-1",
        title: "T",
        status: "in_progress",
        priority: 0,
        issue_type: "bug",
        created_at: "2025-01-01T00:00:00Z",
        external_ref: "GH-1",
        labels: ["ui"],
        dependencies: [
          { type: "blocks", depends_on_id: "bd-2" },
          { type: "related", depends_on_id: "bd-3" },
          { type: "parent-child", depends_on_id: "bd-4" },
          { type: "parent-child", depends_on_id: "bd-5" },
          { type: "discovered-from", depends_on_id: "bd-6" },
        ],
      }),
      now,
    );
    expect(read).toMatchObject({
      kind: "ticket",
      parts: {
        id: "bd-1",
        status: "in_progress",
        priority: "0",
        deps: ["bd-2"],
        links: ["bd-3"],
        parent: "bd-4",
      },
      notes: [
        expect.stringContaining("bd-5"),
        expect.stringContaining("discovered-from"),
        expect.stringContaining("labels"),
      ],
    });
  });

  test("defaults", () => {
    expect(readBead('{"id":"x"}', now)).toMatchObject({
      parts: { title: "Untitled", status: "open", created: now, type: "task", priority: "2", deps: [] },
    });
  });

  test.each([
    "{",
    "3",
    "{}",
    '{"id":"../x"}',
    '{"id":"a,b"}',
    '{"id":"a","status":"open\\nid: b"}',
    '{"id":"a","title":3}',
    '{"id":"a","priority":{}}',
    '{"id":"a","dependencies":[{"type":"blocks"}]}',
    '{"id":"a","dependencies":{}}',
  ])("what is none is refused: %s", (line) => {
    expect(readBead(line, now)).toMatchObject({ kind: "fault", message: expect.stringMatching(/\S/) });
  });
});
