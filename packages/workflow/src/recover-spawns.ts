import type { UnfinishedSpawn } from "./registry.js";
import type { AgentHandle } from "./runner.js";
import type { SpawnPorts } from "./spawn-ports.js";
import { isUndoing, undoSpawn } from "./undo-spawn.js";

/** Why the session of a spawn ended whose process was killed: no fault of agent or ticket. */
export const cutOff = "spawn failed: the process that started it was gone";

/** What became of a spawn whose process had died. */
export interface RecoveredSpawn {
  readonly agentId: string;
  /** `completed`: the agent runs (or ran) and holds its ticket. `undone`: neither. `left`: could not be undone now; tried again next time. */
  readonly status: "completed" | "undone" | "left";
  readonly warnings: readonly string[];
}

/**
 * Finishes or undoes the spawns of processes that are gone. Any number of processes may recover at once: each spawn is taken by one of
 * them, and by another one if that dies, too.
 */
export async function recoverSpawns(ports: SpawnPorts): Promise<readonly RecoveredSpawn[]> {
  const spawns = await ports.registry.unfinishedSpawns();
  const recovered: RecoveredSpawn[] = [];
  for (const spawn of spawns) recovered.push(await recoverOne(spawn, ports));
  return recovered;
}

async function recoverOne(spawn: UnfinishedSpawn, ports: SpawnPorts): Promise<RecoveredSpawn> {
  const { agentId, spawnId } = spawn;
  try {
    if (await complete(spawn, ports)) return { agentId, status: "completed", warnings: [] };
    const warnings = await undoSpawn(spawn, ports, cutOff);
    return { agentId, status: "undone", warnings };
  } catch (error) {
    // One that cannot be undone (a process that does not end, a full disk) is in no other's way.
    await ports.registry.leaveSpawn(spawnId);
    const said = error instanceof Error ? error.message : String(error);
    return { agentId, status: "left", warnings: [`${agentId} could not be taken back: ${said}`] };
  }
}

/** Nothing but the note of the start was missing: the session is there. */
async function complete(spawn: UnfinishedSpawn, ports: SpawnPorts): Promise<boolean> {
  const started = spawn.steps.find(({ step }) => step === "start");
  if (started === undefined || isUndoing(spawn)) return false;
  const { registry } = ports;
  const session = (await registry.read(spawn.agentId))?.session;
  const isStored = session?.generation === spawn.generation && session.handle !== undefined;
  if (!isStored) {
    const handle = await findSession(spawn, ports);
    if (handle === undefined || !(await stillHolds(spawn, ports))) return false;
    const epoch = started.data["epoch"];
    await registry.recordStart(spawn.spawnId, {
      runner: handle.runner,
      handle,
      ...(typeof epoch === "number" ? { epoch } : {}),
    });
  }
  await registry.finishSpawn(spawn.spawnId);
  return true;
}

async function findSession(spawn: UnfinishedSpawn, ports: SpawnPorts): Promise<AgentHandle | undefined> {
  const handles = await ports.runner.discover({ stateRoot: ports.orders.stateRoot });
  return handles.find(
    ({ agentId, generation }) => agentId === spawn.agentId && generation === spawn.generation,
  );
}

/** An agent whose ticket went to another one meanwhile would only be fenced. */
async function stillHolds(spawn: UnfinishedSpawn, ports: SpawnPorts): Promise<boolean> {
  const claim = spawn.steps.find(({ step }) => step === "claim" || step === "take-over");
  const ticketId = claim?.data["ticketId"];
  if (typeof ticketId !== "string") return true;
  return (await ports.tickets.show(ticketId)).ticket.assignedAgentId === spawn.agentId;
}
