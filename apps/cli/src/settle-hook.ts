import type { OutboxRow } from "@wiggum/workflow";
import { defineCommand } from "./command.js";
import { usageError } from "./command-error.js";
import type { Context } from "./context.js";
import { textArgument } from "./parameters.js";

interface SettledHook {
  readonly decision: "retry" | "drop";
  readonly examples: readonly [string, ...string[]];
  readonly said: (row: OutboxRow) => string;
}

/** `hook retry` and `hook drop`: a person decides about a hook that failed or is parked. */
export function settlingCommand({ decision, examples, said }: SettledHook) {
  return defineCommand({
    examples,
    details: [
      "'wiggum hook pending' shows the events. The hook may be left out where only one of the event is waiting.",
    ],
    parameters: {
      positional: {
        kind: "tuple",
        parameters: [
          textArgument("event", "Event, or the beginning of its id"),
          { ...textArgument("hook", "Name of the hook"), optional: true },
        ],
      },
    },
    async run(context: Context, _flags: object, event: string, hook?: string) {
      const project = await context.project();
      const row = find(await project.hooks.pending(), event, hook);
      await project.hooks.resolve(row.eventId, row.hook, decision);
      context.messages.ok(said(row));
      if (decision === "retry") await project.hooks.wake();
      return { data: { eventId: row.eventId, hook: row.hook, ticketId: row.ticketId, decision } };
    },
  });
}

function find(rows: readonly OutboxRow[], event: string, hook: string | undefined): OutboxRow {
  const found = rows.filter(
    (row) => row.eventId.startsWith(event) && (hook === undefined || row.hook === hook),
  );
  const [only, another] = found;
  if (only === undefined) {
    throw usageError(
      `No such hook is waiting: ${event}${hook === undefined ? "" : ` ${hook}`}`,
      "'wiggum hook pending' lists them.",
    );
  }
  if (another === undefined) return only;
  throw usageError(
    `Several hooks are meant: ${found.map((row) => `${row.eventId} ${row.hook}`).join(", ")}`,
    "Name the event in full, and the hook.",
  );
}
