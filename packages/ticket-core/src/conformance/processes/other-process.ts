// The program of a process that opens a store beside the kit's own, and does there what the kit asks. Started by `other-processes.ts`.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { TicketBackend, TicketCommit } from "../../backend.js";
import { builtinTypes } from "../../builtin-types.js";
import { isTicketError } from "../../errors.js";
import { createJudge } from "../../judge.js";
import { provideParsers } from "../../parser-port.js";
import * as parsers from "../../parsers.js";
import type { ConformanceSetup } from "../conformance-case.js";
import { writeWords } from "../wholeness-cases.js";
import { changeOf, commitOf, stored, useOperationIds } from "../writes.js";
import type { OtherAnswer, OtherOrder, OtherRequest } from "./requests.js";

provideParsers(() => parsers);
// No other process may draw the same.
let drawn = 0;
useOperationIds(() => {
  drawn += 1;
  return `other-${process.pid}-${drawn}`;
});

type Open = (options: unknown, setup: ConformanceSetup) => Promise<TicketBackend> | TicketBackend;

const { module, exported, options } = JSON.parse(process.argv.at(-1) ?? "") as OtherOrder;
const url = module.startsWith("file:") ? module : pathToFileURL(module).href;
const open = ((await import(url)) as Readonly<Record<string, unknown>>)[exported];
if (typeof open !== "function") throw new Error(`${module} exports no function ${exported}`);
const backend = await (open as Open)(options, { judge: createJudge(builtinTypes) });

function say(answer: OtherAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function countUp(id: string): Promise<number> {
  for (;;) {
    const record = await stored(backend, id);
    const count = Number(record.ticket.fields["count"] ?? 0) + 1;
    const commit = commitOf([changeOf(record, { fields: { ...record.ticket.fields, count } })]);
    try {
      await backend.commit(commit);
      return count;
    } catch (error) {
      // Somebody else was first: once more, from what is there now.
      if (!isTicketError(error, "TICKET_CONFLICT") && !isTicketError(error, "STORE_BUSY")) throw error;
    }
  }
}

async function answer({ call, argument }: OtherRequest): Promise<unknown> {
  if (call === "count") {
    for (let time = 0; time < argument.times; time += 1) say({ counted: await countUp(argument.id) });
    return argument.times;
  }
  if (call === "words") return writeWords(backend, argument);
  if (call === "commit") return backend.commit(argument as TicketCommit);
  if (call === "list") return backend.list();
  if (call === "read") return backend.read(String(argument));
  return backend.outcome(String(argument));
}

say({ value: "ready" });
for await (const line of createInterface(process.stdin)) {
  try {
    say({ value: await answer(JSON.parse(line) as OtherRequest) });
  } catch (error) {
    const { code, message, data } = error as { code?: string; message: string; data?: unknown };
    say({ error: { ...(code === undefined ? {} : { code }), message: String(message), data } });
  }
}
await backend.close?.();
