import { printable } from "@wiggum/ticket-core";
import { drainOutbox } from "@wiggum/workflow";
import { listHooks } from "./hook-files.js";
import { wakeDrain } from "./hook-wake.js";
import type { Project } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { followView } from "./project-writes.js";
import { templatesDirectory } from "./templates.js";

/** The `hooks` part of a project. Without `command` (the `wiggum` of this installation) hooks run in this process. */
export function createProjectHooks(
  parts: ProjectParts,
  command: readonly string[] | undefined,
): Project["hooks"] & { settled(): Promise<void> } {
  const { paths, hookRunner, outbox, tickets, clock, environment, notify, settings } = parts;
  const ports = { tickets, hooks: hookRunner, outbox, clock };
  let draining: Promise<unknown> = Promise.resolve();

  return {
    async list() {
      return listHooks(paths, templatesDirectory());
    },
    async run(name, ticketId) {
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
    resolve: (eventId, hook, decision) => outbox.resolve(eventId, hook, decision),
    async drain(options = {}) {
      const { ran, waiting } = await drainOutbox(ports, { patienceMs: options.patienceMs });
      if (ran > 0) await followView(parts);
      return { ran, waiting };
    },
    async wake() {
      // A post-hook runs within a drain, which goes on with whatever the hook causes.
      if (environment["WIGGUM_EVENT_ID"]) return;
      // The built-in scheduler drains by itself, at each of its looks.
      if (parts.caller.actor.kind === "supervisor" && parts.caller.agent === undefined) return;
      if (command !== undefined) {
        const pid = await wakeDrain({ paths, wiggumCommand: command, environment });
        if (pid === undefined)
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
    async settled() {
      await draining;
    },
  };
}
