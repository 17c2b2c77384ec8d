import { existsSync } from "node:fs";
import { type Cursor, printable } from "@wiggum/ticket-core";
import { drainOutbox, isWorkflowError, type OutboxRow } from "@wiggum/workflow";
import { sandboxVariable } from "./hook-environment.js";
import { listHooks } from "./hook-files.js";
import { wakeDrain } from "./hook-wake.js";
import { requireOwnClaim } from "./own-claim.js";
import type { Project } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { followView } from "./project-writes.js";
import { storageReason } from "./storage-errors.js";
import { templatesDirectory } from "./templates.js";
import { forgetTornDown } from "./torn-down.js";

export interface ProjectHooks {
  readonly hooks: Project["hooks"];
  /** A person looks: if hooks wait that nobody runs (a drain was killed or never started), they are taken up again. Never fails. */
  nudge(): Promise<void>;
  /** Hooks that run in this process have ended. */
  settled(): Promise<void>;
}

/** The `hooks` part of a project. Without `command` (the `wiggum` of this installation) hooks run in this process. */
export function createProjectHooks(
  parts: ProjectParts,
  command: readonly string[] | undefined,
): ProjectHooks {
  const { paths, hookRunner, outbox, tickets, clock, environment, notify, settings } = parts;
  const ports = { tickets, hooks: hookRunner, outbox, clock };
  let draining: Promise<unknown> = Promise.resolve();

  const hooks: Project["hooks"] = {
    async list() {
      return listHooks(paths, templatesDirectory());
    },
    async run(name, ticketId) {
      await requireOwnClaim(tickets, parts.caller.agent);
      const { ticket } = await tickets.show(ticketId);
      return hookRunner.run({
        name,
        phase: "post",
        ticketId: ticket.id,
        from: ticket.state,
        to: ticket.state,
        agentId: ticket.assignedAgentId,
        timeoutMs: settings.hookTimeoutMs,
        depth: parts.caller.hookDepth + 1,
      });
    },
    pending: (ticketId) => outbox.pending(ticketId),
    async resolve(eventId, hook, decision) {
      await outbox.resolve(eventId, hook, decision);
      if (decision === "retry") await forgetTornDown(paths, eventId);
    },
    async drain(options = {}) {
      const { ran, waiting } = await drainOutbox(ports, options);
      if (ran > 0) await followView(parts);
      return { ran, waiting };
    },
    async wake() {
      // A post-hook runs within a drain, which goes on with whatever the hook causes.
      if (environment["WIGGUM_EVENT_ID"]) return;
      // The built-in scheduler drains by itself, at each of its looks.
      if (parts.caller.actor.kind === "supervisor" && parts.caller.agent === undefined) return;
      // A process that a sandboxed command leaves behind ends with it, and could not start an agent for others anyway.
      if (environment[sandboxVariable]) {
        notify(
          "Hooks of this change run outside of the sandbox: with the supervisor, or with the next command",
        );
        return;
      }
      if (command !== undefined) {
        // What asked for hooks is done: that they cannot be started now is told, and made good by the next command.
        const started = await wakeDrain({ paths, wiggumCommand: command, environment }).catch(storageFaultOf);
        if (typeof started === "string") notify(`Hooks that are due have to wait: ${started}`);
        if (started === undefined)
          notify(`${printable(command.join(" "))} could not be started: hooks run with the next command`);
        return;
      }
      draining = draining
        .then(() => drainOutbox(ports))
        .catch((error: unknown) => {
          notify(
            `Hooks could not be run: ${printable(error instanceof Error ? error.message : String(error))}`,
          );
        });
    },
  };

  return {
    hooks,
    async nudge() {
      if (parts.caller.actor.kind !== "person") return;
      // Looking into a file that is not there would make it.
      if (!existsSync(paths.outboxDatabase) && !existsSync(paths.messages)) return;
      try {
        // The process that drains gives agents what waits for them, too.
        if (existsSync(paths.messages) && (await (await import("./use-cases.js")).mayDeliver(parts)))
          return await hooks.wake();
        if (!existsSync(paths.outboxDatabase)) return;
        const quietAt = outbox.quietAt?.();
        if (quietAt !== undefined && quietAt === (await tipOf(tickets))) return;
        // Runs none, but finds what was committed since somebody last drained.
        await drainOutbox(ports, { limit: 0 });
        const rows = await outbox.pending();
        const now = clock.now().toISOString();
        const isDue = ({ status, notBefore = "" }: OutboxRow) =>
          status === "started" || (status === "pending" && notBefore <= now);
        if (rows.some(isDue)) await hooks.wake();
      } catch (error) {
        const ofStorage = storageReason(error);
        if (ofStorage === undefined && !isWorkflowError(error)) throw error;
        notify(
          ofStorage === undefined
            ? (error as Error).message
            : `Hooks that are due have to wait: ${ofStorage}`,
        );
      }
    },
    async settled() {
      await draining;
    },
  };
}

async function tipOf({ backend }: ProjectParts["tickets"]): Promise<Cursor> {
  return (await (backend.summaries?.({ ids: [] }) ?? backend.list({ ids: [] }))).cursor;
}

/** @throws the failure itself where it is not one of the storage */
function storageFaultOf(error: unknown): string {
  const reason = storageReason(error);
  if (reason === undefined) throw error;
  return reason;
}
