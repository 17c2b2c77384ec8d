import { stripVTControlCharacters } from "node:util";
import type { Messages } from "../messages.js";

export type EventKind = "info" | "ok" | "warn" | "error" | "plain";

/** One message of a run. */
export interface EventLine {
  readonly kind: EventKind;
  readonly text: string;
  /** Time of day, local, for example `14:03`. */
  readonly at: string;
}

/** What a run said last, for the live view. */
export interface EventLog {
  /** Takes messages in instead of printing them. */
  readonly messages: Messages;
  readonly lines: readonly EventLine[];
  /** Takes in what was written for the terminal: whole lines, with their prefixes. */
  addText(text: string): void;
}

const kinds: ReadonlySet<string> = new Set(["info", "ok", "warn", "error"]);

/** Keeps the last `mostLines`; what is only for looking into a defect is not kept. */
export function createEventLog(now: () => Date, mostLines: number): EventLog {
  const lines: EventLine[] = [];
  let rest = "";
  const add = (kind: EventKind, text: string) => {
    lines.push({ kind, text, at: timeOfDay(now()) });
    if (lines.length > mostLines) lines.splice(0, lines.length - mostLines);
  };
  const adding = (kind: EventKind) => (text: string) => add(kind, text);
  return {
    lines,
    messages: {
      info: adding("info"),
      ok: adding("ok"),
      warn: adding("warn"),
      error(text, details = []) {
        add("error", text);
        for (const detail of details) add("plain", detail);
      },
      debug() {},
      plain: adding("plain"),
    },
    addText(text) {
      const written = (rest + stripVTControlCharacters(text)).split("\n");
      rest = written.pop() ?? "";
      for (const line of written) {
        const [, kind = "", said = ""] = /^\[([a-z]+)\] (.*)$/s.exec(line) ?? [];
        if (kinds.has(kind)) add(kind as EventKind, said);
        else if (line.trim() !== "") add("plain", line.trim());
      }
    },
  };
}

function timeOfDay(time: Date): string {
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
