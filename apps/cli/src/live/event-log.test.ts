import { expect, test } from "vitest";
import { createEventLog } from "./event-log.js";

const now = () => new Date(2026, 0, 2, 9, 5);

test("what was written for the terminal becomes events: prefixes known, colours gone, half a line waits for its end", () => {
  const log = createEventLog(now, 10);
  log.addText("\u001b[33m[warn]\u001b[0m Disk is al");
  expect(log.lines).toEqual([]);
  log.addText("most full\n        next: tidy up\n\n[other] kept whole\n");
  expect(log.lines).toEqual([
    { kind: "warn", text: "Disk is almost full", at: "09:05" },
    { kind: "plain", text: "next: tidy up", at: "09:05" },
    { kind: "plain", text: "[other] kept whole", at: "09:05" },
  ]);
});

test("only the last ones are kept, whatever their number", () => {
  const log = createEventLog(now, 3);
  for (let index = 0; index < 10; index += 1) log.messages.ok(`event ${index}`);
  log.messages.error("It failed", ["next: try again"]);
  expect(log.lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "ok event 9",
    "error It failed",
    "plain next: try again",
  ]);
});
