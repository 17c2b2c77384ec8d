import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "@wiggum/runner-process/sessions";
import { endMark } from "./launch-script.js";
import { paneFiles } from "./pane-files.js";
import { type AgentPane, findPane } from "./panes.js";
import { recordingFiles } from "./recording.js";
import { readLastBytes, readRecording } from "./recording-reader.js";
import { lastOf, readPaneLines } from "./screen.js";
import type { TmuxClient } from "./tmux-client.js";

/** So long nothing may be added to a recording that will not say that it is whole. */
const quietMs = 1_000;

/** The last lines of an agent: of its pane, or of what was kept of it. */
export async function readOutput(
  client: TmuxClient | undefined,
  session: Session,
  lastLines: number,
  maxBytes: number,
): Promise<string> {
  if (!(lastLines > 0)) return "";
  const pane = client && (await findPane(client, session).catch(() => undefined));
  const shown =
    client === undefined || pane === undefined
      ? undefined
      : await readPaneLines(client, pane.paneId, lastLines, maxBytes);
  if (shown !== undefined) return shown;
  const kept = await readFile(paneFiles(session.stateDirectory).lastOutput, "utf8").catch(() => undefined);
  // A pane that a person closed, or whose server is gone, left its recording only.
  const text = kept ?? (await readRecording(session.stateDirectory, maxBytes));
  return lastOf(text, lastLines, maxBytes);
}

/** Keeps what a pane shows before it is removed. A program that had painted its screen has cleared it when it ended: so look before. */
export async function keepOutput(
  client: TmuxClient,
  session: Session,
  pane: AgentPane,
  maxBytes: number,
): Promise<void> {
  const shown = await readPaneLines(client, pane.paneId, Number.MAX_SAFE_INTEGER, maxBytes);
  if (shown === undefined) return;
  const { lastOutput } = paneFiles(session.stateDirectory);
  const draft = `${lastOutput}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${shown}\n`, { mode: 0o600 });
  await rename(draft, lastOutput);
}

/**
 * Waits until all that an agent printed before it ended is in its recording: what its keeper prints last is there, or its pane is gone. A
 * keeper that was killed printed nothing; then quiet must do.
 */
export async function finishRecording({ stateDirectory }: Session): Promise<void> {
  const { end, current } = recordingFiles(stateDirectory);
  let lastChangeMs = performance.now();
  let formerSize = 0;
  while (!existsSync(end) && performance.now() - lastChangeMs < quietMs) {
    const size = statSync(current, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== formerSize) lastChangeMs = performance.now();
    formerSize = size;
    if ((await readLastBytes(current, 1_024)).includes(endMark)) return;
    await sleep(10);
  }
}
