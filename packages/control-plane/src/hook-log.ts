import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import type { HookCall, HookResult } from "@wiggum/workflow";

/** Logs that are kept, newest first. Each is bounded, since the output is. */
const keptLogs = 500;

/** Writes what came of an after-hook into `folder`, one file a run, and lets the oldest go. */
export function logHookRun(folder: string, runId: string, call: HookCall, result: HookResult): void {
  mkdirSync(folder, { recursive: true });
  const { ticketId, name, from, to, eventId } = call;
  const head = [
    `${new Date().toISOString()} ${printable(name)} ${printable(ticketId)}: ${printable(from)} → ${printable(to)}`,
    ...(eventId === undefined ? [] : [`event: ${printable(eventId)}`]),
    `result: ${describe(result)}`,
  ];
  const output = "output" in result ? result.output : "";
  // Ticket ids and hook names are safe as file names: letters, digits, dots, dashes.
  const file = `${runId}-${safe(ticketId)}-${safe(name)}.log`;
  writeFileSync(join(folder, file), `${head.join("\n")}\n\n${output}`);
  const logs = readdirSync(folder).filter((entry) => /^[0-9A-Z]{26}-.*\.log$/.test(entry));
  for (const old of logs.sort().slice(0, Math.max(0, logs.length - keptLogs))) {
    rmSync(join(folder, old), { force: true });
  }
}

/** A result in words. */
function describe(result: HookResult): string {
  switch (result.status) {
    case "absent":
      return "there is no active hook of this name";
    case "passed":
      return "passed";
    case "later":
      return "exit 12: to be tried later";
    case "failed":
      return `exit ${result.exitCode}${result.isLast === true ? "; not tried again by itself" : ""}`;
    case "timed-out":
      return `stopped after ${result.afterMs} ms`;
    case "broken":
      return `could not be run: ${printable(result.reason)}`;
  }
}

function safe(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 80);
}
