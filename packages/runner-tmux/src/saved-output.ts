import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Session } from "@wiggum/runner-process/sessions";
import { paneFiles } from "./pane-files.js";
import { type AgentPane, findPane } from "./panes.js";
import { recordingFiles } from "./recording.js";
import { readRecording } from "./recording-reader.js";
import { lastOf, readPaneLines } from "./screen.js";
import type { TmuxClient } from "./tmux-client.js";

/** So long the recorder may take to write the rest once it is told that nothing more comes. */
const recorderWaitMs = 3_000;

/** The last lines of an agent: of its pane, or of what was kept of it. */
export async function readOutput(
  client: TmuxClient,
  session: Session,
  lastLines: number,
  maxBytes: number,
): Promise<string> {
  if (!(lastLines > 0)) return "";
  const pane = await findPane(client, session).catch(() => undefined);
  const shown =
    pane === undefined ? undefined : await readPaneLines(client, pane.paneId, lastLines, maxBytes);
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

/** Lets the recording of an agent that has ended be finished: tmux hands everything on before it calls a pane dead. */
export async function finishRecording(client: TmuxClient, session: Session): Promise<void> {
  const { end } = recordingFiles(session.stateDirectory);
  const giveUpAtMs = performance.now() + recorderWaitMs;
  while (!existsSync(end) && performance.now() < giveUpAtMs) {
    const pane = await findPane(client, session).catch(() => undefined);
    if (pane?.isDead === true && pane.isRecorded) await client.run(["pipe-pane", "-t", pane.paneId]);
    await sleep(10);
  }
}
