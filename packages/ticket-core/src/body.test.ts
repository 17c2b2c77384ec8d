import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  appendCriterion,
  appendEvent,
  newBody,
  readCriteria,
  readEvents,
  readSection,
  writeSection,
} from "./body.js";
import { decodeTicket, encodeTicket } from "./codec.js";
import { anyText } from "./testing/nasty-markdown.js";
import { plainTicket } from "./testing/nasty-tickets.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

describe("new body", () => {
  test("has the shape of the original, with placeholders for what is not given", () => {
    expect(newBody()).toBe(
      "\n## Description\n\n[Add description here]\n\n## Acceptance Criteria\n\n- [ ] [Add criteria]\n\n## Comments\n",
    );
    expect(newBody({ description: "text", acceptanceCriteria: ["one", "two"] })).toBe(
      "\n## Description\n\ntext\n\n## Acceptance Criteria\n\n- [ ] one\n- [ ] two\n\n## Comments\n",
    );
  });

  // P18
  test("gives back what it was made of", () => {
    fc.assert(
      fc.property(anyText(), fc.array(anyText(), { minLength: 1, maxLength: 4 }), (description, criteria) => {
        const body = newBody({ description, acceptanceCriteria: criteria });
        expect(readSection(body, "Description")).toBe(description);
        expect(readCriteria(body).map(({ text }) => text)).toEqual(criteria);
        expect(readSection(body, "Comments")).toBe("");
      }),
      { numRuns: 300 },
    );
  });
});

type Write =
  | { readonly section: string; readonly text: string }
  | { readonly kind: string; readonly text: string }
  | { readonly criterion: string };

const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ section: fc.constantFrom("Notes", "Description", "Plan", "Zusammenfassung"), text: anyText() }),
  fc.record({ kind: fc.constantFrom("feedback", "comment", "plan"), text: anyText() }),
  fc.record({ criterion: anyText() }),
);

describe("many writes", () => {
  // P18, P2
  test("to different places of one ticket: each comes back, through the file, too", () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 14 }), fc.boolean(), (writes, hasReturns) => {
        const start = newBody({ description: "first", acceptanceCriteria: ["zero"] });
        let text = encodeTicket(plainTicket({ body: hasReturns ? start.replaceAll("\n", "\r\n") : start }));
        const sections = new Map([["Description", "first"]]);
        const events: { readonly id: string; readonly kind: string; readonly text: string }[] = [];
        const criteria = ["zero"];
        for (const [index, write] of writes.entries()) {
          const ticket = decodeTicket(text);
          let { body } = ticket;
          if ("section" in write) {
            sections.set(write.section, write.text);
            body = writeSection(body, write.section, write.text);
          } else if ("kind" in write) {
            events.push({ id: `e${index}`, ...write });
            body = appendEvent(body, { id: `e${index}`, source: "x", at: "2025-01-01T00:00:00Z", ...write });
          } else {
            criteria.push(write.criterion);
            body = appendCriterion(body, write.criterion);
          }
          text = encodeTicket({ ...ticket, body }, text);
        }
        const { body } = decodeTicket(text);
        for (const [heading, content] of sections) expect(readSection(body, heading)).toBe(content);
        expect(readCriteria(body).map((criterion) => criterion.text)).toEqual(criteria);
        const read = readEvents(body);
        for (const kind of ["feedback", "comment", "plan"]) {
          expect(read.filter((event) => event.kind === kind)).toMatchObject(
            events.filter((event) => event.kind === kind),
          );
        }
        expect(read).toHaveLength(events.length);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["prose", "Lorem ipsum dolor sit amet, consectetur.\n\n- item\n  ```sh\n  npm test\n  ```\n"],
    ["one line", "x"],
    ["a log", "2025-01-01 12:00:00 [info] <request> #42 done ~ 3ms\n"],
  ])(
    "of 10 MB (%s) are read, written and appended to",
    (_name, piece) => {
      const description = piece.repeat(Math.ceil(10_000_000 / piece.length));
      const text = encodeTicket(plainTicket({ body: newBody({ description }) }));
      const ticket = decodeTicket(text);
      const event = {
        id: "e",
        kind: "feedback",
        source: "Review",
        at: "2025-01-01T00:00:00Z",
        text: description.slice(0, 1000),
      };
      const longer = encodeTicket({ ...ticket, body: appendEvent(ticket.body, event) }, text);
      expect(readEvents(decodeTicket(longer).body)).toEqual([event]);
      expect(readSection(decodeTicket(longer).body, "Description") === description).toBe(true);
    },
    60_000,
  );
});
