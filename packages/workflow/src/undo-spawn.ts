import type { Ticket, WriteContext } from "@wiggum/ticket-core";
import type { SpawnStepRecord, UnfinishedSpawn } from "./registry.js";
import type { SpawnPorts } from "./spawn-ports.js";
import { stopProved } from "./stop-agent.js";

type Data = SpawnStepRecord["data"];

/** What each step writes down before it runs: enough for another process to undo it, whether it ran, half ran or not. */
export interface StepData {
  claim: { readonly ticketId: string; readonly from: string; readonly to: string };
  "take-over": { readonly ticketId: string; readonly former: string | null };
  feature: { readonly branch: string; readonly commit: string };
  salvage: { readonly worktree: string };
  worktree: { readonly worktree: string; readonly branch: string; readonly startAt: string | null };
  "set-up": { readonly worktree: string };
  order: { readonly worktree: string };
  /** Epoch of the claim that the agent works under; `null` = it has no ticket. */
  start: { readonly epoch: number | null };
}

type Undo = (data: Data, spawn: UnfinishedSpawn, ports: SpawnPorts) => Promise<readonly string[]>;

/** Undoing is repeatable: whoever undoes may be killed, too. Steps that are not named need no undo. */
const undos: Readonly<Partial<Record<string, Undo>>> = {
  claim: async (data, spawn, ports) => {
    await backTo(ports, text(data["ticketId"]), (ticket) =>
      // A ticket that its agent has moved on is no longer as this spawn left it: that is work, and stays.
      ticket.assignedAgentId === spawn.agentId && ticket.state === data["to"]
        ? { ...ticket, ...nobody, state: text(data["from"]), leaseEpoch: ticket.leaseEpoch + 1 }
        : ticket,
    );
    return [];
  },
  "take-over": async (data, spawn, ports) => {
    const former = data["former"];
    if (former === spawn.agentId) {
      // The same agent goes on with it: nothing to give back. But a start that was not answered may take effect later, and must find itself fenced.
      if (spawn.steps.some(({ step }) => step === "start"))
        await backTo(ports, text(data["ticketId"]), (ticket) =>
          ticket.assignedAgentId === spawn.agentId
            ? { ...ticket, leaseEpoch: ticket.leaseEpoch + 1 }
            : ticket,
        );
      return [];
    }
    await backTo(ports, text(data["ticketId"]), (ticket) => {
      if (ticket.assignedAgentId !== spawn.agentId) return ticket;
      const holder = typeof former === "string" ? { assignedAgentId: former } : nobody;
      return { ...ticket, ...holder, leaseEpoch: ticket.leaseEpoch + 1 };
    });
    return [];
  },
  feature: async (data, _spawn, { workspaces }) => {
    await workspaces.removeFeature(text(data["branch"]), text(data["commit"]));
    return [];
  },
  worktree: async (data, spawn, { workspaces }) => {
    const startAt = data["startAt"];
    const cleared = await workspaces.discard({
      agentId: spawn.agentId,
      worktree: text(data["worktree"]),
      branch: text(data["branch"]),
      ...(typeof startAt === "string" ? { startAt } : {}),
    });
    return cleared.warnings;
  },
  "set-up": async (_data, spawn, { orders }) => {
    await orders.stopSetUp(spawn.agentId, spawn.generation);
    return [];
  },
  start: async (_data, spawn, ports) => {
    await stopSession(spawn, ports);
    return [];
  },
};

const nobody = { assignedAgentId: undefined, assignedAt: undefined } as const;

const undoStep = "undo";

/** Was it begun to be undone? */
export function isUndoing(spawn: UnfinishedSpawn): boolean {
  return spawn.steps.some(({ step }) => step === undoStep);
}

/** Undoes the recorded steps, last one first, and frees the agent's place. Answers warnings in words. */
export async function undoSpawn(
  spawn: UnfinishedSpawn,
  ports: SpawnPorts,
  reason: string,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  // Once begun it is gone through with, by whoever recovers: what is half undone is not fit to go on.
  if (!isUndoing(spawn)) await ports.registry.recordStep(spawn.spawnId, { step: undoStep, data: {} });
  for (const { step, data } of [...spawn.steps].reverse()) {
    warnings.push(...((await undos[step]?.(data, spawn, ports)) ?? []));
  }
  await ports.registry.abandonSpawn(spawn.spawnId, reason);
  return warnings;
}

async function backTo(
  ports: SpawnPorts,
  ticketId: string,
  change: (ticket: Ticket) => Ticket,
): Promise<void> {
  const record = await ports.tickets.show(ticketId);
  // A commit that changes nothing would still stand in the history.
  if (change(record.ticket) === record.ticket) return;
  await ports.tickets.update(ticketId, change, undoContext(ports), `Release ticket: ${ticketId}`);
}

/**
 * Written by whoever spawned, to whom it is no news then. An agent holds another ticket and has no fence for this one: then it is the
 * supervisor's write.
 */
function undoContext(ports: SpawnPorts): WriteContext {
  const { actor } = ports.writeContext();
  const { host } = actor;
  const supervisor = { kind: "supervisor", id: "wiggum", ...(host === undefined ? {} : { host }) } as const;
  return {
    actor: actor.kind === "agent" ? supervisor : actor,
    operationId: ports.newId(),
    cause: "spawn failed",
    override: "spawn failed",
  };
}

/** Ends the session of this spawn, whether or not its handle was ever stored. @throws AGENT_SURVIVES */
async function stopSession(spawn: UnfinishedSpawn, ports: SpawnPorts): Promise<void> {
  const { runner, registry, orders } = ports;
  const stored = (await registry.read(spawn.agentId))?.session;
  const isStored = stored?.generation === spawn.generation && stored.handle !== undefined;
  const found = isStored
    ? [stored.handle]
    : (await runner.discover({ stateRoot: orders.stateRoot })).filter(
        (handle) => handle.agentId === spawn.agentId && handle.generation === spawn.generation,
      );
  for (const handle of found) await stopProved(runner, handle);
}

function text(value: Data[string] | undefined): string {
  return typeof value === "string" ? value : "";
}
