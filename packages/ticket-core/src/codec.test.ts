import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { decodeTicket, decodeTicketBytes, encodeTicket } from "./codec.js";
import { isTicketError } from "./errors.js";
import { frontMatterRangeOf } from "./front-matter.js";
import { parseFrontMatter } from "./front-matter-yaml.js";
import { anyTicket, handWritten } from "./testing/nasty-tickets.js";
import type { Ticket } from "./ticket.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 500) };

describe("round trip", () => {
  // P18, P40
  test("any ticket comes back as it was, and its text from it", () => {
    fc.assert(
      fc.property(anyTicket(), (ticket) => {
        const text = encodeTicket(ticket);
        expect(decodeTicket(text)).toEqual(ticket);
        expect(encodeTicket(ticket, text)).toBe(text);
        expect(decodeTicketBytes(new TextEncoder().encode(text))).toEqual(ticket);
      }),
      runs,
    );
  });

  test("any ticket can follow any other in the same file", () => {
    fc.assert(
      fc.property(anyTicket(), anyTicket(), (before, next) => {
        const text = encodeTicket(next, encodeTicket(before));
        expect(decodeTicket(text)).toEqual(next);
      }),
      runs,
    );
  });

  // P12
  test("a file that somebody wrote or broke is unreadable, or stays byte for byte when nothing changes", () => {
    fc.assert(
      fc.property(handWritten(), (text) => {
        const ticket = read(text);
        if (ticket !== undefined) expect(encodeTicket(ticket, text)).toBe(text);
      }),
      runs,
    );
  });
});

function read(text: string): Ticket | undefined {
  try {
    return decodeTicket(text);
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    return undefined;
  }
}

/** The lines that are no part of this key's value. */
function linesWithout(text: string, key: string): readonly string[] {
  const range = frontMatterRangeOf(text, {});
  const entry = parseFrontMatter(text, range, {}).find((other) => other.key === key);
  const rest = entry === undefined ? text : text.slice(0, entry.start) + text.slice(entry.end);
  return rest.split("\n");
}

/** All lines are still there in their order, and between them nothing but comments and blank lines that stood in the value. */
function expectKept(before: readonly string[], after: readonly string[]): void {
  let index = 0;
  for (const line of after) {
    if (line === before[index]) index += 1;
    else expect(line).toMatch(/^\s*(?:#[\s\S]*)?$/);
  }
  expect(before.slice(index)).toEqual([]);
}

describe("changes", () => {
  const changes: Readonly<Record<string, fc.Arbitrary<Partial<Ticket>>>> = {
    state: fc.constantFrom("review", "no", "1e3", "a: b").map((state) => ({ state })),
    priority: fc.nat(9).map((priority) => ({ priority })),
    assigned_agent_id: fc
      .constantFrom(undefined, "worker-1", "null", "# x")
      .map((assignedAgentId) => ({ assignedAgentId })),
    depends_on: fc
      .array(fc.constantFrom("tk-1", "tk-2", "tk-3", "tk-4", "a, b", "x: y"))
      .map((dependsOn) => ({ dependsOn })),
    labels: fc.uniqueArray(fc.constantFrom("one", "two", "three", "a]b", "-")).map((labels) => ({ labels })),
    parent: fc.constantFrom(undefined, "tk-9", "123").map((parent) => ({ parent })),
    lease_epoch: fc.nat(5).map((leaseEpoch) => ({ leaseEpoch })),
    updated_at: fc.constantFrom(undefined, "2026-05-05T05:05:05Z").map((updatedAt) => ({ updatedAt })),
    needs_preflight: fc.constantFrom(undefined, true, false).map((needsPreflight) => ({ needsPreflight })),
    reviewer: fc
      .constantFrom("anna", null, ["a", "b"], [], { deep: [1, "x"] }, "multi\nline", undefined)
      .map((reviewer) => ({ fields: { reviewer } as Ticket["fields"] })),
  };

  // P2
  for (const [key, change] of Object.entries(changes)) {
    test(`a new ${key} leaves every other byte`, () => {
      fc.assert(
        fc.property(handWritten(), change, (before, part) => {
          const ticket = read(before);
          if (ticket === undefined) return;
          const next = { ...ticket, ...part, fields: { ...ticket.fields, ...part.fields } };
          let after: string;
          try {
            after = encodeTicket(next, before);
          } catch (error) {
            // Another value names the old one by an alias, or counts the blank lines behind it.
            if (isTicketError(error, "TICKET_INVALID") && /[&*]|: [|>][+]/.test(before)) return;
            throw error;
          }
          expectKept(linesWithout(before, key), linesWithout(after, key));
        }),
        runs,
      );
    });
  }
});
