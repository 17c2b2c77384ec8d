import { appendFile } from "node:fs/promises";
import { printable } from "@wiggum/runner-process/sessions";
import type { MessageWithParts, OpenCodeEvent, Part } from "../connection.js";
import { printableLines } from "../errors.js";

/** So much of what a tool printed is shown; the transcript has all of it. */
const shownCharacters = 4_000;

export interface Transcript {
  /** Notes a part as soon as it is complete; each once. */
  take(event: OpenCodeEvent, family: ReadonlySet<string>): void;
  /** The same from messages: what was missed while nobody listened. */
  fill(messages: readonly MessageWithParts[]): void;
  /** These were noted by somebody before. */
  know(messages: readonly MessageWithParts[]): void;
  /** A line of the attendant's own. */
  say(line: string): void;
  /** All that was taken is written. */
  flush(): Promise<void>;
}

/** Words and tool calls of a session, as JSON lines in a file and readable on the output. */
export function createTranscript(file: string, print: (text: string) => void): Transcript {
  const written = new Set<string>();
  const roles = new Map<string, string>();
  let writing = Promise.resolve();
  const note = (part: Part) => {
    const entry = entryOf(part, roles.get(part.messageID));
    if (entry === undefined || written.has(part.id)) return;
    written.add(part.id);
    const line = JSON.stringify({
      at: new Date().toISOString(),
      session: part.sessionID,
      message: part.messageID,
      ...entry,
    });
    writing = writing.then(() => appendFile(file, `${line}\n`, { mode: 0o600 })).catch(() => undefined);
    const text = shown(entry);
    if (text !== "") print(`${text}\n`);
  };
  return {
    take(event, family) {
      if (event.type === "message.updated") roles.set(event.properties.info.id, event.properties.info.role);
      if (event.type === "message.part.updated" && family.has(event.properties.part.sessionID))
        note(event.properties.part);
    },
    fill(messages) {
      for (const { info, parts } of messages) {
        roles.set(info.id, info.role);
        for (const part of parts) note(part);
      }
    },
    know(messages) {
      for (const { info, parts } of messages)
        for (const part of parts) if (entryOf(part, info.role) !== undefined) written.add(part.id);
    },
    say: (line) => print(`${printable(line)}\n`),
    flush: () => writing,
  };
}

type Entry =
  | { readonly type: "prompt" | "text"; readonly text: string }
  | {
      readonly type: "tool";
      readonly tool: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly output?: string | undefined;
      readonly error?: string | undefined;
    };

function entryOf(part: Part, role: string | undefined): Entry | undefined {
  if (part.type === "text") {
    if (role === "user") return { type: "prompt", text: part.text };
    return part.time?.end === undefined || part.text === "" ? undefined : { type: "text", text: part.text };
  }
  if (part.type !== "tool") return undefined;
  const { tool, state } = part;
  if (state.status === "completed") return { type: "tool", tool, input: state.input, output: state.output };
  if (state.status === "error") return { type: "tool", tool, input: state.input, error: state.error };
  return undefined;
}

function shown(entry: Entry): string {
  if (entry.type === "text") return printableLines(entry.text.trimEnd());
  // Whoever wrote it knows it, and it may be long.
  if (entry.type === "prompt") return `> ${printable(entry.text.trim().split("\n")[0] ?? "").slice(0, 200)}`;
  if (entry.type !== "tool") return "";
  const { input, tool, output, error } = entry;
  const what =
    input["command"] ?? input["filePath"] ?? input["pattern"] ?? input["url"] ?? input["description"];
  const head = tool === "bash" ? `$ ${text(what)}` : `${tool} ${text(what)}`.trimEnd();
  const said = error === undefined ? (output ?? "") : `[error] ${error}`;
  const tail = said.length > shownCharacters ? `…${said.slice(-shownCharacters)}` : said;
  return [head, tail.trimEnd()]
    .filter((line) => line !== "")
    .map(printableLines)
    .join("\n");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
