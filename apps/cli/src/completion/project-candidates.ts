import { listRoles, type Project } from "@wiggum/control-plane";
import type { Candidates, Proposal } from "./propose.js";
import { completionScripts } from "./scripts.js";

/**
 * What this project has of each kind. Only reads, and only what is asked for. Where there is no project, or it cannot be read at this moment, nothing is
 * proposed: whoever presses Tab has not asked for a message.
 */
export function projectCandidates(open: () => Promise<Project>): Candidates {
  return async (kind, before) => {
    if (kind === "layout") return [{ value: "flat" }, { value: "fan-out" }];
    if (kind === "shell") return Object.keys(completionScripts).map((value) => ({ value }));
    try {
      return await found(await open(), kind, before);
    } catch {
      return [];
    }
  };
}

async function found(
  project: Project,
  kind: Exclude<Parameters<Candidates>[0], "shell" | "layout">,
  before: readonly string[],
): Promise<readonly Proposal[]> {
  switch (kind) {
    case "ticket": {
      const { tickets } = await project.tickets.summaries();
      return tickets.map(({ ticket }) => ({ value: ticket.id, brief: `${ticket.state}: ${ticket.title}` }));
    }
    case "agent": {
      const agents = await project.registry.list();
      return agents.map(({ agentId, role, ticketId }) => ({
        value: agentId,
        brief: ticketId === undefined ? role : `${role} of ${ticketId}`,
      }));
    }
    case "target":
      return [...(await found(project, "agent", before)), ...(await found(project, "ticket", before))];
    case "tool": {
      const tools = await project.tools.list();
      return tools.filter(({ isActive }) => isActive).map(({ name }) => ({ value: name }));
    }
    case "role":
      return (await listRoles(project.paths)).map((value) => ({ value }));
    case "state":
      return (await statesAfter(project, before[0])).map((value) => ({ value }));
    case "type":
      return Object.keys(project.types.types).map((value) => ({ value }));
    case "label": {
      const { tickets } = await project.tickets.summaries();
      return [...new Set(tickets.flatMap(({ ticket }) => ticket.labels))].map((value) => ({ value }));
    }
    case "hook": {
      const { project: own, defaults } = await project.hooks.list();
      return [...new Set([...own.map(({ name }) => name), ...defaults])].map((value) => ({ value }));
    }
    case "event": {
      const rows = (await project.hooks.pending()).filter(
        ({ status }) => status === "failed" || status === "parked",
      );
      return rows.map(({ eventId, hook, ticketId }) => ({ value: eventId, brief: `${hook} of ${ticketId}` }));
    }
    case "attachment": {
      const attached = before[0] === undefined ? [] : await project.tickets.attachments(before[0]);
      return attached.map(({ name, bytes }) => ({ value: name, brief: `${bytes} bytes` }));
    }
    case "salvage": {
      const entries = await project.salvage.list();
      return entries.map(({ name, files }) => ({ value: name, brief: files.join(", ") }));
    }
  }
}

/** Where that ticket can go from its state; all states where no ticket was named, or none that there is. */
async function statesAfter(
  { tickets, types }: Project,
  typedId: string | undefined,
): Promise<readonly string[]> {
  const all = [
    ...new Set(Object.values(types.types).flatMap(({ states }) => states.map(({ name }) => name))),
  ];
  if (typedId === undefined) return all;
  const id = await tickets.resolve(typedId, "read").catch(() => undefined);
  const record = id === undefined ? undefined : (await tickets.summaries({ ids: [id] })).tickets[0];
  if (record === undefined) return all;
  const { state, type } = record.ticket;
  const edges = types.types[type]?.transitions.filter(({ from }) => from === state) ?? [];
  return [...new Set(edges.map(({ to }) => to))];
}
