import type { DatabaseSync } from "node:sqlite";
import { type AgentId, WorkflowError } from "@wiggum/workflow";

const firstPort = 24_000;
const lastPort = 27_999;

/** The lowest port that no live agent holds and that was not tried. */
export function leasePort(
  database: DatabaseSync,
  agentId: AgentId,
  generation: number,
  tried: readonly number[],
): number {
  database.prepare("DELETE FROM ports WHERE agent_id = ? AND generation < ?").run(agentId, generation);
  const held = database.prepare("SELECT port FROM ports WHERE agent_id = ?").get(agentId)?.["port"];
  if (typeof held === "number" && !tried.includes(held)) return held;
  database.prepare("DELETE FROM ports WHERE agent_id = ?").run(agentId);
  const taken = new Set(
    database
      .prepare("SELECT port FROM ports")
      .all()
      .map((row) => Number(row["port"])),
  );
  for (const port of tried) taken.add(port);
  for (let port = firstPort; port <= lastPort; port++) {
    if (taken.has(port)) continue;
    database
      .prepare("INSERT INTO ports (port, agent_id, generation) VALUES (?, ?, ?)")
      .run(port, agentId, generation);
    return port;
  }
  throw new WorkflowError(
    "SPAWN_FAILED",
    `All TCP ports from ${firstPort} to ${lastPort} are in use`,
    { agentId, step: "order" },
    { hint: "End agents or programs that hold ports." },
  );
}
