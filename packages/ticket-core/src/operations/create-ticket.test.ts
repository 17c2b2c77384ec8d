import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../builtin-types.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketField, TicketTypes } from "../ticket-type.js";
import { ann, byAnn, codeOf, seededRandom, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

/** Types with one, whose tickets have these fields beside those of a task. */
function typesWithFields(fields: readonly TicketField[]): TicketTypes {
  const task = builtinTypes.types["task"] ?? { initial: "", states: [], transitions: [] };
  return { defaultType: "story", types: { story: { ...task, name: "story", fields } } };
}

describe("create", () => {
  test("fills in what a new ticket has, in one commit", async () => {
    const { tickets, memory } = ticketsInMemory();
    const { ticket } = await tickets.create({ title: "  Fix login " }, byAnn);
    expect(ticket).toMatchObject({
      type: "task",
      state: "ready",
      priority: 2,
      title: "Fix login",
      createdBy: "ann",
      createdAt: ticket.updatedAt,
      leaseEpoch: 0,
      dependsOn: [],
    });
    expect(ticket.assignedAgentId).toBeUndefined();
    expect(ticket.id).toMatch(/^tk-[0-9a-f]{4}$/);
    expect(await tickets.section(ticket, "Description")).toBe("[Add description here]");
    expect(await tickets.criteria(ticket)).toEqual([{ index: 1, text: "[Add criteria]", checked: false }]);
    expect(await subjectsOf(memory)).toEqual([`Create ticket: ${ticket.id}`]);
  });

  test("takes everything that it is given, and partial ids for links", async () => {
    const { tickets } = ticketsInMemory({
      types: typesWithFields([{ name: "reviewer", kind: "string", required: false }]),
      tickets: [sampleTicket("tk-aaaa"), sampleTicket("tk-bbbb"), sampleTicket("tk-cccc")],
    });
    const { ticket } = await tickets.create(
      {
        title: "All",
        type: "story",
        priority: 0,
        description: "Some *text*\n\n## not a section\n",
        acceptanceCriteria: ["one", "two"],
        dependsOn: ["bb", "tk-aaaa", "tk-b"],
        blocks: ["cc"],
        parent: "tk-aa",
        labels: ["b", "a", "b"],
        riskFlags: ["migration"],
        readiness: "ready",
        needsPreflight: true,
        references: [{ kind: "url", target: "https://example.org/a:b" }],
        fields: { reviewer: "ann" },
      },
      byAnn,
    );
    expect(ticket).toMatchObject({
      type: "story",
      priority: 0,
      dependsOn: ["tk-aaaa", "tk-bbbb"],
      blocks: ["tk-cccc"],
      parent: "tk-aaaa",
      labels: ["a", "b"],
      riskFlags: ["migration"],
      readiness: "ready",
      needsPreflight: true,
      references: [{ kind: "url", target: "https://example.org/a:b" }],
      fields: { reviewer: "ann" },
    });
    expect((await tickets.criteria(ticket)).map(({ text }) => text)).toEqual(["one", "two"]);
    expect((await tickets.section(ticket, "Description"))?.trim()).toBe("Some *text*\n\n## not a section");
  });

  // P16
  test("a ticket with dependencies is never ready, not even between its creation and their mention", async () => {
    const { tickets, memory } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa", { state: "in-progress" })],
    });
    const { ticket } = await tickets.create({ title: "Later", dependsOn: ["aaaa"] }, byAnn);
    const changes = [];
    for await (const change of memory.history?.(ticket.id) ?? []) changes.push(change);
    expect(changes).toHaveLength(1);
    expect(await tickets.ready()).toEqual([]);
  });

  test.each([
    ["an unknown dependency", { title: "x", dependsOn: ["zzzz"] }, "TICKET_NOT_FOUND"],
    ["an ambiguous dependency", { title: "x", dependsOn: ["a"] }, "TICKET_AMBIGUOUS"],
    ["a hostile dependency", { title: "x", dependsOn: ["../a"] }, "ID_INVALID"],
    ["an unknown parent", { title: "x", parent: "zzzz" }, "TICKET_NOT_FOUND"],
    ["an unknown type", { title: "x", type: "nonsense" }, "TYPE_UNKNOWN"],
    ["a wrong priority", { title: "x", priority: 5 }, "TICKET_INVALID"],
    ["no title", { title: " " }, "TICKET_INVALID"],
    ["a title of two lines", { title: "a\nb" }, "TICKET_INVALID"],
  ])("%s is refused, and nothing is made", async (_name, input, code) => {
    const { tickets, memory } = ticketsInMemory({
      tickets: [sampleTicket("tk-aa01"), sampleTicket("tk-aa02")],
    });
    expect(await codeOf(tickets.create(input, byAnn))).toBe(code);
    expect((await memory.list()).tickets).toHaveLength(2);
  });

  test("defaults of declared fields are filled in", async () => {
    const types = typesWithFields([
      { name: "size", kind: "number", required: true, default: 3 },
      { name: "team", kind: "string", required: false },
    ]);
    const { tickets } = ticketsInMemory({ types });
    expect((await tickets.create({ title: "One" }, byAnn)).ticket.fields).toEqual({ size: 3 });
    expect((await tickets.create({ title: "Two", fields: { size: 5 } }, byAnn)).ticket.fields).toEqual({
      size: 5,
    });
  });

  test("a field that the type does not declare is refused, and the declared ones are named", async () => {
    const types = typesWithFields([
      { name: "size", kind: "number", required: false },
      { name: "team", kind: "string", required: false },
    ]);
    const { tickets, memory } = ticketsInMemory({ types });
    for (const name of ["colour", "state", "constructor"]) {
      await expect(tickets.create({ title: "One", fields: { [name]: "x" } }, byAnn)).rejects.toMatchObject({
        code: "TICKET_INVALID",
        data: { field: `fields.${name}` },
        message: expect.stringContaining(`'${name}'`),
        hint: expect.stringContaining("size, team"),
      });
    }
    expect((await memory.list()).tickets).toEqual([]);
  });

  // P6
  test("ids that are forced to collide give as many tickets as were created, by many at once", async () => {
    // Of sixteen digits only two ever come: four digits give sixteen ids.
    const bits = seededRandom(7);
    const { tickets, memory } = ticketsInMemory({ random: () => bits(2) });
    const created = await Promise.all(
      Array.from({ length: 200 }, (_item, index) => tickets.create({ title: `Ticket ${index}` }, byAnn)),
    );
    expect(new Set(created.map(({ ticket }) => ticket.id)).size).toBe(200);
    const titles = (await memory.list()).tickets.map(({ ticket }) => ticket.title);
    expect(new Set(titles).size).toBe(200);
  });

  // P18
  test("any title, description, criteria, labels and fields come back as they were given, or are refused", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.string({
        unit: fc.constantFrom("# ", "- [ ] ", "---\n", "<!-- ", "`", ": ", "\n", "'", "x"),
        maxLength: 8,
      }),
    );
    const input = fc.record({
      title: text,
      description: text,
      acceptanceCriteria: fc.array(text, { minLength: 1, maxLength: 3 }),
      labels: fc.array(text, { maxLength: 3 }),
      fields: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), text, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    });
    let made = 0;
    await fc.assert(
      fc.asyncProperty(input, async (given) => {
        const declared = Object.keys(given.fields).map(
          (name) => ({ name, kind: "string", required: false }) as const,
        );
        const { tickets } = ticketsInMemory({ types: typesWithFields(declared) });
        const code = await codeOf(tickets.create(given, byAnn));
        if (code !== "done") expect(code).toBe("TICKET_INVALID");
        if (code !== "done") return;
        made += 1;
        const [record] = (await tickets.list()).tickets;
        if (record === undefined) throw new Error("nothing was made");
        const { ticket } = record;
        expect(ticket.title).toBe(given.title.trim());
        expect(ticket.labels).toEqual([...new Set(given.labels)].toSorted());
        expect(ticket.fields).toEqual(given.fields);
        expect(await tickets.section(ticket, "Description")).toBe(given.description);
        const criteria = await tickets.criteria(ticket);
        expect(criteria.map((criterion) => criterion.text)).toEqual(given.acceptanceCriteria);
      }),
      { numRuns: 300 },
    );
    expect(made).toBeGreaterThan(50);
  }, 60_000);

  test("a source of randomness that gives always the same ends all the same", async () => {
    const { tickets } = ticketsInMemory({ random: () => 0 });
    const ids = [];
    for (let index = 0; index < 4; index += 1)
      ids.push((await tickets.create({ title: "x" }, byAnn)).ticket.id);
    expect(ids).toEqual(["tk-0000", "tk-000000", "tk-00000000", "tk-0000000000"]);
  });

  test("ids are longer in a store of 500", async () => {
    const many = Array.from({ length: 500 }, (_item, index) => sampleTicket(`old-${index}`));
    const { tickets } = ticketsInMemory({ tickets: many });
    expect((await tickets.create({ title: "x" }, byAnn)).ticket.id).toMatch(/^tk-[0-9a-f]{6}$/);
  });

  test("an id that others wait for already is not given to a new ticket that would wait for them", async () => {
    const draws = [0, 0, 0, 0, 0, 0, 0, 1];
    const { tickets } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa", { dependsOn: ["tk-0000"] })],
      random: () => draws.shift() ?? 2,
    });
    const { ticket } = await tickets.create({ title: "x", dependsOn: ["aaaa"] }, byAnn);
    expect(ticket.id).toBe("tk-0001");
  });

  test("an agent's ticket bears the agent's name, and needs its claim", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { fence } = await tickets.claim("aaaa", "worker-0", byAnn);
    const actor = { kind: "agent", id: "worker-0" } as const;
    expect(await codeOf(tickets.create({ title: "x" }, { actor }))).toBe("TICKET_FENCED");
    expect((await tickets.create({ title: "x" }, { actor, fence })).ticket.createdBy).toBe("worker-0");
    expect(ann.id).not.toBe("worker-0");
  });
});
