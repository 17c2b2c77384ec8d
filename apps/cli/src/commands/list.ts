import type { AgentStatus } from "@wiggum/control-plane";
import { requireSession, unreachable } from "../agents.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { printable, printableJson } from "../printable.js";
import { duration } from "../render/duration.js";

interface Flags {
  readonly format?: "table" | "json" | "ids";
}

export default defineCommand({
  examples: ["wiggum list", "wiggum list --format ids", "wiggum list --json"],
  details: [
    "Exit 3 when no agent was ever started here. --format json is the plain registry, as scripts of the shell version read it; --json is the envelope that every command has.",
  ],
  parameters: {
    flags: {
      format: {
        kind: "enum",
        optional: true,
        values: ["table", "json", "ids"],
        brief: "Shape of the output (default: table)",
      },
    },
  },
  async run(context: Context, flags: Flags) {
    const project = await context.project();
    await requireSession(project);
    const agents = await project.agents();
    const data = agents.map(agentData);
    if (flags.format === "ids") {
      return { data, text: agents.map(({ facts }) => `${printable(facts.agentId)}\n`).join("") };
    }
    if (flags.format === "json") return { data, text: `${printableJson(registryView(agents), 2)}\n` };
    if (agents.length === 0) {
      context.messages.info("There is no agent here. Start one: wiggum spawn worker <ticket>");
    }
    for (const agent of agents) {
      const reason = unreachable(agent);
      if (reason !== undefined) context.messages.info(reason);
    }
    const rows = agents.map(({ facts, ticketId, uptimeMs }) => [
      facts.agentId,
      facts.role,
      ticketId ?? "—",
      duration(uptimeMs),
    ]);
    return {
      data,
      table: { header: ["AGENT", "ROLE", "TICKET", "UPTIME"], rows, widths: [12, 12, 12, 10], dashes: 48 },
    };
  },
});

function agentData(agent: AgentStatus) {
  const { facts, state, why, ticketId, ticketState, usesSlot, uptimeMs } = agent;
  return {
    agentId: facts.agentId,
    role: facts.role,
    state,
    why,
    ticketId: ticketId ?? null,
    ticketState: ticketState ?? null,
    usesSlot,
    uptimeMs,
    worktree: facts.worktree ?? null,
    branch: facts.branch ?? null,
    generation: facts.session?.generation ?? null,
    startedAt: facts.session?.startedAt ?? null,
  };
}

function registryView(agents: readonly AgentStatus[]): object {
  const sorted = agents.toSorted((left, right) => (left.facts.agentId < right.facts.agentId ? -1 : 1));
  return Object.fromEntries(
    sorted.map(({ facts }) => [
      facts.agentId,
      {
        role: facts.role,
        ...paneOf(facts.session?.handle?.data["paneId"]),
        started_at: facts.session?.startedAt ?? facts.createdAt,
      },
    ]),
  );
}

function paneOf(paneId: unknown): { readonly tmux_pane_id?: string } {
  return typeof paneId === "string" ? { tmux_pane_id: paneId } : {};
}
