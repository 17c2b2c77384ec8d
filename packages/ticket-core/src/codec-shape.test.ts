import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { newBody } from "./body.js";
import { decodeTicket, encodeTicket } from "./codec.js";
import { isTicketError } from "./errors.js";
import { plainTicket } from "./testing/nasty-tickets.js";
import type { Ticket } from "./ticket.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const fresh = `---
id: tk-1a2b
type: feature
priority: 1
state: in-progress
assigned_agent_id: worker-0
assigned_at: 2026-01-02T03:04:05Z
depends_on:
  - tk-3c4d
blocks: []
created_at: 2026-01-02T03:00:00Z
created_by: supervisor
---

# Title

## Description

text

## Acceptance Criteria

- [ ] one

## Comments
`;

describe("shape", () => {
  test("a new ticket is written as the reference has it", () => {
    const ticket = plainTicket({
      state: "in-progress",
      assignedAgentId: "worker-0",
      assignedAt: "2026-01-02T03:04:05Z",
      dependsOn: ["tk-3c4d"],
      body: newBody({ description: "text", acceptanceCriteria: ["one"] }),
    });
    expect(encodeTicket(ticket)).toBe(fresh);
    expect(decodeTicket(fresh)).toEqual(ticket);
  });

  test("further keys follow in their order, and only where there is something to say", () => {
    const ticket = plainTicket({
      leaseEpoch: 2,
      parent: "tk-9",
      labels: ["auth"],
      readiness: "ready_for_worker",
      needsPreflight: false,
      riskFlags: ["data loss"],
      actionRequired: { reason: "Which one: A or B?", since: "2026-01-02T03:00:00Z", by: "worker-0" },
      references: [{ kind: "url", target: "https://x.y/#z" }],
      updatedAt: "2026-01-02T03:00:00Z",
      fields: { reviewer: "anna", size: 3 },
    });
    const written = encodeTicket(ticket).split("---\n")[1];
    expect(written?.slice(written.indexOf("created_by"))).toBe(`created_by: supervisor
lease_epoch: 2
parent: tk-9
labels:
  - auth
readiness: ready_for_worker
needs_preflight: false
risk_flags:
  - data loss
action_required: "Which one: A or B?"
action_required_since: 2026-01-02T03:00:00Z
action_required_by: worker-0
references:
  - url:https://x.y/#z
updated_at: 2026-01-02T03:00:00Z
reviewer: anna
size: 3
`);
    // Key by key into a file that had none of them: the same file.
    expect(encodeTicket(ticket, encodeTicket(plainTicket()))).toBe(encodeTicket(ticket));
  });

  test("what was put in and taken out again leaves the file as it was", () => {
    const before = decodeTicket(fresh);
    const asked = {
      ...before,
      actionRequired: { reason: "Look", by: "x" },
      labels: ["a"],
      fields: { note: "n" },
    };
    const text = encodeTicket(asked, fresh);
    expect(encodeTicket({ ...asked, actionRequired: undefined, fields: {} }, text)).toBe(
      fresh.replace("created_by: supervisor\n", "created_by: supervisor\nlabels:\n  - a\n"),
    );
  });
});

const byHand = `---
# Identity
id: tk-5c46
type: feature        # feature | bug | task | epic | chore
priority: 1          # 0 (highest) to 4 (lowest)

# State (unified)
state: 'in-progress'

# Assignment
assigned_agent_id: worker-0 # since Monday
assigned_at: 2025-07-14T12:30:00+02:00

# Dependencies
depends_on:
  - tk-3a1b    # the login
  - tk-7d2e
blocks: [tk-9f3c]   # by a person
due: {date: 2025-08-01, hard: yes}
created_at: 2025-07-14T09:00:00Z
created_by: supervisor
parent: tk-11   # the epic
owner: # of the code
  name: anna   # until May
---

# Implement auth middleware

## Description

Add it.`;

describe("a file that a person wrote", () => {
  test("is read with comments, quotes, offsets and nesting", () => {
    expect(decodeTicket(byHand)).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-0",
      assignedAt: "2025-07-14T10:30:00Z",
      dependsOn: ["tk-3a1b", "tk-7d2e"],
      blocks: ["tk-9f3c"],
      fields: { due: { date: "2025-08-01", hard: "yes" }, owner: { name: "anna" } },
      title: "Implement auth middleware",
    });
  });

  // P2, P40
  test.each<[string, Partial<Ticket>, readonly (readonly [string, string])[]]>([
    ["state", { state: "review" }, [["'in-progress'", "review"]]],
    [
      "holder",
      { assignedAgentId: undefined, assignedAt: undefined },
      [
        ["id: worker-0 # since", "id: # since"],
        ["assigned_at: 2025-07-14T12:30:00+02:00", "assigned_at:"],
      ],
    ],
    ["a dependency more", { dependsOn: ["tk-3a1b", "tk-5", "tk-7d2e"] }, [["login\n", "login\n  - tk-5\n"]]],
    ["a dependency less", { dependsOn: ["tk-3a1b"] }, [["  - tk-7d2e\n", ""]]],
    [
      "no dependencies",
      { dependsOn: [] },
      [["depends_on:\n  - tk-3a1b    # the login\n  - tk-7d2e\n", "depends_on: []\n"]],
    ],
    ["blocks", { blocks: ["tk-1", "tk-9f3c"] }, [["[tk-9f3c]", "[tk-1, tk-9f3c]"]]],
    ["labels", { labels: ["a"] }, [["the epic\n", "the epic\nlabels:\n  - a\n"]]],
    [
      "a field",
      { fields: { due: "never", owner: { name: "anna" } } },
      [["{date: 2025-08-01, hard: yes}", "never"]],
    ],
    ["a field gone", { fields: { owner: { name: "anna" } } }, [["due: {date: 2025-08-01, hard: yes}\n", ""]]],
    ["a parent gone", { parent: undefined }, [["parent: tk-11   # the epic", "# the epic"]]],
    [
      "a nested field",
      { fields: { due: { date: "2025-08-01", hard: "yes" }, owner: "bert" } },
      [["owner: # of the code\n  name: anna   # until May\n", "owner: bert # of the code\n"]],
    ],
    ["title", { title: "no" }, [["# Implement auth middleware", "# no"]]],
    ["epoch", { leaseEpoch: 1 }, [["created_by: supervisor\n", "created_by: supervisor\nlease_epoch: 1\n"]]],
  ])("only the value changes: %s", (_name, change, replacements) => {
    for (const lineEnd of ["\n", "\r\n"]) {
      for (const mark of ["", "\uFEFF"]) {
        const asIn = (text: string) => mark + text.replaceAll("\n", lineEnd);
        const before = asIn(byHand);
        const wanted = replacements.reduce((text, [from, to]) => text.replace(from, to), byHand);
        expect(encodeTicket({ ...decodeTicket(before), ...change }, before)).toBe(asIn(wanted));
      }
    }
  });

  test("a title needs its line, even at the end of a file without a line end", () => {
    const text = "---\nid: tk-1\ntype: task\nstate: ready\n---\n# Title";
    const ticket = decodeTicket(text);
    expect(ticket).toMatchObject({ title: "Title", preamble: "", body: "", priority: 2 });
    expect(encodeTicket({ ...ticket, title: "Other" }, text)).toBe(text.replace("Title", "Other"));
    expect(encodeTicket({ ...ticket, body: "\nbody" }, text)).toBe(`${text}\n\nbody`);
    const bare = text.replace("\n# Title", "");
    expect(encodeTicket({ ...decodeTicket(bare), title: "New" }, bare)).toBe(`${bare}\n# New\n`);
  });

  test.each([
    ["a comment", "<!--\n# Hidden\n-->\n# Shown\n", "Shown"],
    ["a fence", "```sh\n# Hidden\n```\n# Shown\n", "Shown"],
    ["a section", "## Notes\n\n# Not the title\n", ""],
    ["a smaller heading", "### Three\n# Shown\n", "Shown"],
    ["no text", "# \n#\n#Hidden\n# Shown\n", "Shown"],
    ["an open fence", "```\n# Hidden\n", ""],
  ])("the title is the first heading of level 1 before any section: %s", (_name, below, title) => {
    const text = `---\nid: tk-1\ntype: task\nstate: ready\n---\n${below}`;
    const ticket = decodeTicket(text);
    expect(ticket.title).toBe(title);
    expect(encodeTicket({ ...ticket, priority: 0 }, text)).toBe(
      text.replace("task\n", "task\npriority: 0\n"),
    );
  });
});

describe("values", () => {
  // P18
  test("a title of any characters but control characters comes back as it is", () => {
    const titles = fc.oneof(
      fc.constantFrom(
        "2024-01-01",
        "no",
        "1e3",
        "# x #",
        " x ",
        "---",
        "```",
        "<<<<<<< HEAD",
        "a\\",
        "\u2028",
      ),
      fc.string({ unit: "binary", minLength: 1 }),
    );
    fc.assert(
      fc.property(titles, (title) => {
        fc.pre(!/\p{Cc}/u.test(title));
        expect(decodeTicket(encodeTicket(plainTicket({ title }))).title).toBe(title);
      }),
    );
  });

  test.each<[string, Partial<Ticket>, string]>([
    ["a title of two lines", { title: "a\nb" }, "title"],
    ["a title with a control character", { title: "a\u001b[31mb" }, "title"],
    ["no title but a preamble", { title: "", preamble: "text\n" }, "preamble"],
    ["a heading that would be the title", { title: "", preamble: "", body: "# Other\n" }, "title"],
    ["a preamble with a title", { preamble: "# Other\n" }, "title"],
    ["a field with the name of a key", { fields: { state: "done" } }, "fields"],
    ["an empty id", { id: "" }, ""],
    ["half a priority", { priority: 1.5 }, ""],
    ["a number that is none", { fields: { size: Number.NaN } }, "fields"],
    ["an empty reason", { actionRequired: { reason: "" } }, "actionRequired"],
    ["a kind with a colon", { references: [{ kind: "a:b", target: "c" }] }, "references"],
    ["a body with a NUL", { body: "a\0" }, ""],
    ["a body with half a character", { body: "\ud800" }, ""],
    ["a body with a conflict", { body: "\n<<<<<<< a\n=======\n>>>>>>> b\n" }, ""],
  ])("refused: %s", (_name, change, field) => {
    for (const previous of [undefined, fresh]) {
      try {
        expect(encodeTicket(plainTicket(change), previous)).toBe("refused");
      } catch (error) {
        if (!isTicketError(error, "TICKET_INVALID")) throw error;
        if (field !== "") expect(error.data.field).toBe(field);
        expect(error.message).not.toMatch(/[\u0000-\u001f]/);
      }
    }
  });

  test.each([
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"],
    ["2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z"],
    ["2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"],
    ["2026-01-01 22:04:05-0500", "2026-01-02T03:04:05Z"],
    ["2026-01-02T03:04Z", "2026-01-02T03:04:00Z"],
    ["2026-01-02 03:04:05", "2026-01-02 03:04:05"],
    ["last Monday", "last Monday"],
  ])("a moment %s is read as %s, and its bytes stay", (written, read) => {
    const text = fresh.replace("2026-01-02T03:00:00Z", written);
    const ticket = decodeTicket(text);
    expect(ticket.createdAt).toBe(read);
    expect(encodeTicket({ ...ticket, priority: 3 }, text)).toBe(text.replace("priority: 1", "priority: 3"));
    expect(decodeTicket(encodeTicket(plainTicket({ createdAt: written }))).createdAt).toBe(read);
  });

  test("keys that are dangerous in JavaScript are keys like any other", () => {
    const text = fresh.replace("blocks: []", "blocks: []\n__proto__: 1\nconstructor: {__proto__: x}");
    const { fields } = decodeTicket(text);
    expect(Object.keys(fields)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect(encodeTicket({ ...decodeTicket(text), fields: { ...fields, size: 1 } }, text)).toBe(
      text.replace("supervisor\n", "supervisor\nsize: 1\n"),
    );
  });

  test("numbers that JSON cannot hold are kept as words", () => {
    const text = fresh.replace("blocks: []", "blocks: []\na: 12345678901234567890\nb: .inf\nc: 0x1F\nd: 1e3");
    expect(decodeTicket(text).fields).toEqual({ a: "12345678901234567890", b: ".inf", c: 31, d: 1000 });
  });
});
