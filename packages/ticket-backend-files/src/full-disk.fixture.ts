// A program for the tests: writes in a folder until the disk is full, reads, makes room, and tells what became of each write.
import { rmSync } from "node:fs";
import { isTicketError } from "@wiggum/ticket-core";
import { createWorkItems, type WorkItems } from "./work-items/create-work-items.js";

/** What became of the writes, told as one line of JSON. */
export interface FullDiskReport {
  /** All that anything was refused with. */
  readonly codes: readonly string[];
  readonly written: number;
  readonly unknown: number;
  readonly refusedButThere: readonly string[];
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly isReadWhileFull: boolean;
  readonly isStatusKept: boolean;
}

const [root = "", pad = ""] = process.argv.slice(2);
const marks = { written: new Set<string>(), refused: new Set<string>(), unknown: new Map<string, string>() };
const codes: string[] = [];

async function attempt(mark: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    marks.written.add(mark);
  } catch (error) {
    if (!isTicketError(error)) throw error;
    codes.push(error.code);
    if (isTicketError(error, "COMMIT_UNKNOWN")) marks.unknown.set(mark, error.data.operationId);
    else marks.refused.add(mark);
  }
}

/** Everything that is in the folder, as marks. */
async function there(items: WorkItems, first: string): Promise<readonly string[]> {
  const { items: all, problems } = await items.list();
  const { events, meta } = await items.show(first);
  const { isSound, findings } = await items.doctor();
  if (problems.length > 0 || !isSound) throw new Error(JSON.stringify({ problems, findings }));
  const told = events.flatMap(({ body }) => body.trim().split(" ")[0] ?? []);
  return [...all.map(({ slug }) => slug), ...told.filter((mark) => mark.startsWith("ev-")), meta.status];
}

let items = createWorkItems({ root });
const { id: first } = await items.create({ title: "First" });
let status: "open" | "pending" = "open";
for (let round = 1; codes.length < 9; round++) {
  const text = "x".repeat(1500 * (round % 5));
  await attempt(`ev-${round}`, () =>
    items.addEvent(first, { kind: "comment", body: `ev-${round} ${text}` }, { author: "ann" }),
  );
  await attempt(`new-${round}`, () => items.create({ title: `New ${round}`, body: text }));
  const next = status === "open" ? "pending" : "open";
  await attempt(`move-${round}`, async () => {
    await items.setStatus(first, next);
    status = next;
  });
}
const whileFull = await there(items, first);
// A process that begins when the disk is full.
items.end();
items = createWorkItems({ root });
const anew = await there(items, first);
rmSync(pad);
const outcomes = new Map<string, boolean>();
for (const [mark, operationId] of marks.unknown) outcomes.set(mark, await items.outcome(operationId));
await items.addEvent(first, { kind: "comment", body: "ev-last" }, { author: "ann" });
const after = await there(items, first);
items.end();

const expected = new Set([...marks.written].filter((mark) => !mark.startsWith("move-")));
for (const [mark, isMade] of outcomes) if (isMade && !mark.startsWith("move-")) expected.add(mark);
const found = after.filter((mark) => /^(ev|new)-\d+$/.test(mark));
const report: FullDiskReport = {
  codes: [...new Set(codes)],
  written: marks.written.size,
  unknown: marks.unknown.size,
  refusedButThere: found.filter((mark) => marks.refused.has(mark)),
  lost: [...expected].filter((mark) => !found.includes(mark)),
  twice: found.filter((mark, index) => found.indexOf(mark) !== index),
  isReadWhileFull: [whileFull, anew].every((marksThen) => marksThen.includes("first")),
  isStatusKept: [...marks.unknown.keys()].some((mark) => mark.startsWith("move-")) || after.includes(status),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
