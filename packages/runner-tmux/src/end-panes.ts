import { findGenerations, type Session } from "@wiggum/runner-process/sessions";
import type { AgentOrder } from "@wiggum/workflow";
import { runnerName } from "./failures.js";
import { underLock } from "./kernel-lock.js";
import type { PaneLaunchSettings } from "./launch-in-pane.js";
import { findPane, panesOf, removePane } from "./panes.js";
import type { Places } from "./places.js";
import { applyLayout, endEmptyServer } from "./project-session.js";
import { finishRecording, keepOutput } from "./saved-output.js";

/**
 * Takes the panes of a session that has ended away; with the last pane the tmux session ends, and the private server. At most `keptBytes` of
 * what they show are kept; without it, that was done before.
 */
export async function endPanes(
  place: PaneLaunchSettings,
  session: Session,
  keptBytes: number | undefined,
): Promise<void> {
  const { client, serverLock, lockPatienceMs } = place;
  const pane = await findPane(client, session);
  if (pane !== undefined) await finishRecording(session);
  if (pane !== undefined && keptBytes !== undefined) await keepOutput(client, session, pane, keptBytes);
  await underLock(serverLock, lockPatienceMs, async () => {
    for (const { pane: own } of await panesOf(client, session)) {
      await removePane(client, session, own.paneId);
      await applyLayout(place, own.windowId);
    }
    await endEmptyServer(place);
  });
}

/** The panes in which older sessions of the same agent have ended show nothing that is still of use. */
export async function endFormerPanes(places: Places, order: AgentOrder, maxBytes: number): Promise<void> {
  const { older } = await findGenerations({ ...order, runner: runnerName });
  for (const session of older) {
    if (session.runner !== runnerName) continue;
    const place = await places.of(session);
    const pane = await findPane(place.client, session);
    if (pane?.isDead === true) await endPanes(place, session, maxBytes);
  }
}
