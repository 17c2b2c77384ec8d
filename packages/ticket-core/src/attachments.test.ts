import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  checkAttachmentName,
  compareAttachments,
  isAttachmentName,
  maxAttachmentNameBytes,
} from "./attachments.js";
import { isTicketError } from "./errors.js";

// Hundreds of files; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 60_000 });

/** Pieces that names are made dangerous with, between any others. */
const pieces = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "/",
    "\\",
    "\u0000",
    "\u202e",
    "\u200d",
    "~1",
    "CON",
    ".git",
    " ",
    "-",
    "e\u0301",
    ":",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const anyName = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""));

function nameOf(text: string): string | undefined {
  try {
    return checkAttachmentName(text);
  } catch (error) {
    if (isTicketError(error, "ATTACHMENT_INVALID")) return undefined;
    throw error;
  }
}

describe("names of attachments", () => {
  test("what is accepted is composed, accepted again as it is, and short enough in bytes", () => {
    fc.assert(
      fc.property(anyName, (text) => {
        const name = nameOf(text);
        if (name === undefined) return;
        expect(name).toBe(text.normalize("NFC"));
        expect(checkAttachmentName(name)).toBe(name);
        expect(isAttachmentName(name)).toBe(true);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxAttachmentNameBytes);
      }),
      { numRuns: 5_000 },
    );
  });

  test("what is accepted is one file of that very name in a folder, and nothing outside of it", () => {
    const root = mkdtempSync(join(tmpdir(), "wiggum-names-"));
    try {
      fc.assert(
        fc.property(anyName, (text) => {
          const name = nameOf(text);
          if (name === undefined) return;
          const path = join(root, name);
          writeFileSync(path, text);
          expect(readdirSync(root)).toEqual([name]);
          expect(readFileSync(path, "utf8")).toBe(text);
          rmSync(path);
        }),
        { numRuns: 1_000 },
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("plain names in any language are accepted, hidden, odd and dangerous ones are not", () => {
    const good = [
      "a",
      "report.txt",
      "Über 漢字 🧵.md",
      "a..b",
      "x.tar.gz",
      "a b",
      "~notes",
      "README.md",
      "x".repeat(200),
    ];
    const bad = [
      "",
      ".",
      "..",
      ".env",
      "a/b",
      "a\\b",
      "-x",
      " a",
      "a ",
      "a.",
      "nul",
      "COM1.txt",
      "git~1",
      "LONGNA~1.TXT",
      "a\tb",
      "x".repeat(201),
    ];
    expect(good.filter((name) => nameOf(name) !== name)).toEqual([]);
    expect(bad.filter((name) => nameOf(name) !== undefined)).toEqual([]);
  });

  test("the refusal shows the name without its control characters, and not all of a long one", () => {
    let message = "";
    try {
      checkAttachmentName(`\u001b[2J${"x".repeat(5_000)}`);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("\\u001b[2J");
    expect(message.length).toBeLessThan(300);
  });

  test("they are sorted by code units", () => {
    const sorted = ["B", "a", "é", "漢"].map((name) => ({ name, bytes: 0, revision: name }));
    expect(sorted.toReversed().sort(compareAttachments)).toEqual(sorted);
  });
});
