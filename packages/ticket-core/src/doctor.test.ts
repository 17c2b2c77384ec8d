import { expect, test } from "vitest";
import { byAnn, subjectsOf, ticketsInMemory } from "./operations/tickets-in-memory.js";
import { sampleTicket } from "./sample-tickets.js";

test("a sound store has no findings", async () => {
  const { tickets } = ticketsInMemory({
    tickets: [
      sampleTicket("tk-0001"),
      sampleTicket("tk-0002", { dependsOn: ["tk-0001"], parent: "tk-0001" }),
    ],
  });
  expect(await tickets.doctor()).toEqual({ findings: [] });
});

// P13
test("everything that is wrong is named, with its ticket, and nothing is changed", async () => {
  const { tickets, memory } = ticketsInMemory({
    tickets: [
      sampleTicket("tk-0001", { state: "limbo" }),
      sampleTicket("tk-0002", { type: "nonsense" }),
      sampleTicket("tk-0003", { dependsOn: ["tk-9999", "tk-0bad"] }),
      sampleTicket("tk-0004", { dependsOn: ["tk-0005"] }),
      sampleTicket("tk-0005", { dependsOn: ["tk-0006"] }),
      sampleTicket("tk-0006", { dependsOn: ["tk-0004"] }),
      sampleTicket("tk-0007", { dependsOn: ["tk-0007"] }),
      sampleTicket("tk-0008", { parent: "tk-0009" }),
      sampleTicket("tk-0009", { parent: "tk-0008", blocks: ["tk-7777"] }),
      sampleTicket("tk-000a", { parent: "tk-8888" }),
      sampleTicket("tk-000b", { dependsOn: ["tk-000c"] }),
      sampleTicket("tk-000c", { state: "closed", dependsOn: ["tk-9999"] }),
      sampleTicket("tk-000d", { title: "", preamble: "" }),
    ],
  });
  memory.plant("tk-0bad", "---\nid: tk-0bad\nid: tk-0bad\n---\n");
  const before = await memory.list();
  const { findings } = await tickets.doctor();
  const found = findings.map(({ severity, code, id }) => `${severity} ${code} ${id ?? ""}`).toSorted();
  expect(found).toEqual(
    [
      "error DEPENDENCY_CYCLE tk-0004",
      "error DEPENDENCY_CYCLE tk-0007",
      "error DEPENDENCY_MISSING tk-0003",
      "error DEPENDENCY_MISSING tk-0003",
      "error PARENT_CYCLE tk-0008",
      "error STATE_UNKNOWN tk-0001",
      "error TICKET_INVALID tk-000d",
      "error TICKET_UNREADABLE tk-0bad",
      "error TYPE_UNKNOWN tk-0002",
      "warning BLOCKS_MISSING tk-0009",
      "warning DEPENDENCY_UNDELIVERED tk-000b",
      "warning PARENT_MISSING tk-000a",
    ].toSorted(),
  );
  const cycle = findings.find(({ code, id }) => code === "DEPENDENCY_CYCLE" && id === "tk-0004");
  expect(cycle?.message).toContain("tk-0004 → tk-0005 → tk-0006 → tk-0004");
  expect((await memory.list()).tickets).toEqual(before.tickets);
  expect(await subjectsOf(memory)).toEqual([]);
});

test("what the backend finds is reported, once, and control characters are not passed on", async () => {
  const { memory, through } = ticketsInMemory({
    tickets: [sampleTicket("tk-0001", { dependsOn: ["tk-\u001b[2J"] })],
  });
  const foreign = { code: "FILE_FOREIGN", path: "notes.txt", message: "not a ticket" } as const;
  const tickets = through({
    ...memory,
    list: async (query, page) => ({ ...(await memory.list(query, page)), problems: [foreign] }),
    diagnose: async () => [
      foreign,
      { code: "TICKET_ILLEGAL", path: "x.md", line: 3, message: "pushed past the judge" },
    ],
  });
  const { findings } = await tickets.doctor();
  expect(findings.slice(0, 2)).toEqual([
    { severity: "warning", code: "FILE_FOREIGN", path: "notes.txt", message: "notes.txt: not a ticket" },
    {
      severity: "error",
      code: "TICKET_ILLEGAL",
      path: "x.md",
      line: 3,
      message: "x.md:3: pushed past the judge",
    },
  ]);
  expect(findings.filter(({ code }) => code === "FILE_FOREIGN")).toHaveLength(1);
  for (const { message } of findings) expect(message).not.toContain("\u001b");
  expect(await through(memory).doctor()).toBeDefined();
  expect(byAnn.actor.id).toBe("ann");
});
