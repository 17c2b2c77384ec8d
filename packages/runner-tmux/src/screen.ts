import { setTimeout as sleep } from "node:timers/promises";
import type { TmuxClient } from "./tmux-client.js";

/** What a pane shows at one moment. */
export interface Screen {
  /** Rows from the top, without blanks at their ends; NBSP is a blank. */
  readonly rows: readonly string[];
  /** From 0. */
  readonly cursor: { readonly column: number; readonly row: number };
  readonly width: number;
}

/** Absent when the pane is gone. */
export async function readScreen(client: TmuxClient, paneId: string): Promise<Screen | undefined> {
  const head = "#{cursor_x} #{cursor_y} #{pane_width}";
  const answer = await client.run([
    ...["list-panes", "-a", "-f", `#{==:#{pane_id},${paneId}}`, "-F", head, ";"],
    ...["capture-pane", "-p", "-t", paneId],
  ]);
  if (!answer.isDone) return undefined;
  const [first = "", ...rows] = answer.output.split("\n");
  const [column, row, width] = first.split(" ").map(Number);
  if (column === undefined || row === undefined || width === undefined) return undefined;
  return {
    rows: rows.map((text) => text.replaceAll("\u00a0", " ").trimEnd()),
    cursor: { column, row },
    width,
  };
}

/** How many columns of a terminal a text takes; what combines with the character before it counts as one. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text)
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  return columns;
}

/** Equal looks that make an answer; a program that never stops printing gets so many, then the last one counts. */
const mostLooks = 6;
const betweenLooksMs = 15;

/**
 * The last `lastLines` lines of a pane with its history, wrapped lines joined, at most `maxBytes`. tmux takes in what was printed a
 * moment after it was printed, so two looks must agree. Absent when the pane is gone.
 */
export async function readPaneLines(
  client: TmuxClient,
  paneId: string,
  lastLines: number,
  maxBytes: number,
): Promise<string | undefined> {
  let former: string | undefined;
  for (let look = 0; look < mostLooks; look += 1) {
    if (look > 0) await sleep(betweenLooksMs);
    const seen = await capture(client, paneId, lastLines);
    if (seen === undefined) return undefined;
    if (seen === former) break;
    former = seen;
  }
  return lastOf(former ?? "", lastLines, maxBytes);
}

/** The last lines of a text, at most so many bytes of it; the line end after the last one is none of them. */
export function lastOf(text: string, lastLines: number, maxBytes: number): string {
  if (!(lastLines > 0)) return "";
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const last = lines.slice(-lastLines).join("\n");
  const bytes = Buffer.from(last);
  if (bytes.length <= maxBytes) return last;
  // A character that was cut in two decodes to U+FFFD.
  return bytes
    .subarray(bytes.length - maxBytes)
    .toString("utf8")
    .replace(/^\uFFFD+/, "");
}

async function capture(client: TmuxClient, paneId: string, lastLines: number): Promise<string | undefined> {
  // A line may have been wrapped into several rows.
  const firstTry = Math.min(lastLines * 4, 2_000);
  for (const rows of [`-${firstTry}`, "-"]) {
    const head = "#{cursor_x} #{cursor_y} #{history_size} #{pane_height} #{pane_dead}";
    const answer = await client.run([
      ...["list-panes", "-a", "-f", `#{==:#{pane_id},${paneId}}`, "-F", head, ";"],
      ...["capture-pane", "-p", "-J", "-t", paneId, "-S", rows],
    ]);
    if (!answer.isDone) return undefined;
    const at = answer.output.indexOf("\n");
    const [column = 0, row = 0, history = 0, height = 0, dead = 0] = answer.output
      .slice(0, at)
      .split(" ")
      .map(Number);
    const lines = answer.output.slice(at + 1).split("\n");
    lines.pop();
    // What is blank below the cursor was never printed.
    const blankRows = dead === 1 ? height : height - row - (column > 0 ? 1 : 0);
    for (let left = blankRows; left > 0 && lines.at(-1) === ""; left -= 1) lines.pop();
    const isWhole = rows === "-" || firstTry >= history;
    if (isWhole || lines.length > lastLines) return lines.map((line) => `${line}\n`).join("");
  }
  return undefined;
}
