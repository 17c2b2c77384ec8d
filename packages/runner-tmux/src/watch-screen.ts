import { setTimeout as sleep } from "node:timers/promises";
import { type AgentHandle, defaultEvidenceLimits, type Evidence } from "@wiggum/workflow";
import { judgeScreen, type PaneProfile } from "./profile.js";
import { readScreen } from "./screen.js";
import type { TmuxClient } from "./tmux-client.js";

/** Two looks this far apart that agree make a fact; one alone may have met a half-painted screen. */
const betweenLooksMs = defaultEvidenceLimits.screenSettleMs + 20;

/** What the screen of a pane says, at two moments: whoever judges it believes it only if both agree. */
export async function watchScreen(
  client: TmuxClient,
  paneId: string,
  profile: PaneProfile,
  { generation }: AgentHandle,
  monotonicMs: () => number,
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for (let look = 0; look < 2; look += 1) {
    if (look > 0) await sleep(betweenLooksMs);
    const screen = await readScreen(client, paneId);
    const fact = screen === undefined ? undefined : judgeScreen(profile, screen);
    if (fact === undefined) return evidence;
    evidence.push({
      source: "screen",
      fact,
      atMs: monotonicMs(),
      generation,
      detail: `profile ${profile.name}`,
    });
  }
  return evidence;
}
