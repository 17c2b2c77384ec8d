import { describe, expect, test } from "vitest";
import { defaultAttachmentLimits } from "./attachments.js";
import { builtinTypes } from "./builtin-types.js";
import { casesFor, ticketBackendConformance } from "./conformance/index.js";
import { createJudge } from "./judge.js";
import { createMemoryBackend } from "./memory-backend.js";
import { sampleTicket } from "./sample-tickets.js";

const judge = createJudge(builtinTypes);

await ticketBackendConformance({
  test: (name, run) => test(`memory: ${name}`, run, 60_000),
  createBackend: async (setup) => {
    const attachmentLimits = { ...defaultAttachmentLimits, maxCount: 5 };
    const backend = createMemoryBackend({ ...setup, attachmentLimits });
    return { backend, plant: backend.plant };
  },
});

describe("the memory backend", () => {
  test("rules about opening a store again do not concern it, all others do", async () => {
    const cases = await casesFor(async (setup) => {
      const backend = createMemoryBackend(setup);
      return { backend, plant: backend.plant };
    });
    const rules = cases.map(({ rule }) => rule);
    expect(rules).toEqual(
      expect.arrayContaining(["compare-and-swap", "watch-follow", "batch", "unreadable-read"]),
    );
    for (const rule of ["reopen", "second-handle", "no-batch"]) expect(rules).not.toContain(rule);
  });

  test("starts with the tickets that it is given, not judged, in no history", async () => {
    const ticket = sampleTicket("tk-0001", { state: "qa", leaseEpoch: 3 });
    const backend = createMemoryBackend({ judge, tickets: [ticket] });
    expect((await backend.read("tk-0001")).record?.ticket).toEqual(ticket);
    const changes = [];
    for await (const change of backend.watch?.(undefined, { follow: false }) ?? []) changes.push(change);
    expect(changes).toEqual([]);
  });

  test("nothing is created over what cannot be read", async () => {
    const backend = createMemoryBackend({ judge });
    backend.plant("tk-0001", "no ticket");
    const create = backend.commit({
      operationId: "01",
      actor: { kind: "person", id: "ann" },
      subject: "Create",
      at: "2026-01-02T03:04:05Z",
      changes: [{ id: "tk-0001", expected: null, next: sampleTicket("tk-0001") }],
    });
    await expect(create).rejects.toMatchObject({ code: "TICKET_CONFLICT", data: { id: "tk-0001" } });
  });

  test("a cursor of another store is refused", async () => {
    const backend = createMemoryBackend({ judge });
    for (const cursor of ["m5", "x", ""]) {
      const watching = backend.watch?.(cursor, { follow: false })[Symbol.asyncIterator]();
      await expect(watching?.next()).rejects.toMatchObject({
        code: "QUERY_INVALID",
        data: { member: "cursor" },
      });
    }
  });
});
