import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesSchema, createJournalBytes } from "./journal-bytes.js";

function open() {
  const database = new DatabaseSync(":memory:");
  database.exec(bytesSchema);
  return { database, bytes: createJournalBytes((sql) => database.prepare(sql)) };
}

test("any content comes back as it was, whatever it is kept beside", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 40 })), { maxLength: 60 }),
      fc.uint8Array({ maxLength: 300 }),
      (edits, first) => {
        const { bytes } = open();
        const kept = new Map([[bytes.keep(first), first]]);
        let before = first;
        for (const [at, cut, added] of edits) {
          const start = at % (before.length + 1);
          const end = Math.min(before.length, start + (cut % 20));
          const content = Uint8Array.from([...before.subarray(0, start), ...added, ...before.subarray(end)]);
          kept.set(bytes.keep(content, before), content);
          before = content;
        }
        for (const [hash, content] of kept) expect([...bytes.read(hash)]).toEqual([...content]);
      },
    ),
    { numRuns: 60 },
  );
});

test("a thread of five hundred events takes the room of some threads, not of five hundred", () => {
  const { database, bytes } = open();
  let thread = Buffer.from("begin\n");
  bytes.keep(thread);
  for (let event = 0; event < 500; event++) {
    const next = Buffer.concat([thread, Buffer.from(`event ${event} ${"x".repeat(200)}\n`)]);
    bytes.keep(next, thread);
    thread = next;
  }
  const { size } = database.prepare("SELECT sum(length(bytes)) AS size FROM contents").get() as {
    size: number;
  };
  expect(size).toBeLessThan(thread.length * 20);
});
