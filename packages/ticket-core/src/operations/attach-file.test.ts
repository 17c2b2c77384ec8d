import { describe, expect, test } from "vitest";
import type { TicketBackend } from "../backend.js";
import { TicketError } from "../errors.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (content: Uint8Array) => new TextDecoder().decode(content);

async function withTicket() {
  const made = ticketsInMemory();
  const { ticket } = await made.tickets.create({ title: "With files" }, byAnn);
  return { ...made, id: ticket.id };
}

describe("attachments", () => {
  test("are attached, listed, read and taken away by the beginning of an id", async () => {
    const { tickets, memory, id } = await withTicket();
    const short = id.slice(3);
    const attached = await tickets.attach(short, { name: "log.txt", content: bytes("one") }, byAnn);
    expect(await tickets.attachments(short)).toEqual([attached]);
    const { attachment, content } = await tickets.attachment(short, "log.txt");
    expect([attachment, text(content)]).toEqual([attached, "one"]);
    expect(await tickets.detach(short, "log.txt", byAnn)).toBe("log.txt");
    expect(await tickets.attachments(id)).toEqual([]);
    expect((await subjectsOf(memory)).slice(1)).toEqual([
      `Attach log.txt to ${id}`,
      `Remove attachment log.txt of ${id}`,
    ]);
  });

  test("one that is there stays, unless it is to be replaced, whatever it is by then", async () => {
    const { tickets, memory, through, id } = await withTicket();
    await tickets.attach(id, { name: "log.txt", content: bytes("one") }, byAnn);
    const again = { name: "log.txt", content: bytes("two") };
    expect(await codeOf(tickets.attach(id, again, byAnn))).toBe("ATTACHMENT_CONFLICT");
    let others = 0;
    const attachments = {
      ...memory.attachments,
      add: async (addition: Parameters<typeof memory.attachments.add>[0]) => {
        others += 1;
        // Somebody else is faster twice.
        if (others < 3) {
          const other = { name: "log.txt", content: bytes(`other ${others}`), isReplacing: true };
          await tickets.attach(id, other, byAnn);
        }
        return memory.attachments.add(addition);
      },
    };
    const raced = through({ ...memory, attachments });
    await raced.attach(id, { ...again, isReplacing: true }, byAnn);
    expect([others, text((await tickets.attachment(id, "log.txt")).content)]).toEqual([3, "two"]);
  });

  test("a name that differs in case only is in the way of a replacement, too", async () => {
    const { tickets, id } = await withTicket();
    await tickets.attach(id, { name: "Log.txt", content: bytes("one") }, byAnn);
    const twin = { name: "log.TXT", content: bytes("two"), isReplacing: true };
    expect(await codeOf(tickets.attach(id, twin, byAnn))).toBe("ATTACHMENT_CONFLICT");
  });

  test("a write whose answer was lost is made good by its operation id; one that was not made is told", async () => {
    const { tickets, memory, through, id } = await withTicket();
    const losing = (isWritten: boolean): TicketBackend => {
      let isLost = false;
      const lose = async <Order extends { readonly operationId: string }, Receipt>(
        order: Order,
        write: (order: Order) => Promise<Receipt>,
      ) => {
        if (isLost) return write(order);
        isLost = true;
        if (isWritten) await write(order);
        const { operationId } = order;
        throw new TicketError("COMMIT_UNKNOWN", "The connection is gone", { operationId });
      };
      const { attachments } = memory;
      return {
        ...memory,
        attachments: {
          ...attachments,
          add: (addition) => lose(addition, attachments.add),
          remove: (removal) => lose(removal, attachments.remove),
        },
      };
    };
    const file = { name: "log.txt", content: bytes("one") };
    expect(await codeOf(through(losing(false)).attach(id, file, byAnn))).toBe("COMMIT_UNKNOWN");
    expect(await tickets.attachments(id)).toEqual([]);
    expect((await through(losing(true)).attach(id, file, byAnn)).name).toBe("log.txt");
    expect(await codeOf(through(losing(false)).detach(id, "log.txt", byAnn))).toBe("COMMIT_UNKNOWN");
    expect(await through(losing(true)).detach(id, "log.txt", byAnn)).toBe("log.txt");
    expect(await tickets.attachments(id)).toEqual([]);
  });

  test("the same operation id again has no second effect, after others wrote, too", async () => {
    const { tickets, memory, id } = await withTicket();
    const file = { name: "log.txt", content: bytes("one") };
    const adding = { ...byAnn, operationId: "01ADD" };
    const removing = { ...byAnn, operationId: "01REMOVE" };
    const first = await tickets.attach(id, file, adding);
    await tickets.detach(id, "log.txt", removing);
    expect(await tickets.attach(id, file, adding)).toEqual(first);
    expect(await tickets.attach(id, { ...file, isReplacing: true }, adding)).toEqual(first);
    expect(await tickets.detach(id, "log.txt", removing)).toBe("log.txt");
    expect((await subjectsOf(memory)).length).toBe(3);
  });

  test("a backend without attachments says so", async () => {
    const { memory, through, id } = await withTicket();
    const { attachments: _none, ...backend } = memory;
    const tickets = through({ ...backend, supports: { ...memory.supports, attachments: false } });
    const file = { name: "log.txt", content: bytes("one") };
    expect(await codeOf(tickets.attachments(id))).toBe("UNSUPPORTED");
    expect(await codeOf(tickets.attachment(id, "log.txt"))).toBe("UNSUPPORTED");
    expect(await codeOf(tickets.attach(id, file, byAnn))).toBe("UNSUPPORTED");
    expect(await codeOf(tickets.detach(id, "log.txt", byAnn))).toBe("UNSUPPORTED");
  });
});
