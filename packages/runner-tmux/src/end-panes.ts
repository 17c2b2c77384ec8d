import { findGenerations, type Session } from "@wiggum/runner-process/sessions";
import type { AgentOrder } from "@wiggum/workflow";
import { runnerName } from "./failures.js";
import { underLock } from "./kernel-lock.js";
import type { PaneLaunchSettings } from "./launch-in-pane.js";
import { findPane, panesOf, removePane } from "./panes.js";
import { applyLayout, endEmptyServer } from "./project-session.js";
import { finishRecording, keepOutput } from "./saved-output.js";

/** Takes the panes of a session that has ended away, its output kept; with the last pane the session ends, and the private server. */
export async function endPanes(place: PaneLaunchSettings, session: Session, maxBytes: number): Promise<void> {
  const { client, serverLock, lockPatienceMs } = place;
  const pane = await findPane(client, session);
  if (pane !== undefined) await finishRecording(session);
  // A program that had painted the whole screen has cleared it when it ended: that was kept before.
  if (pane !== undefined && !pane.hasAlternateScreen) await keepOutput(client, session, pane, maxBytes);
  await underLock(serverLock, lockPatienceMs, async () => {
    for (const { pane: own } of await panesOf(client, session)) {
      await removePane(client, session, own.paneId);
      await applyLayout(place, own.windowId);
    }
    await endEmptyServer(place);
  });
}

/** The panes in which older sessions of the same agent have ended show nothing that is still of use. */
export async function endFormerPanes(
  place: PaneLaunchSettings,
  order: AgentOrder,
  maxBytes: number,
): Promise<void> {
  const { older } = await findGenerations({ ...order, runner: runnerName });
  for (const session of older) {
    if (session.runner !== runnerName) continue;
    const pane = await findPane(place.client, session);
    if (pane?.isDead === true) await endPanes(place, session, maxBytes);
  }
}
