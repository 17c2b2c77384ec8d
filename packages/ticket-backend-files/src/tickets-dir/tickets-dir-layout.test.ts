import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtinTypes, createJudge, createTickets, type Ticket, type TicketTypes } from "@wiggum/ticket-core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFolderBackend } from "../create-folder-backend.js";
import { newTicketText } from "./new-ticket-text.js";
import { decodeTicketFile, encodeTicketFile } from "./ticket-codec.js";
import { ticketsDirLayout } from "./tickets-dir-layout.js";
import { ticketsDirStates, ticketsDirTypes } from "./tickets-dir-type.js";
import { openTicketsFolder } from "./tickets-folder.js";

function codecOf(types: TicketTypes) {
  return {
    decode: (text: string, id = "ab-1") => decodeTicketFile(Buffer.from(text), id, types),
    encode: (ticket: Ticket, previous?: string) =>
      Buffer.from(
        encodeTicketFile(ticket, types, previous === undefined ? undefined : Buffer.from(previous)),
      ).toString(),
  };
}
/** Of a folder that only tk's own types are in, and of one with tickets of a project. */
const { decode, encode } = codecOf(ticketsDirTypes);
const project = codecOf(builtinTypes);

const full = newTicketText({
  id: "ab-1",
  title: "Title: with colon",
  status: "in_progress",
  created: "2026-01-02T03:04:05Z",
  type: "bug",
  priority: "1",
  deps: ["ab-2", "ab-3"],
  links: ["ab-4"],
  assignee: "Jane Doe",
  externalRef: "GH-12",
  parent: "ab-9",
  tags: ["ui"],
  description: "Text\n\n---\nstatus: body\n---",
});

describe("the codec", () => {
  test("every key of tk is a member of the ticket; what is not changed stays, byte for byte", () => {
    const ticket = decode(full);
    expect(ticket).toMatchObject({
      id: "ab-1",
      state: "in_progress",
      type: "bug",
      priority: 1,
      dependsOn: ["ab-2", "ab-3"],
      references: [{ kind: "ticket", target: "ab-4" }],
      assignedAgentId: "Jane Doe",
      parent: "ab-9",
      labels: ["ui"],
      createdAt: "2026-01-02T03:04:05Z",
      title: "Title: with colon",
      fields: { "external-ref": "GH-12" },
    });
    expect(encode(ticket, full)).toBe(full);
    expect(encode({ ...ticket, state: "closed" }, full)).toBe(full.replace("in_progress", "closed"));
    const { assignedAgentId: _gone, ...free } = ticket;
    expect(encode({ ...free, labels: [] }, full)).toBe(
      full.replace("assignee: Jane Doe\n", "").replace("tags: [ui]\n", ""),
    );
  });

  test("any ticket comes back as it was, new or over an old file", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !/\p{Cs}/u.test(value));
    const line = text.map((value) => value.replace(/[\r\n]/g, " ")).filter((value) => value.trim() !== "");
    const word = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value ?? null)) as never);
    const ticket = fc.record({
      state: fc.constantFrom("open", "closed", "ready", "review", "done", "anything else"),
      type: fc.constantFrom("task", "bug", "pr-task", "odd"),
      priority: fc.integer({ min: 0, max: 4 }),
      leaseEpoch: fc.nat(5),
      dependsOn: fc.uniqueArray(word),
      labels: fc.array(line),
      riskFlags: fc.array(line),
      assignedAgentId: line,
      references: fc.array(fc.record({ kind: fc.constantFrom("ticket", "url", "file"), target: line })),
      title: line.filter((value) => !/\p{Cc}/u.test(value)),
      preamble: fc.constantFrom("\n", "\n\n", "Before.\n"),
      body: text,
      fields: fc.dictionary(
        line.filter((name) => name !== "__proto__"),
        json,
        { maxKeys: 3 },
      ),
    });
    fc.assert(
      fc.property(ticket, fc.boolean(), (parts, isNew) => {
        const next: Ticket = { ...parts, id: "ab-1", blocks: [] };
        for (const codec of [project, { decode, encode }]) {
          const written = codec.encode(next, isNew ? undefined : full);
          expect(codec.decode(written)).toEqual(next);
          expect(codec.encode(next, written)).toBe(written);
          expect(/^status: (.*)$/m.exec(written)?.[1]).toMatch(/^(?:open|in_progress|closed)$/);
        }
      }),
    );
  }, 60_000);

  test("states of other types: the status that they come down to, and back; moved by tk, the status is right", () => {
    const cases = [
      ["task", "ready", "open", "done", "in-progress"],
      ["task", "review", "in_progress", "done", "ready"],
      ["task", "closed", "closed", "closed", "open"],
      ["pr-task", "backlog", "open", "pr_merged", "in_progress"],
      ["pr-task", "waiting_for_human", "in_progress", "pr_merged", "backlog"],
      ["pr-task", "cancelled", "closed", "cancelled", "backlog"],
    ] as const;
    for (const [type, state, status, whenClosed] of cases) {
      const text = project.encode({ ...project.decode(full), type, state });
      expect(text).toContain(`\nstatus: ${status}\n`);
      expect(project.decode(text).state).toBe(state);
      const closed = project.decode(text.replace(`status: ${status}`, "status: closed")).state;
      expect(closed).toBe(whenClosed);
    }
    const review = project.encode({ ...project.decode(full), type: "task", state: "review" });
    expect(project.decode(review.replace("status: in_progress", "status: open")).state).toBe("ready");
  });

  test("what was given up is told from what was delivered where both are: tk has one word for it", () => {
    const of = (state: string) => project.encode({ ...project.decode(full), state });
    expect(of("closed")).toMatch(/^status: closed\n(?:.*\n)*workflow_state: closed$/m);
    expect([of("closed"), of("done")].map((text) => project.decode(text).state)).toEqual(["closed", "done"]);
    // In a folder of tk alone `closed` is the only end there is, and no file gets a key for it.
    expect(encode({ ...decode(full), state: "closed" })).not.toContain("workflow_state");
    expect(decode(of("closed")).state).toBe("closed");
  });

  test("what tk writes means in a project what it means to tk", () => {
    const states = ["open", "in_progress", "closed"].map(
      (status) => project.decode(full.replace("in_progress", status)).state,
    );
    expect(states).toEqual(["ready", "in-progress", "done"]);
    const unchanged = project.decode(full);
    expect(project.encode({ ...unchanged, title: "Other" }, full)).toBe(
      full.replace("Title: with colon", "Other"),
    );
  });

  test("an old word of ours does not outlive a move: begun again and delivered, it is delivered", () => {
    const givenUp = project.encode({ ...project.decode(full), state: "closed" });
    const reopened = givenUp.replace("status: closed", "status: open");
    expect(decode(reopened).state).toBe("open");
    const delivered = encode({ ...decode(reopened), state: "closed" }, reopened);
    expect(delivered).not.toContain("workflow_state");
    expect(project.decode(delivered).state).toBe("done");
  });

  test.each([
    ["", 1, "`---`"],
    ["---\nid: ab-1\n", 1, "closing"],
    ["---\nid: ab-1\n---\n# T\n", undefined, "no `status`"],
    ["---\nid: other\nstatus: open\n---\n", 2, "the id other"],
    ["---\nstatus: open\nlease_epoch: one\n---\n", 3, "`lease_epoch` must be a whole number"],
    ["---\nstatus: open\ndeps: a, b\n---\n", 3, "`deps` must be a list"],
    ["---\nstatus: open\nx: 1\nstatus: closed\n---\n", 4, "twice, first on line 2"],
    ["---\nstatus: open\n<<<<<<< HEAD\n---\n", 3, "merge conflict"],
  ])("what cannot be read says where and what was expected: %j", (text, line, message) => {
    expect(() => decode(text)).toThrow(message);
    try {
      decode(text);
    } catch (error) {
      expect(error).toMatchObject({
        code: "TICKET_UNREADABLE",
        data: { id: "ab-1", path: "ab-1.md", ...(line && { line }) },
      });
    }
  });

  test("a new file is as tk makes one, the title right behind the front matter; an empty line that is there stays", () => {
    const ticket = decode(full);
    expect(encode({ ...ticket, preamble: "\n" })).toContain("\n---\n# Title: with colon\n");
    const spaced = full.replace("---\n# ", "---\n\n# ");
    expect(decode(spaced)).toEqual(ticket);
    expect(encode({ ...ticket, title: "Other" }, spaced)).toBe(spaced.replace("Title: with colon", "Other"));
    expect(encode({ ...ticket, title: "Other" }, full)).toBe(full.replace("Title: with colon", "Other"));
    const odd = encode({ ...ticket, preamble: "Before.\n" }, spaced);
    expect(decode(odd).preamble).toBe("Before.\n");
    expect(encode(ticket, odd)).toBe(full);
  });

  test("a word for a priority, which tk takes, counts as 2 and stays", () => {
    const text = "---\nid: ab-1\nstatus: open\npriority: high\n---\n# T\n";
    expect(decode(text).priority).toBe(2);
    expect(encode({ ...decode(text), title: "U" }, text)).toBe(text.replace("# T", "# U"));
    expect(encode({ ...decode(text), priority: 1 }, text)).toBe(text.replace("high", "1"));
  });

  test("what the format cannot hold is refused, not stored as something else", () => {
    const ticket = decode(full);
    for (const wrong of [
      { title: "two\nlines" },
      { title: "", body: "# not a title\n" },
      { body: "half \ud800" },
    ]) {
      expect(() => encode({ ...ticket, ...wrong })).toThrow(/cannot be stored/);
    }
  });
});

describe("a folder as a store", () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "tickets dir-")));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const open = () =>
    createFolderBackend({ root, layout: ticketsDirLayout(), judge: createJudge(ticketsDirTypes) });
  const actor = { kind: "person", id: "ann" } as const;

  test("the types of the judge say what a state comes down to", async () => {
    for (const [types, expected] of [
      [builtinTypes, "workflow_state: closed"],
      [ticketsDirTypes, undefined],
    ] as const) {
      const backend = createFolderBackend({ root, layout: ticketsDirLayout(), judge: createJudge(types) });
      const id = `ab-${types.defaultType}${expected === undefined ? 1 : 2}`;
      await backend.commit({
        ...{ operationId: id, actor, subject: "Given up", at: "2026-05-01T00:00:00Z", override: "test" },
        changes: [{ id, expected: null, next: { ...decode(full), id, state: "closed" } }],
      });
      await backend.close();
      const lines = readFileSync(join(root, `${id}.md`), "utf8").split("\n");
      expect(lines).toContain("status: closed");
      expect(lines.find((line) => line.startsWith("workflow_state"))).toBe(expected);
    }
  });

  // P14
  test("what the backend cannot read the command names in the same words, and what the one reads the other does", async () => {
    const texts = [
      "id: ab-0\nstatus: open\nstatus: closed\n",
      "id: other\nstatus: open\n",
      "id: ab-2\nstatus: open\ndeps: a, b\n",
      "id: ab-3\nstatus: open\npriority: high\n",
      "status: open\ndeps:\n",
      'id: "ab-5"\nstatus: open\ntype: story\n',
      "id: ab-6\nstatus: open\n<<<<<<< HEAD\n",
      "id: ab-7\nstatus: open\ntags: [a]\nweird: 1\nweird: 2\n",
    ];
    for (const [index, lines] of texts.entries()) {
      writeFileSync(join(root, `ab-${index}.md`), `---\n${lines}---\n# T\n`);
    }
    const backend = createFolderBackend({
      root,
      layout: ticketsDirLayout(),
      judge: createJudge(ticketsDirTypes),
    });
    const { tickets, problems } = await backend.list();
    await backend.close();
    const heads = openTicketsFolder(root).heads((id) => id);
    expect(tickets.map(({ ticket }) => ticket.id).toSorted()).toEqual(["ab-3", "ab-4", "ab-5"]);
    expect(heads.heads).toEqual(["ab-3", "ab-4", "ab-5"]);
    expect(heads.problems.map(({ message }) => `Cannot read ${message}`)).toEqual(
      problems.map(({ message }) => message),
    );
  });

  test("tickets as values: any status to any, ready when what it waits for is closed", async () => {
    const backend = open();
    let count = 0;
    const next = () => {
      count += 1;
      return count;
    };
    const tickets = createTickets({
      backend,
      types: ticketsDirTypes,
      now: () => new Date(0),
      newId: () => `operation-${next()}`,
      random: (below) => next() % below,
    });
    const first = await tickets.create({ title: "First" }, { actor });
    const second = await tickets.create({ title: "Second", dependsOn: [first.ticket.id] }, { actor });
    expect((await tickets.ready()).map(({ ticket }) => ticket.title)).toEqual(["First"]);
    for (const from of ticketsDirStates) {
      for (const to of ticketsDirStates) {
        for (const state of [from, to]) {
          const now = (await tickets.show(first.ticket.id)).ticket.state;
          if (now !== state) await tickets.transition(first.ticket.id, state, { actor });
        }
        expect(readFileSync(join(root, `${first.ticket.id}.md`), "utf8")).toContain(`\nstatus: ${to}\n`);
      }
    }
    expect((await tickets.ready()).map(({ ticket }) => ticket.id)).toEqual([second.ticket.id]);
    expect((await tickets.doctor()).findings).toEqual([]);
    await backend.close();
  }, 60_000);

  test("what is no ticket is a problem with its path, and hides nothing; links are not followed", async () => {
    writeFileSync(join(root, "ab-1.md"), full);
    writeFileSync(join(root, "bad.md"), "text\n");
    writeFileSync(join(root, "not an id.md"), full);
    writeFileSync(join(root, "README.md"), "About\n");
    writeFileSync(join(root, ".hidden.md"), "x");
    mkdirSync(join(root, "folder.md"));
    symlinkSync("/etc/passwd", join(root, "link.md"));
    execFileSync("mkfifo", [join(root, "pipe.md")]);
    const backend = open();
    const page = await backend.list();
    const told = page.problems.map(({ message }) => message.replace(" is no ticket", ""));
    expect(told).toEqual(
      expect.arrayContaining([
        "folder.md: it is a folder",
        "link.md: it is a symbolic link, and those are not followed",
        "pipe.md: it is no plain file",
      ]),
    );
    const named = openTicketsFolder(root)
      .heads((id) => id)
      .problems.map(({ message }) => message);
    expect(named).toEqual(expect.arrayContaining(told.filter((message) => message.includes(": it is "))));
    expect(page.tickets.map(({ ticket }) => ticket.id)).toEqual(["ab-1"]);
    expect(page.problems.map(({ path }) => path).sort()).toEqual([
      "bad.md",
      "folder.md",
      "link.md",
      "not an id.md",
      "pipe.md",
    ]);
    await backend.close();
  });

  test("the command's way in writes the same journal: its changes are in the history", async () => {
    writeFileSync(join(root, "ab-1.md"), full);
    const folder = openTicketsFolder(root);
    await folder.change({ actor: "ann", subject: "Set status closed: ab-1" }, (files) =>
      files.write(
        "ab-1",
        Buffer.from(Buffer.from(files.read("ab-1")).toString().replace("in_progress", "closed")),
      ),
    );
    await expect(
      folder.change({ actor: "ann", subject: "x" }, (files) => files.read("zz")),
    ).rejects.toMatchObject({
      code: "TICKET_NOT_FOUND",
    });
    const backend = open();
    const states: string[] = [];
    for await (const change of backend.history("ab-1"))
      states.push(`${change.actor.id} ${change.after?.ticket.state}`);
    expect(states).toEqual(["unknown in_progress", "ann closed"]);
    await backend.close();
  });
});
