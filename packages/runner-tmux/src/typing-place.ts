import { judgeScreen, type PaneProfile, pattern } from "./profile.js";
import { columnsOf, type Screen } from "./screen.js";
import type { TmuxClient } from "./tmux-client.js";

/** Stands for the cursor in what the pattern `ready` of a profile is tried on. */
export const cursorMark = "▮";

/**
 * Why a pane, as it is now, is no place to type a message into; absent = it is. Whatever hooks and protocols say: keys go to what has the
 * keyboard, which may be a dialog that takes a letter for an answer, or the draft of a person.
 */
export async function whyNoPlace(
  client: TmuxClient,
  paneId: string,
  profile: PaneProfile,
): Promise<string | undefined> {
  const look = await lookAt(client, paneId);
  if (look === undefined) return "its pane is gone";
  const seen = judgeScreen(profile, look.screen)?.kind;
  if (seen !== "idle" && !(seen === "busy" && profile.takesMessagesWhileBusy === true)) {
    const what = seen === undefined ? undefined : shown[seen];
    return `its screen shows ${what ?? "no empty prompt: a dialog, or what somebody has begun to write"}`;
  }
  if (profile.ready === undefined || isReady(profile.ready, look)) return undefined;
  return "its prompt is not empty, or something else on its screen has the keyboard";
}

/** Does a pane show something that the profile knows: work, a question, an empty composer? */
export async function isUnderstood(
  client: TmuxClient,
  paneId: string,
  profile: PaneProfile,
): Promise<boolean> {
  const look = await lookAt(client, paneId);
  if (look === undefined) return false;
  return (
    judgeScreen(profile, look.screen) !== undefined ||
    (profile.ready !== undefined && isReady(profile.ready, look))
  );
}

interface Look {
  readonly screen: Screen;
  /** The rows with blanks for what is faint. */
  readonly bright: readonly string[];
}

/** Absent when the pane is gone. */
async function lookAt(client: TmuxClient, paneId: string): Promise<Look | undefined> {
  const head = "#{cursor_x} #{cursor_y} #{pane_width}";
  const answer = await client.run([
    ...["list-panes", "-a", "-f", `#{==:#{pane_id},${paneId}}`, "-F", head, ";"],
    ...["capture-pane", "-e", "-p", "-t", paneId],
  ]);
  const end = answer.output.indexOf("\n");
  const [column = Number.NaN, row = Number.NaN, width = Number.NaN] = answer.output
    .slice(0, Math.max(0, end))
    .split(" ")
    .map(Number);
  if (!answer.isDone || Number.isNaN(width)) return undefined;
  const { plain, bright } = rowsOf(answer.output.slice(end + 1));
  return { screen: { rows: plain, cursor: { column, row }, width }, bright };
}

function isReady(source: string, { screen, bright }: Look): boolean {
  return pattern(source).test(withCursor(bright, screen.cursor));
}

const shown: Readonly<Record<string, string>> = {
  waiting: "a question",
  blocked: "that it cannot go on",
  busy: "that it works",
};

/** The rows of a screen that was captured with its colours, without blanks at their ends; `bright` has blanks for what is faint. */
export function rowsOf(captured: string): {
  readonly plain: readonly string[];
  readonly bright: readonly string[];
} {
  let isFaint = false;
  let plain = "";
  let bright = "";
  for (const part of captured.split(/(\x1b\[[\d;:]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x0e\x0f])/u)) {
    const attributes = /^\x1b\[([\d;:]*)m$/u.exec(part)?.[1];
    if (attributes !== undefined) isFaint = faintAfter(attributes, isFaint);
    if (/^[\x1b\x0e\x0f]/u.test(part)) continue;
    plain += part;
    bright += isFaint ? part.replace(/[^\n]/gu, blanksFor) : part;
  }
  return { plain: trimmed(plain), bright: trimmed(bright) };
}

function trimmed(text: string): readonly string[] {
  return text.split("\n").map((row) => row.replaceAll("\u00a0", " ").trimEnd());
}

function blanksFor(character: string): string {
  return " ".repeat(columnsOf(character));
}

function faintAfter(attributes: string, isFaint: boolean): boolean {
  const codes = attributes.split(/[;:]/u).map(Number);
  let faint = isFaint;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at];
    // A colour: the numbers that follow are no attributes.
    if (code === 38 || code === 48 || code === 58) at += codes[at + 1] === 5 ? 2 : 4;
    else if (code === 2) faint = true;
    else if (code === 0 || code === 22) faint = false;
  }
  return faint;
}

function withCursor(rows: readonly string[], { column, row }: Screen["cursor"]): string {
  return rows
    .map((text, index) => {
      if (index !== row) return text;
      let before = "";
      let columns = 0;
      for (const character of text) {
        if (columns >= column) break;
        before += character;
        columns += columnsOf(character);
      }
      return (
        before.padEnd(before.length + Math.max(0, column - columns)) + cursorMark + text.slice(before.length)
      );
    })
    .join("\n");
}
