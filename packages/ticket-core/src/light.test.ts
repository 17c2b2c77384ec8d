import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import * as full from "./index.js";
import { anyBody } from "./testing/nasty-bodies.js";
import { anyText } from "./testing/nasty-markdown.js";
import { anyTicket, handWritten, plainTicket } from "./testing/nasty-tickets.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 1000) };

type Light = typeof import("./light.js");

/** A copy of the package in which nobody has provided parsers. */
async function freshCopy(): Promise<Light> {
  vi.resetModules();
  return import("./light.js");
}

let light: Light;
beforeAll(async () => {
  light = await freshCopy();
});

type Answer = { readonly value: unknown } | { readonly error: unknown } | "needs a parser";

function answer(work: () => unknown): Answer {
  try {
    return { value: work() };
  } catch (error) {
    if (light.isParserMissing(error)) return "needs a parser";
    const { code, message, data } = error as full.TicketError;
    return { error: { code, message, data } };
  }
}

/** The light copy says what the whole package says, or that it needs a parser. Answers whether it said something. */
function expectAgreement(work: (core: Light) => unknown): boolean {
  const found = answer(() => work(light));
  if (found === "needs a parser") return false;
  expect(found).toEqual(answer(() => work(full)));
  return true;
}

describe("without parsers", () => {
  test("any file is read as ever, or a parser is asked for", () => {
    let answered = 0;
    fc.assert(
      fc.property(handWritten(), (text) => {
        if (expectAgreement((core) => core.decodeTicket(text, { path: "tk-1a2b.md" }))) answered += 1;
      }),
      { numRuns: runs.numRuns * 3 },
    );
    expect(answered).toBeGreaterThan(0);
  });

  test("any ticket is written as ever, over any other, or a parser is asked for", () => {
    let answered = 0;
    const total = runs.numRuns;
    fc.assert(
      fc.property(anyTicket(), anyTicket(), (before, next) => {
        const stored = full.encodeTicket(before);
        expectAgreement((core) => core.encodeTicket(next));
        if (expectAgreement((core) => core.encodeTicket(next, stored))) answered += 1;
        expectAgreement((core) => core.decodeTicket(stored));
      }),
      { numRuns: total },
    );
    expect(answered).toBeGreaterThan(0);
  });

  test("sections, entries and criteria of any body: the same", () => {
    let answered = 0;
    const text = fc.oneof(anyText(), anyBody());
    fc.assert(
      fc.property(anyBody(), text, (body, text) => {
        const event = { id: "01J", kind: "comment", source: "ann", at: "2026-01-02T03:04:05Z", text };
        const all = [
          expectAgreement((core) => core.readEvents(body)),
          expectAgreement((core) => core.appendEvent(body, event)),
          expectAgreement((core) => core.readSection(body, "Description")),
          expectAgreement((core) => core.writeSection(body, "Description", text)),
          expectAgreement((core) => core.readCriteria(body)),
          expectAgreement((core) => core.appendCriterion(body, text)),
        ];
        if (all.includes(true)) answered += 1;
      }),
      runs,
    );
    expect(answered).toBeGreaterThan(runs.numRuns / 10);
  });

  test("merges: the same", () => {
    fc.assert(
      fc.property(anyTicket(), anyBody(), anyBody(), anyBody(), (ticket, base, theirs, mine) => {
        expectAgreement((core) =>
          core.mergeTickets(
            { ...ticket, body: base },
            { ...ticket, body: theirs },
            { ...ticket, body: mine },
          ),
        );
      }),
      runs,
    );
  });

  test("what Wiggum writes needs none: a ticket is read, moved, commented on", () => {
    const ticket = plainTicket({
      assignedAgentId: "worker-0",
      dependsOn: ["tk-3c4d"],
      labels: ["a b", "c: d"],
      references: [{ kind: "file", target: "src/a.ts" }],
      body: "\n## Description\n\nText with `code`.\n\n```sh\nls\n```\n\n## Acceptance Criteria\n\n- [ ] one\n- [x] two\n\n## Comments\n",
    });
    const event = {
      id: "01J",
      kind: "comment",
      source: "ann",
      at: "2026-01-02T03:04:05Z",
      text: "Some\n\n## text",
    };
    const text = full.encodeTicket(ticket);
    const read = light.decodeTicket(text);
    const next = { ...read, state: "review", body: light.appendEvent(read.body, event) };
    expect(light.encodeTicket(next, text)).toBe(full.encodeTicket(next, text));
    expect(light.readEvents(next.body)).toEqual(full.readEvents(next.body));
    expect(light.readSection(next.body, "Description")).toBe("Text with `code`.\n\n```sh\nls\n```");
  });
});

const odd = full.encodeTicket(plainTicket()).replace(/^priority: .*$/m, "priority: 0x2 # two");

describe("parsers when they are needed", () => {
  test("loadParsers: from then on everything is read", async () => {
    const copy = await freshCopy();
    expect(() => copy.decodeTicket(odd)).toThrow(expect.objectContaining({ code: "PARSER_MISSING" }));
    await copy.loadParsers();
    expect(copy.decodeTicket(odd)).toEqual(full.decodeTicket(odd));
  });

  test("provideParsers: asked once, when the first text needs one", async () => {
    const copy = await freshCopy();
    const parsers = await import("./parsers.js");
    const load = vi.fn(() => parsers);
    copy.provideParsers(load);
    copy.decodeTicket(full.encodeTicket(plainTicket()));
    expect(load).not.toHaveBeenCalled();
    for (let count = 0; count < 2; count += 1) expect(copy.decodeTicket(odd).priority).toBe(2);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test("createTickets() loads them by itself", async () => {
    const copy = await freshCopy();
    const { createMemoryBackend } = await import("./memory-backend.js");
    const types = copy.builtinTypes;
    const backend = createMemoryBackend({ judge: copy.createJudge(types) });
    let ids = 0;
    const ports = {
      backend,
      types,
      now: () => new Date(0),
      newId: () => {
        ids += 1;
        return `01K${ids}`;
      },
      random: () => 7,
    };
    const tickets = copy.createTickets(ports);
    const context = { actor: { kind: "person", id: "ann" } } as const;
    const made = await tickets.create({ title: "One", acceptanceCriteria: ["a", "b"] }, context);
    await tickets.setCriterion(made.ticket.id, 2, { checked: true }, context);
    const { ticket } = await tickets.addCriterion(made.ticket.id, "c", context);
    expect((await tickets.criteria(ticket)).map(({ text, checked }) => [text, checked])).toEqual([
      ["a", false],
      ["b", true],
      ["c", false],
    ]);
  });

  test("work that fails for another reason is not repeated", async () => {
    const copy = await freshCopy();
    const work = vi.fn(() => {
      throw new Error("other");
    });
    await expect(copy.withParsers(work)).rejects.toThrow("other");
    expect(work).toHaveBeenCalledTimes(1);
  });
});
