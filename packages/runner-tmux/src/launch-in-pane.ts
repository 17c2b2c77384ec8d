import { randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type KeeperLaunch,
  type LaunchedKeeper,
  printable,
  readKeeper,
  readLastLines,
} from "@wiggum/runner-process/sessions";
import { underLock } from "./kernel-lock.js";
import { launchScript } from "./launch-script.js";
import { paneFiles } from "./pane-files.js";
import { findPane, panesOf, removePane } from "./panes.js";
import { applyLayout, openPane, type ProjectSessionSettings } from "./project-session.js";
import { recorderCommand, recorderScript, recordingFiles } from "./recording.js";

export interface PaneLaunchSettings extends ProjectSessionSettings {
  readonly tmux: string;
  readonly serverLock: string;
  readonly lockPatienceMs: number;
}

/** So long a pane may take to start its keeper while nobody else may open one. */
const startUnderLockMs = 5_000;
/** A single argument or variable that is longer starts no program; with its end, and what a shell adds. */
const longestWord = 128 * 1024 - 64;

/** Starts the keeper as the program of a new pane. One at a time in a project, so that all find the session that the first one made. */
export async function launchInPane(
  settings: PaneLaunchSettings,
  launch: KeeperLaunch,
): Promise<LaunchedKeeper> {
  const { client } = settings;
  const { order, session } = launch;
  refuseOversize(launch);
  return await underLock(settings.serverLock, settings.lockPatienceMs, async () => {
    // Somebody else may have started it while we waited.
    if ((await readKeeper(session)) !== undefined)
      return { name: "another pane", failure: async () => undefined };
    const script = await writeScript(settings, launch);
    const paneId = await openPane(settings, order.cwd, ["/bin/sh", script]).catch(async (error: unknown) => {
      await rm(script, { force: true });
      throw error;
    });
    const failure = createFailureCheck(settings, launch, paneId);
    const giveUpAtMs = performance.now() + startUnderLockMs;
    while ((await readKeeper(session)) === undefined && performance.now() < giveUpAtMs) {
      if ((await failure()) !== undefined) break;
      await sleep(5);
    }
    await rm(script, { force: true });
    const pane = await findPane(client, session);
    if (pane !== undefined) await applyLayout(settings, pane.windowId);
    return { name: `pane ${paneId}`, failure };
  });
}

async function writeScript(settings: PaneLaunchSettings, launch: KeeperLaunch): Promise<string> {
  const { order } = launch;
  const { stateDirectory } = order;
  const files = paneFiles(stateDirectory);
  await writeFile(recordingFiles(stateDirectory).program, recorderScript, { mode: 0o600 });
  const path = join(stateDirectory, `launch-${randomBytes(8).toString("hex")}`);
  const text = launchScript({
    launch,
    tmux: settings.tmux,
    socketPath: settings.socketPath,
    projectKey: settings.projectKey,
    title: titleOf(order),
    files: { log: files.launchLog, pane: files.pane },
    recorder: recorderCommand(stateDirectory),
  });
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return path;
}

/** `worker-0:tk-5c46`. Nothing in it that tmux would expand. */
function titleOf({ agentId, ticketId }: KeeperLaunch["order"]): string {
  const title = ticketId === undefined ? agentId : `${agentId}:${ticketId}`;
  return title.replace(/[^\p{L}\p{N}:._-]/gu, "_");
}

/** Says why the keeper will not come, looking at the pane no more often than need be. */
function createFailureCheck(settings: PaneLaunchSettings, { session, order }: KeeperLaunch, paneId: string) {
  const betweenLooksMs = 100;
  let lastLookMs = performance.now();
  let found: string | undefined;
  return async (): Promise<string | undefined> => {
    if (found !== undefined || performance.now() - lastLookMs < betweenLooksMs) return found;
    lastLookMs = performance.now();
    const { client } = settings;
    const ask = ["list-panes", "-a", "-f", `#{==:#{pane_id},${paneId}}`, "-F", "#{pane_dead}"];
    const answer = await client.run(ask);
    const isThere = answer.isDone && answer.output.trim() === "0";
    const isUnclear = !answer.isDone && !answer.isWithoutServer;
    if (isThere || isUnclear || (await readKeeper(session)) !== undefined) return undefined;
    found = `its pane ended at once${await complaint(order.stateDirectory)}`;
    for (const { pane } of await panesOf(client, session)) await removePane(client, session, pane.paneId);
    return found;
  };
}

async function complaint(stateDirectory: string): Promise<string> {
  const log = await readFile(paneFiles(stateDirectory).launchLog, "utf8").catch(() => "");
  const printed = await readLastLines(recordingFiles(stateDirectory).current, 3, 4_096);
  const said = `${log}\n${printed}`.trim();
  return said === "" ? "" : `: ${printable(said).slice(0, 500)}`;
}

function refuseOversize({ keeper }: KeeperLaunch): void {
  const words = [
    ...keeper.parameters,
    ...Object.entries(keeper.environment).map(([name, value]) => `${name}=${value}`),
  ];
  if (words.some((word) => word.includes("\0"))) throw new Error("an argument or variable holds a NUL");
  if (words.some((word) => Buffer.byteLength(word) > longestWord)) {
    throw Object.assign(new Error("an argument or variable is too long"), { code: "E2BIG" });
  }
}
