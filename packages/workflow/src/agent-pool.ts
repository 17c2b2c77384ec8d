import { type AgentPoolEvent, poolEvents } from "./pool-events.js";
import type { AgentId } from "./runner.js";
import { type ActionOutcome, type SupervisorPorts, supervise } from "./supervisor.js";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "./supervisor-facts.js";

/** Told of one kind of event. */
export type AgentPoolHandler<Name extends AgentPoolEvent["name"]> = (
  event: Extract<AgentPoolEvent, { readonly name: Name }>,
) => void;

/** Agents as a pool: started and stopped as one, with events. It is `supervise` with an end to hold, and starts nobody by rules of its own. */
export interface AgentPool {
  /**
   * Begins to work; ends with `stop`. `maxAgents`: places; default: those of the project.
   * @throws what ends a run (no agent command): the returned promise is that of the first look, later ones go to `stop`
   */
  start(maxAgents?: number): Promise<void>;
  /** What is being done is done to its end, nothing else is begun. Agents run on. @throws what the run ended with */
  stop(): Promise<void>;
  /** Starts the role that the task waits for, whether or not it is the most urgent one; limits hold. */
  spawnAgent(task: SupervisedTicket): Promise<ActionOutcome>;
  /** As of the last look. */
  getAgent(agentId: AgentId): SupervisedAgent | undefined;
  /** Those at work, as of the last look. */
  listActiveAgents(): readonly SupervisedAgent[];
  /** Answers a function that ends it. A handler that throws ends the run. */
  on<Name extends AgentPoolEvent["name"]>(name: Name, handler: AgentPoolHandler<Name>): () => void;
}

/** How often to look although nothing seems to have changed, milliseconds. */
export interface AgentPoolOptions {
  readonly pollIntervalMs: number;
}

/** A pool over the ports of a supervisor. */
export function createAgentPool(ports: SupervisorPorts, options: AgentPoolOptions): AgentPool {
  const handlers = new Map<string, Set<(event: AgentPoolEvent) => void>>();
  let last: SupervisorFacts | undefined;
  let running: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined;

  function tell(facts: SupervisorFacts): void {
    const events = poolEvents(last, facts);
    last = facts;
    for (const event of events) for (const handler of handlers.get(event.name) ?? []) handler(event);
  }

  return {
    async start(maxAgents) {
      if (running !== undefined) return;
      const stop = new AbortController();
      let hasLooked: () => void = () => undefined;
      const looked = new Promise<void>((resolve) => {
        hasLooked = resolve;
      });
      const facts = async () => {
        const seen = await ports.facts();
        const limited = maxAgents === undefined ? seen : { ...seen, maxAgents };
        tell(limited);
        hasLooked();
        return limited;
      };
      const { pollIntervalMs } = options;
      const ended = supervise({ ...ports, facts }, { mode: "forever", pollIntervalMs, signal: stop.signal });
      running = { stop, ended };
      // Whoever stops it is told what it ended with; until then that is nobody's unhandled error.
      ended.catch(() => undefined);
      await Promise.race([looked, ended]);
    },
    async stop() {
      const { stop, ended } = running ?? {};
      running = undefined;
      stop?.abort();
      await ended;
    },
    async spawnAgent(task) {
      const role = task.isWorkable ? task.claimRole : task.roles[0];
      if (role === undefined || task.needsPerson)
        return { status: "failed", reason: `nobody can work on ${task.id} in ${task.state}` };
      return ports.spawn(role, task.id);
    },
    getAgent: (agentId) => last?.agents.find((agent) => agent.agentId === agentId),
    listActiveAgents: () => last?.agents.filter(({ isLive, isEnded }) => isLive && !isEnded) ?? [],
    on(name, handler) {
      const known = handlers.get(name) ?? new Set();
      handlers.set(name, known);
      const told = handler as (event: AgentPoolEvent) => void;
      known.add(told);
      return () => void known.delete(told);
    },
  };
}
