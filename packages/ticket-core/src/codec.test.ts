import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTicket, decodeTicketBytes, encodeTicket } from "./codec.js";
import { isTicketError } from "./errors.js";
import type { Ticket } from "./ticket.js";

const plain = `---
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

# Title: with colon

## Description

text
`;

const byHand = `---\r
# who wrote this
id:   'tk-1a2b'   # the id\r
state: "review"\r
type: task
priority:    3
depends_on:
    # first comes this
    - tk-3c4d    # needs it
    - "tk-5e6f"
labels: [ui,  'a, b']
owner: {name: Ann, since: 2020-01-01}
blocks:
assigned_agent_id:   # nobody
weird key: 0x1F
multi: |
  two
  lines
---
no title here`;

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    "Z",
    "0",
    " ",
    ":",
    "#",
    "-",
    "'",
    '"',
    "\\",
    "é",
    "日",
    "🎈",
    "[",
    "{",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    ",",
    "~",
    "\u2028",
    "\u0085",
  ),
});
const line = text.filter((value) => value !== "" && value.trim() !== "");
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const fieldValue = fc.oneof(
  text,
  fc.integer({ min: -1e9, max: 1e9 }),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.constantFrom("no", "1e3", "0x10", "2024-01-01", "null", "~", "true", ".inf"),
);

const tickets: fc.Arbitrary<Ticket> = fc.record({
  id: fc.stringMatching(/^tk-[0-9a-f]{4,8}$/),
  type: word,
  priority: fc.integer({ min: 0, max: 4 }),
  state: word,
  assignedAgentId: fc.option(line, { nil: undefined }),
  assignedAt: fc.option(fc.constantFrom("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+02:00"), {
    nil: undefined,
  }),
  leaseEpoch: fc.nat(1000),
  parent: fc.option(fc.stringMatching(/^tk-[0-9a-f]{4,8}$/), { nil: undefined }),
  dependsOn: fc.uniqueArray(fc.stringMatching(/^tk-[0-9a-f]{4}$/), { maxLength: 4 }),
  blocks: fc.uniqueArray(line, { maxLength: 3 }),
  labels: fc.uniqueArray(line, { maxLength: 3 }),
  readiness: fc.option(line, { nil: undefined }),
  needsPreflight: fc.option(fc.boolean(), { nil: undefined }),
  riskFlags: fc.uniqueArray(line, { maxLength: 3 }),
  actionRequired: fc.option(
    fc.record({
      reason: line,
      since: fc.option(fc.constant("2026-01-02T03:04:05Z"), { nil: undefined }),
      by: fc.option(line, { nil: undefined }),
    }),
    { nil: undefined },
  ),
  references: fc.array(fc.record({ kind: word, target: line }), { maxLength: 3 }),
  createdAt: fc.constant("2026-01-02T03:00:00Z"),
  createdBy: fc.option(line, { nil: undefined }),
  updatedAt: fc.option(fc.constant("2026-01-03T03:00:00Z"), { nil: undefined }),
  title: line,
  preamble: fc.constant("\n"),
  body: fc.string().map((value) => value.replaceAll("\0", "").replace(/^[<>]{7} /gm, "")),
  fields: fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{2,9}x$/), fieldValue, { maxKeys: 3 }),
});

const same = (left: Ticket, right: Ticket) =>
  expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)));

describe("codec", () => {
  // P18
  test("any ticket comes back as it was given, and writing it again changes no byte", () => {
    fc.assert(
      fc.property(tickets, (ticket) => {
        const stored = encodeTicket(ticket);
        const back = decodeTicket(stored);
        same(back, ticket);
        expect(encodeTicket(back, stored)).toBe(stored);
      }),
      { numRuns: 500 },
    );
  });

  test("from any stored ticket to any other: what is read is what was written, unknown keys stay", () => {
    fc.assert(
      fc.property(tickets, tickets, (before, after) => {
        const stored = encodeTicket(before);
        const written = encodeTicket(after, stored);
        same(decodeTicket(written), after);
      }),
      { numRuns: 500 },
    );
  });

  // P2 P40
  test("a change of one value changes that line and no other, in files written by hand, too", () => {
    for (const file of [plain, byHand]) {
      const ticket = decodeTicket(file);
      expect(encodeTicket(ticket, file)).toBe(file);
      const written = encodeTicket({ ...ticket, state: "qa", priority: 0 }, file);
      expect(decodeTicket(written)).toEqual({ ...ticket, state: "qa", priority: 0 });
      const [old, fresh] = [file.split("\n"), written.split("\n")];
      expect(fresh.length).toBe(old.length);
      const changed = old.filter((text, index) => text !== fresh[index]);
      expect(changed.map((text) => text.split(":")[0])).toEqual(
        file === plain ? ["priority", "state"] : ["state", "priority"],
      );
    }
  });

  test("comments at items that stay are kept; an empty value gets one and loses it again", () => {
    const ticket = decodeTicket(byHand);
    expect(ticket.dependsOn).toEqual(["tk-3c4d", "tk-5e6f"]);
    expect(ticket.labels).toEqual(["ui", "a, b"]);
    const written = encodeTicket(
      { ...ticket, dependsOn: ["tk-3c4d", "tk-7a7a"], assignedAgentId: "worker-1" },
      byHand,
    );
    expect(written).toContain("    # first comes this\n    - tk-3c4d    # needs it\n    - tk-7a7a\n");
    expect(written).toContain("assigned_agent_id: worker-1   # nobody\n");
    expect(written).toContain("owner: {name: Ann, since: 2020-01-01}\n");
    expect(decodeTicket(written).fields).toEqual(ticket.fields);
    const back = encodeTicket(ticket, written);
    expect(decodeTicket(back)).toEqual(ticket);
  });

  test("a new ticket has the documented shape", () => {
    const ticket = decodeTicket(plain);
    expect(encodeTicket(ticket)).toBe(plain);
  });

  // P14
  test.each([
    ["no front matter", "# Title\n", 1],
    ["front matter without an end", "---\nid: tk-1\n", 1],
    ["broken YAML", "---\nid: tk-1\ntype: [a\nstate: b\n---\n", undefined],
    ["a key twice", "---\nid: tk-1\ntype: task\nstate: ready\nstate: done\n---\n", 5],
    [
      "conflict markers",
      "---\nid: tk-1\n<<<<<<< ours\nstate: a\n=======\nstate: b\n>>>>>>> theirs\n---\n",
      3,
    ],
    [
      "conflict markers in the body",
      "---\nid: tk-1\ntype: task\nstate: ready\n---\n\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
      7,
    ],
    ["a list as state", "---\nid: tk-1\ntype: task\nstate: [a]\n---\n", 4],
    ["a word as priority", "---\nid: tk-1\ntype: task\nstate: a\npriority: high\n---\n", 5],
    ["no id", "---\ntype: task\nstate: a\n---\n", 1],
    ["another id", "---\nid: tk-2\ntype: task\nstate: a\n---\n", 2],
    ["a NUL", "---\nid: tk-1\ntype: task\nstate: a\n---\n\0", 6],
    [
      "an alias bomb",
      `---\nid: tk-1\ntype: task\nstate: a\na: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c]\n---\n`,
      undefined,
    ],
  ])("%s is refused with file and line", (_name, file, line) => {
    let caught: unknown;
    try {
      decodeTicket(file, { path: "tk-1.md" });
    } catch (error) {
      caught = error;
    }
    if (!isTicketError(caught, "TICKET_UNREADABLE")) throw caught;
    expect(caught.message.length).toBeLessThan(400);
    expect(caught.message).toContain("tk-1.md");
    if (line !== undefined) expect(caught.data.line).toBe(line);
  });

  test("bytes that are no text, and too many of them, are refused", () => {
    expect(() => decodeTicketBytes(new Uint8Array([0x2d, 0x2d, 0x2d, 0x0a, 0xff, 0xfe]))).toThrow(/UTF-8/);
    expect(() => decodeTicketBytes(new Uint8Array(17 * 1024 * 1024))).toThrow(/16 MiB/);
  });

  test("any bytes at all are either read or refused, never a crash", () => {
    fc.assert(
      fc.property(fc.nat(plain.length), fc.nat(20), text, (at, cut, inserted) => {
        const mutated = plain.slice(0, at) + inserted + plain.slice(at + cut);
        let ticket: Ticket;
        try {
          ticket = decodeTicket(mutated);
        } catch (error) {
          if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
          return;
        }
        expect(encodeTicket(ticket, mutated)).toBe(mutated);
      }),
      { numRuns: 1000 },
    );
  });

  test("ten megabytes are read and written", () => {
    const ticket = decodeTicket(plain);
    const big = encodeTicket({ ...ticket, body: "x y z\n".repeat(1_700_000) }, plain);
    expect(encodeTicket({ ...decodeTicket(big), state: "review" }, big).length).toBe(
      big.length - "in-progress".length + "review".length,
    );
  });
});
