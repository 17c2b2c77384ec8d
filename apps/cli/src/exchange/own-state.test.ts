// A state that we wrote for another tool comes back as it was, unless somebody moved the ticket there since.
import { builtinTypes, createTickets, loadParsers, type Ticket } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { SourceFile } from "./imported-ticket.js";
import { sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, type OtherFormat, otherFormats, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

const everyState = Object.values(builtinTypes.types).flatMap(({ name: type, states }) =>
  states.map(({ name: state }) => ({ type, state })),
);

/** The tickets as they come back, by title. */
async function returned(format: OtherFormat, files: readonly SourceFile[]) {
  const { entries } = await planInto(memoryStore(), format, bothWays[format].read(files));
  expect(entries.filter(({ action }) => action !== "create")).toEqual([]);
  return new Map(entries.flatMap(({ ticket }) => (ticket === undefined ? [] : [[ticket.title, ticket]])));
}

describe.each(otherFormats)("%s", (format) => {
  const { write, files } = bothWays[format];

  test("every state of every type comes back, and nobody is asked to act who was not", async () => {
    const records = everyState.map(({ type, state }, index) =>
      plainTicket(`tk-${1000 + index}`, { type, state }),
    );
    const back = await returned(format, files(write(records)));
    for (const { ticket } of records) {
      const { type, state, actionRequired, labels } = back.get(ticket.title) as Ticket;
      expect({ type, state, actionRequired, labels }, `${ticket.type} ${ticket.state}`).toEqual({
        type: ticket.type,
        state: ticket.state,
        actionRequired: undefined,
        labels: [],
      });
    }
  });

  test("a person who has to act still has to, in whatever state", async () => {
    const over = ["done", "closed", "pr_merged", "cancelled"];
    const records = everyState
      .filter(({ state }) => !over.includes(state))
      .map(({ type, state }, index) =>
        plainTicket(`tk-${1000 + index}`, { type, state, actionRequired: { reason: "Which port?" } }),
      );
    const back = await returned(format, files(write(records)));
    for (const { ticket } of records) {
      const { state, actionRequired } = back.get(ticket.title) as Ticket;
      // beads has that for what nobody has begun, and Backlog.md without the reason.
      const isHeld = format !== "beads" || ticket.state === "ready" || ticket.state === "backlog";
      expect([state, actionRequired !== undefined], `${ticket.type} ${ticket.state}`).toEqual([
        ticket.state,
        isHeld,
      ]);
      if (isHeld && format !== "backlog") expect(actionRequired?.reason).toBe("Which port?");
    }
  });

  test("what waits for something that was given up goes on waiting", async () => {
    const records = [
      plainTicket("tk-000a", { state: "closed" }),
      plainTicket("tk-000b", { dependsOn: ["tk-000a"] }),
      plainTicket("tk-000c", { state: "done" }),
      plainTicket("tk-000d", { dependsOn: ["tk-000c"] }),
    ];
    const store = memoryStore();
    await importInto(store, format, bothWays[format].read(files(write(records))));
    const tickets = createTickets({
      backend: store,
      types: builtinTypes,
      now: () => new Date("2026-05-01T00:00:00Z"),
      newId: () => "op",
      random: Math.random,
    });
    expect((await tickets.ready()).map(({ ticket }) => ticket.title)).toEqual(["Title of tk-000d"]);
  });
});

describe("moved by the other tool since", () => {
  const edited = async (
    format: OtherFormat,
    change: Partial<Ticket>,
    edit: (file: SourceFile) => SourceFile,
  ) => {
    const { write, files } = bothWays[format];
    const written = files(write([plainTicket("tk-0001", change)]));
    const changed = written.map(edit);
    expect(changed).not.toEqual(written);
    const [ticket] = (await returned(format, changed)).values();
    return [ticket?.state, ticket?.actionRequired?.reason];
  };
  const replace = (from: string | RegExp, to: string) => (file: SourceFile) =>
    sourceFile(file.name, new TextDecoder().decode(file.bytes).replace(from, to));
  const moveTo = (status: string) => (file: SourceFile) =>
    sourceFile(file.name.replace(/^[a-z]+\//, `${status}/`), file.bytes);

  test.each<[string, OtherFormat, Partial<Ticket>, (file: SourceFile) => SourceFile, string, string?]>([
    ["closed by tk", "tk", { state: "qa" }, replace("status: in_progress", "status: closed"), "done"],
    ["opened by tk", "tk", { state: "closed" }, replace("status: closed", "status: open"), "ready"],
    ["closed by beads", "beads", { state: "ready" }, replace('"status":"open"', '"status":"closed"'), "done"],
    [
      "begun by beads",
      "beads",
      { state: "ready" },
      replace('"status":"open"', '"status":"in_progress"'),
      "in-progress",
    ],
    ["closed in work-items", "work-items", { state: "ready" }, moveTo("closed"), "done"],
    ["opened in work-items", "work-items", { state: "done" }, moveTo("open"), "ready"],
    [
      "put off in work-items",
      "work-items",
      { state: "review" },
      moveTo("pending"),
      "review",
      "Its state in work-items is 'open'",
    ],
    [
      "done in Backlog.md",
      "backlog",
      { state: "review" },
      replace("status: In Progress", "status: Done"),
      "done",
    ],
    [
      "taken out of the archive",
      "backlog",
      { state: "closed" },
      (file) => sourceFile(file.name.replace("archive/", ""), file.bytes),
      "done",
    ],
    [
      "cancelled in task-master",
      "taskmaster",
      { state: "ready" },
      replace('"pending"', '"cancelled"'),
      "closed",
    ],
    ["done in task-master", "taskmaster", { state: "closed" }, replace('"cancelled"', '"done"'), "done"],
  ])("%s", async (_name, format, change, edit, state, reason) => {
    expect(await edited(format, change, edit)).toEqual([state, reason]);
  });
});

test("what older exports wrote is still read", async () => {
  const item = (id: string, more: string) =>
    sourceFile(`closed/${id}/item.md`, `---\nid: ${id}\ntitle: T ${id}\nkind: task\n${more}---\n`);
  const { entries } = await planInto(
    memoryStore(),
    "work-items",
    bothWays["work-items"].read([
      item("tk-0001", "wiggum_state: closed\n"),
      item("tk-0002", "wiggum_state: done\nwiggum_depends_on: [tk-0001]\nwiggum_parent: tk-0001\n"),
    ]),
  );
  expect(entries.map(({ ticket }) => ticket?.state)).toEqual(["closed", "done"]);
  expect([entries[1]?.ticket?.dependsOn, entries[1]?.ticket?.parent]).toEqual([
    [entries[0]?.id],
    entries[0]?.id,
  ]);
  const text = "---\nid: tk-0001\nstatus: closed\ntype: task\nwiggum-state: closed\n---\n# T\n";
  const tk = await planInto(memoryStore(), "tk", bothWays.tk.read([sourceFile("tk-0001.md", text)]));
  expect(tk.entries[0]?.ticket?.state).toBe("closed");
  expect(tk.entries[0]?.ticket?.fields["imported_data"]).toBeUndefined();
});

test("a plain line of ours means the state that it says; one that its type has not is taken by its meaning", async () => {
  const { readTicketLines } = await import("./formats/jsonl.js");
  const line = (id: string, state: string) => `${JSON.stringify({ id, title: id, state })}\n`;
  const { entries } = await planInto(
    memoryStore(),
    "jsonl",
    readTicketLines([
      sourceFile(
        "t.jsonl",
        line("a", "qa") + line("b", "closed") + line("c", "in_progress") + line("d", "odd"),
      ),
    ]),
  );
  expect(entries.map(({ ticket }) => [ticket?.state, ticket?.actionRequired !== undefined])).toEqual([
    ["qa", false],
    ["closed", false],
    ["in-progress", false],
    ["ready", true],
  ]);
});
