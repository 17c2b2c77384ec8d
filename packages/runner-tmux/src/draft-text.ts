import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import type { Message } from "@wiggum/workflow";
import { canBeSeen } from "./composer.js";
import type { PaneProfile } from "./profile.js";

/** What is to be entered for a message. */
export interface Draft {
  readonly text: string;
  /** Typed key by key, or pasted at once because it has several lines. */
  readonly way: "typed" | "pasted";
}

const usualMostBytes = 1_000;
/** A terminal that hands lines to its program takes no longer ones: the kernel drops what is beyond 4095 bytes. */
const longestLineBytes = 4_000;

/** What programs are known to take for commands of their own: a shell, a list of commands, a memory, a file, a page of help. */
const usualCommandStarts = ["!", "/", "#", "@", "?"];

/** Words that end programs where they are all that is entered: those of a shell, and those of vi. */
const usualCommandTexts = ["exit", "quit", ":q", ":q!", ":wq", ":wq!"];

/** What a message is made of that may be typed: no control characters, one kind of line end, nothing blank at the ends of the text. */
export function typeable(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replaceAll("\t", " ")
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "")
    .replace(/^\n+|\n+$/g, "");
}

/** Nothing but blanks, control characters and characters without a width says nothing to anybody. */
export function saysSomething(text: string): boolean {
  return /[^\s\p{Default_Ignorable_Code_Point}]/u.test(typeable(text));
}

/**
 * The draft for a message: its text, or, where that is long, has lines that the program would take for several messages, would be no
 * message at all to it, or could not be seen in its composer, one line that names the file which now holds it.
 */
export async function draftOf(
  message: Message,
  profile: PaneProfile,
  place: { readonly inboxFile: string; readonly readsLines: boolean },
): Promise<Draft> {
  const text = typeable(message.text);
  const mostBytes = profile.maxTypedBytes ?? usualMostBytes;
  const isShort =
    Buffer.byteLength(text) <= (place.readsLines ? Math.min(mostBytes, longestLineBytes) : mostBytes);
  const isOneLine = !text.includes("\n");
  const isPlain = isShort && !meansMore(text, profile);
  if (isPlain && isOneLine) return { text, way: "typed" };
  if (isPlain && profile.multiline === "paste" && !place.readsLines) return { text, way: "pasted" };
  const file = await writeMessageFile(message, dirname(place.inboxFile));
  const from = typeable(message.from).replaceAll("\n", " ").slice(0, 100);
  return {
    text: `Read ${nameIn(dirname(place.inboxFile), file)}: it is a message for you from ${from}.`,
    way: "typed",
  };
}

/** Would a program do something else with that text than take it for a task, or nobody see that it has it? */
function meansMore(text: string, profile: PaneProfile): boolean {
  const { commandStarts = usualCommandStarts, commandTexts = usualCommandTexts } = profile;
  const task = text.trim();
  // Enter is pressed when the text was seen.
  if (!canBeSeen(task)) return true;
  const word = task.toLowerCase();
  if (commandTexts.some((command) => command.trim().toLowerCase() === word)) return true;
  // Enter after a backslash is a line break to some programs.
  if (task.endsWith("\\")) return true;
  // While the last word is being written, Enter may take an entry of a list of files for it.
  const lastWord = task.slice(task.search(/\S+$/u));
  return commandStarts.some((start) => task.startsWith(start) || lastWord.startsWith(start));
}

async function writeMessageFile(message: Message, folder: string): Promise<string> {
  const name = createHash("sha256").update(message.id).digest("hex").slice(0, 16);
  const file = join(folder, "messages", `${name}.md`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, message.text, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}

/** As the agent, which works in the folder of `.wiggum`, may name it. */
function nameIn(inboxFolder: string, file: string): string {
  const worktree = basename(inboxFolder).startsWith(".") ? dirname(inboxFolder) : inboxFolder;
  const short = relative(worktree, file);
  return short.startsWith("..") || isAbsolute(short) ? file : short;
}

const chunkBytes = 1_000;

/** Pieces that tmux takes as one argument each, cut between code points. */
export function chunksOf(text: string, mostBytes = chunkBytes): readonly string[] {
  const chunks: string[] = [];
  let chunk = "";
  let size = 0;
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (size > 0 && size + length > mostBytes) {
      chunks.push(chunk);
      chunk = "";
      size = 0;
    }
    chunk += character;
    size += length;
  }
  if (chunk !== "") chunks.push(chunk);
  return chunks;
}
