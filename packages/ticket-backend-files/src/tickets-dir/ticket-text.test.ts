import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeText, withField, withListed, withNote, withoutField, withoutListed } from "./edit-text.js";
import { fieldsOf, listedTicket } from "./listed-ticket.js";
import { newTicketText } from "./new-ticket-text.js";
import { fieldOf, isTextFault, listOf, readTicketText, type TicketText } from "./ticket-text.js";

const plain = newTicketText({
  id: "ab-1x2y",
  title: "Title",
  status: "open",
  created: "2026-01-02T03:04:05Z",
  type: "task",
  priority: "2",
});

function read(text: string): TicketText {
  const found = readTicketText(text);
  if (isTextFault(found)) throw new Error(`line ${found.line}: ${found.message}`);
  return found;
}

describe("a new file", () => {
  test("is what tk writes, byte for byte", () => {
    const text = newTicketText({
      id: "ab-1x2y",
      title: "Title",
      status: "open",
      created: "2026-01-02T03:04:05Z",
      type: "task",
      priority: "2",
      assignee: "Jane Doe",
      externalRef: "GH-12",
      parent: "ab-9z8w",
      tags: ["ui", "backend"],
      description: "Description text",
      design: "text",
      acceptance: "text",
    });
    expect(text).toBe(`---
id: ab-1x2y
status: open
deps: []
links: []
created: 2026-01-02T03:04:05Z
type: task
priority: 2
assignee: Jane Doe
external-ref: GH-12
parent: ab-9z8w
tags: [ui, backend]
---
# Title

Description text

## Design

text

## Acceptance Criteria

text

`);
  });

  test("of a title only ends after the empty line below it", () => {
    expect(plain.endsWith("---\n# Title\n\n")).toBe(true);
  });
});

describe("reading", () => {
  test("only the first block is front matter, whatever the body has", () => {
    const ticket = read(`${plain}text\n---\nstatus: closed\ndeps: [x-1]\n---\n# Another\n`);
    expect(listedTicket("ab-1x2y", ticket)).toMatchObject({ status: "open", deps: [], title: "Title" });
  });

  test("a value is the whole rest of its line", () => {
    const ticket = read("---\nurl: https://a.b: c: d  \nempty:\n---\n# t: u: v\n");
    expect(fieldOf(ticket, "url")).toBe("https://a.b: c: d");
    expect(fieldOf(ticket, "empty")).toBe("");
    expect(ticket.title).toBe("t: u: v");
  });

  test("the title may stand below other text; there may be none", () => {
    expect(read("---\nid: a\n---\n\n## No\n# Yes\n# Not this\n").title).toBe("Yes");
    expect(read("---\nid: a\n---\n").title).toBe("");
  });

  test("lists over several lines, as a person's YAML has them, are lists", () => {
    const ticket = read('---\ndeps:\n  - a-1\n  - "a-2"\ntags:\n- ui\nnote: x\n  more\n---\n# T\n');
    expect(listedTicket("t", ticket)).toMatchObject({ deps: ["a-1", "a-2"], tags: ["ui"] });
    expect(fieldOf(ticket, "note")).toBe("x");
    expect(withoutListed(ticket, "deps", "a-1")).toBe(
      "---\ndeps: [a-2]\ntags:\n- ui\nnote: x\n  more\n---\n# T\n",
    );
  });

  test("a file without a block says where it should begin, or end", () => {
    expect(readTicketText("# T\n")).toMatchObject({ line: 1, message: expect.stringContaining("`---`") });
    expect(readTicketText("")).toMatchObject({ line: 1 });
    expect(readTicketText("---\nid: a\n# T\n")).toMatchObject({
      line: 1,
      message: expect.stringContaining("no closing"),
    });
  });

  test("all keys in file order, `__proto__` too; of two equal ones the first", () => {
    const ticket = read("---\nz: 1\n__proto__: 2\ndeps: [a, b]\nz: 3\n---\n# T\n");
    expect(JSON.stringify(fieldsOf(ticket))).toBe('{"z":"1","__proto__":"2","deps":["a","b"]}');
  });
});

describe("changing", () => {
  const value = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, " ").trim());
  const key = fc.constantFrom("id", "status", "deps", "links", "created", "priority", "assignee", "x-new");

  test("one value: every other byte stays, and it can be read again", () => {
    fc.assert(
      fc.property(key, value, fc.string({ unit: "binary" }), fc.boolean(), (name, wanted, body, isDos) => {
        const text = (isDos ? plain.replaceAll("\n", "\r\n") : plain) + body;
        const ticket = read(text);
        const changed = withField(ticket, name, wanted);
        const again = read(changed);
        expect(fieldOf(again, name)).toBe(wanted);
        const others = (file: TicketText) =>
          file.fields
            .filter((field) => field.key !== name)
            .map(({ start, end }) => file.text.slice(start, end));
        expect(others(again)).toEqual(others(ticket));
        expect(changed.slice(again.bodyStart)).toBe(text.slice(ticket.bodyStart));
        if (fieldOf(ticket, name) === wanted) expect(changed).toBe(text);
        expect(changed.replaceAll("\r\n", "").includes("\n") && isDos && !body.includes("\n")).toBe(false);
      }),
    );
  });

  test("a key that is missing stands right after the opening line; taken away, all is as before", () => {
    const ticket = read(plain);
    const changed = withField(ticket, "assignee", "Jane");
    expect(changed).toBe(plain.replace("---\n", "---\nassignee: Jane\n"));
    expect(withoutField(read(changed), "assignee")).toBe(plain);
    expect(withoutField(ticket, "assignee")).toBe(plain);
  });

  test("the same value is no change, however the line is written", () => {
    const odd = plain.replace("status: open", "status:   open   ");
    expect(withField(read(odd), "status", "open")).toBe(odd);
  });

  test("list members are whole ids: t-1 is neither in [t-10] nor taken out of it", () => {
    const ten = withListed(read(plain), "deps", ["t-10"]);
    expect(withoutListed(read(ten), "deps", "t-1")).toBe(ten);
    const both = withListed(read(ten), "deps", ["t-1", "t-10", "t-1"]);
    expect(listOf(fieldOf(read(both), "deps") ?? "")).toEqual(["t-10", "t-1"]);
    expect(withoutListed(read(both), "deps", "t-1")).toBe(ten);
  });

  test("a list where there is no line for it", () => {
    const ticket = read(plain.replace("links: []\n", ""));
    expect(withListed(ticket, "links", ["b-2"])).toContain("---\nlinks: [b-2]\nid: ab-1x2y\n");
  });

  test("notes: the heading once, at the end always, also without a last line end", () => {
    const first = withNote(read(`${plain}last`), "2026-01-02T03:04:05Z", "one\ntwo");
    expect(first).toBe(`${plain}last\n\n## Notes\n\n**2026-01-02T03:04:05Z**\n\none\ntwo\n`);
    const second = withNote(read(first), "2026-01-02T03:04:06Z", "");
    expect(second).toBe(`${first}\n**2026-01-02T03:04:06Z**\n\n\n`);
  });

  test("several changes in one go", () => {
    const changed = changeText(
      read(plain),
      (ticket) => withField(ticket, "status", "closed"),
      (ticket) => withListed(ticket, "deps", ["a"]),
    );
    expect(listedTicket("x", read(changed))).toMatchObject({ status: "closed", deps: ["a"] });
  });
});
