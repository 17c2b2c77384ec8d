import { describe, expect, test } from "vitest";
import { decodeTicket, decodeTicketBytes, encodeTicket, maxTicketBytes, ticketTextOf } from "./codec.js";
import { isTicketError, type TicketError } from "./errors.js";
import { plainTicket } from "./testing/nasty-tickets.js";

const text = encodeTicket(plainTicket({ dependsOn: ["tk-3c4d"] }));

function refusalOf(run: () => unknown): TicketError {
  try {
    run();
  } catch (error) {
    if (isTicketError(error)) return error;
    throw error;
  }
  throw new Error("Nothing was refused");
}

const bomb = [
  "a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]",
  ...[..."bcdefgh"].map(
    (name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index]}`).join(", ")}]`,
  ),
].join("\n");

describe("unreadable", () => {
  // P14
  test.each<[string, string, number | undefined]>([
    ["no front matter", "# Title\n", 1],
    ["nothing at all", "", 1],
    ["front matter without an end", text.replace("\n---\n", "\n"), 1],
    ["an end that is not exact", text.replace("\n---\n", "\n--- \n"), 1],
    ["malformed YAML", text.replace("priority: 1", "priority: [1"), undefined],
    ["a key twice", text.replace("priority: 1", "priority: 1\nstate: done"), 6],
    ["a key twice, with quotes", text.replace("priority: 1", 'priority: 1\n"id": x'), 5],
    ["a key twice within a value", text.replace("priority: 1", "priority: 1\nx: {a: 1, a: 2}"), 5],
    [
      "a conflict in the front matter",
      text.replace("state: ready", "<<<<<<< HEAD\nstate: ready\n=======\nstate: done\n>>>>>>> x"),
      5,
    ],
    ["the middle of a conflict", text.replace("state: ready", "=======\nstate: ready"), 5],
    ["a conflict in the body", `${text}\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n`, 27],
    ["a NUL character", `${text}\n\0`, 27],
    ["no id", text.replace("id: tk-1a2b\n", ""), undefined],
    ["no state", text.replace("state: ready", "state:"), undefined],
    ["a list", text.replace(/---\n[\s\S]*?\n---/, "---\n- id: tk-1a2b\n---"), 2],
    ["braces", text.replace(/---\n[\s\S]*?\n---/, "---\n{id: tk-1a2b}\n---"), 2],
    ["priority as text", text.replace("priority: 1", "priority: high"), 4],
    ["half a priority", text.replace("priority: 1", "priority: 1.5"), 4],
    ["state as number", text.replace("state: ready", "state: 5"), 5],
    ["dependencies as text", text.replace("depends_on:\n  - tk-3c4d", "depends_on: tk-3c4d"), 8],
    ["numbers in a list", text.replace("blocks: []", "blocks: [1]"), 10],
    ["a flag as text", text.replace("blocks: []", "blocks: []\nneeds_preflight: maybe"), 11],
    ["an alias of nothing", text.replace("priority: 1", "priority: 1\nx: *nothing"), 5],
    ["an alias of itself", text.replace("priority: 1", "priority: 1\nx: &x [*x]"), 5],
    ["aliases that multiply", text.replace("priority: 1", `priority: 1\n${bomb}`), undefined],
    [
      "brackets in brackets",
      text.replace("priority: 1", `priority: 1\nx: ${"[".repeat(500)}${"]".repeat(500)}`),
      undefined,
    ],
    [
      "thousands of brackets",
      text.replace("priority: 1", `priority: 1\nx: ${"[".repeat(100_000)}`),
      undefined,
    ],
    ["a key that is a list", text.replace("priority: 1", "priority: 1\n? [a]\n: b"), undefined],
    ["two documents", text.replace("priority: 1", "priority: 1\n...\nb: 1"), undefined],
    ["a lone carriage return", text.replace("priority: 1", "priority: 1\rx: 2"), 4],
    [
      "a front matter of 2 MB",
      text.replace("priority: 1", `priority: 1\nx: "${"y".repeat(2_000_000)}"`),
      undefined,
    ],
  ])("%s", (_name, source, line) => {
    const error = refusalOf(() => decodeTicket(source, { path: "5c/tk-1a2b.md" }));
    expect(error.code).toBe("TICKET_UNREADABLE");
    expect(error.data).toMatchObject({
      id: "tk-1a2b",
      path: "5c/tk-1a2b.md",
      ...(line !== undefined && { line }),
    });
    expect(error.message).toContain("tk-1a2b.md");
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    expect(error.hint).toBeDefined();
  });

  test("an id that is not the name of the file", () => {
    expect(refusalOf(() => decodeTicket(text, { path: "tk-1.md" })).data).toMatchObject({ id: "tk-1" });
    expect(decodeTicket(text, { path: "1a/tk-1a2b.md" }).id).toBe("tk-1a2b");
    expect(decodeTicket(text).id).toBe("tk-1a2b");
  });

  test("more than 16 MiB, as text and as bytes", () => {
    const large = `${text}${"é".repeat(maxTicketBytes / 2)}`;
    const bytes = new TextEncoder().encode(large);
    expect(refusalOf(() => decodeTicket(large)).code).toBe("TICKET_UNREADABLE");
    expect(refusalOf(() => decodeTicketBytes(bytes)).code).toBe("TICKET_UNREADABLE");
    expect(refusalOf(() => encodeTicket(plainTicket({ body: "é".repeat(maxTicketBytes / 2) }))).code).toBe(
      "TICKET_INVALID",
    );
    expect(decodeTicketBytes(bytes.subarray(0, text.length + 2)).id).toBe("tk-1a2b");
  });

  test("bytes that are no UTF-8; a byte order mark is none of them and stays", () => {
    const bytes = new TextEncoder().encode(`\uFEFF${text}`);
    expect(ticketTextOf(bytes)).toBe(`\uFEFF${text}`);
    expect(decodeTicketBytes(bytes).title).toBe("Title");
    const broken = Uint8Array.of(...bytes, 0xff);
    expect(refusalOf(() => decodeTicketBytes(broken, { path: "tk-1a2b.md" })).code).toBe("TICKET_UNREADABLE");
  });

  test("control characters of a path or key are shown escaped", () => {
    const source = text.replace("priority: 1", 'priority: 1\n"\\e[31m": 1\n"\\e[31m": 2');
    const { message } = refusalOf(() => decodeTicket(source, { path: "\u001b]0;x\u0007/tk-1a2b.md" }));
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message).toContain("\\u001b[31m");
  });

  test.each([
    ["three lines in a fence", "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n```\n"],
    ["a heading with a line of seven", "Heading\n=======\n"],
    ["one marker alone", "<<<<<<< HEAD\n"],
    ["the wrong order", ">>>>>>> x\n=======\n<<<<<<< HEAD\n"],
  ])("no conflict: %s", (_name, part) => {
    expect(decodeTicket(text + part).body.endsWith(part)).toBe(true);
  });

  test("an unreadable text is no base for a write", () => {
    expect(refusalOf(() => encodeTicket(plainTicket(), "no ticket")).code).toBe("TICKET_UNREADABLE");
  });
});
