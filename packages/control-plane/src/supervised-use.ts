import type { AgentFacts, BudgetAmounts, BudgetEntry, BudgetUnit } from "@wiggum/workflow";
import type { Project } from "./project.js";

/** Notes what sessions used, where budgets are set. */
export interface UseWatch {
  /** Everything that is known now; answers what every session has reserved and used. */
  look(agents: readonly AgentFacts[]): Promise<readonly BudgetEntry[]>;
}

/** In memory is only what needs no second look; all figures are in the registry. */
export function createUseWatch({ registry, runner, clock, settings }: Project): UseWatch {
  const settled = new Set<string>();
  const counts = (unit: BudgetUnit) =>
    Object.values(settings.budgets.limits).some((amounts) => amounts?.[unit] !== undefined);
  const [countsMoney, countsTokens] = [counts("usd"), counts("tokens")];

  async function useOf({ session }: AgentFacts): Promise<BudgetAmounts | undefined> {
    if (session === undefined) return undefined;
    const endMs = session.endedAt === undefined ? clock.now().getTime() : Date.parse(session.endedAt);
    const timeMs = Math.max(0, endMs - Date.parse(session.startedAt));
    const { handle } = session;
    // What a program does not say is not nothing: then what was reserved counts.
    const usd = countsMoney && handle !== undefined ? await runner.cost?.(handle) : undefined;
    const tokens = countsTokens && handle !== undefined ? await runner.tokens?.(handle) : undefined;
    return {
      timeMs,
      ...(usd === undefined ? {} : { usd }),
      ...(tokens === undefined ? {} : { tokens }),
    };
  }

  return {
    async look(agents) {
      const newest = new Map(
        agents.map((agent) => [nameOf(agent.agentId, agent.session?.generation), agent]),
      );
      for (const entry of await registry.budgetEntries()) {
        const name = nameOf(entry.agentId, entry.generation);
        const agent = newest.get(name);
        if (agent === undefined || settled.has(name)) continue;
        const spent = await useOf(agent);
        if (spent !== undefined) await registry.recordUse(entry.agentId, entry.generation, spent);
        if (!entry.isOpen) settled.add(name);
      }
      return registry.budgetEntries();
    },
  };
}

const nameOf = (agentId: string, generation: number | undefined) => `${agentId} ${generation ?? 0}`;
