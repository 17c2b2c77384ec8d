import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { AgentFacts } from "@wiggum/workflow";

/** What `panels.json` shows of one agent. */
export interface PanelRow {
  readonly role: string;
  /** Only where the runner has panes. */
  readonly tmux_pane_id?: string;
  /** ISO 8601. */
  readonly started_at: string;
}

/**
 * Agents that were started and not ended by `kill`, keys sorted: `{"worker-0": {"role": "worker", "started_at": "..."}}`. Tickets are
 * not in it: which agent works on which ticket is said by the tickets.
 */
export function panelsOf(agents: readonly AgentFacts[]): Readonly<Record<string, PanelRow>> {
  const rows: Record<string, PanelRow> = {};
  const started = agents.filter(
    (agent) => agent.retiredAt === undefined && agent.session?.handle !== undefined,
  );
  for (const agent of [...started].sort((left, right) => (left.agentId < right.agentId ? -1 : 1))) {
    const pane = agent.session?.handle?.data["paneId"];
    rows[agent.agentId] = {
      role: agent.role,
      ...(typeof pane === "string" ? { tmux_pane_id: pane } : {}),
      started_at: agent.session?.startedAt ?? agent.createdAt,
    };
  }
  return rows;
}

/**
 * Replaces the view as a whole: a reader sees the old or the new one. It is for people and old scripts; nothing of ours reads it.
 * Called while the registry's write lock is held, so that views come in the order of the changes.
 */
export function writePanels(path: string, agents: readonly AgentFacts[]): void {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(panelsOf(agents), undefined, 2)}\n`);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
