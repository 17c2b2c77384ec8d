import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connection.js";

/** So long a session may take to stop what it does. */
const abortWaitMs = 5_000;
const pollMs = 100;

/**
 * Stops all that sessions of the connection's folder do: the folder is one agent's, so all of them are, those that it started included. With a
 * session its tools end. Waits a while until all are idle.
 * @throws CallFailed
 */
export async function abortSessions(connection: Connection): Promise<void> {
  const giveUpAtMs = performance.now() + abortWaitMs;
  while (performance.now() < giveUpAtMs) {
    const statuses = await connection.statuses();
    const working = Object.entries(statuses).filter(([, { type }]) => type !== "idle");
    if (working.length === 0) return;
    for (const [sessionId] of working) await connection.abort(sessionId);
    await sleep(pollMs);
  }
}
