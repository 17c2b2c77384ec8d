// Agents as processes: they work in steps, keep checkpoints, renew their claims by what they write, are lost, wake up, and are told to stop.
import { WorkflowError } from "../../errors.js";
import { mayHolderGoOn } from "../../leases.js";
import type { AgentHandle, AgentRunner, Evidence } from "../../runner.js";
import type { SimulatedRegistry } from "./registry.js";
import type { SimulatedStore } from "./store.js";
import { leaseMs, minute, type StoredTicket, type World } from "./world.js";

export interface Process {
  readonly agentId: string;
  readonly generation: number;
  readonly role: string;
  readonly ticketId: string;
  readonly epoch: number;
  /** On the other host: it can be cut off, and then nobody can prove that it was stopped. */
  readonly isFar: boolean;
  isAlive: boolean;
  isHung: boolean;
  /** It has shown its claim, and works. */
  isConfirmed: boolean;
  hasMoved: boolean;
  exitCode: number;
  said: string;
  outputs: number;
  lastOutputMs: number;
  /** Writes of it that arrived: what another host sees of it. */
  beats: number;
  renewedAtMs: number;
  tokens: number;
  step: number;
  waiting: (() => void)[];
  /** End of the limit that it met. */
  limitedUntilMs?: number | undefined;
}

export interface SimulatedAgents {
  readonly runner: AgentRunner;
  readonly processes: Map<string, Process>;
  processOf(agentId: string, generation: number): Process | undefined;
  end(process: Process, exitCode: number, said?: string): void;
  hang(process: Process, forMs: number): void;
}

/** Tokens that a session is expected to use. */
export const expectedTokens = 100;

const nameOf = (agentId: string, generation: number) => `${agentId}#${generation}`;

export function createAgents(
  world: World,
  store: SimulatedStore,
  registry: SimulatedRegistry,
  onStart: (process: Process) => void,
): SimulatedAgents {
  const { random, time, network } = world;
  const processes = new Map<string, Process>();
  const dispatched = new Map<string, string>();

  const ownerOf = (process: Process) => `${process.isFar ? "far" : "near"}:${process.agentId}`;
  const handleOf = ({ agentId, generation, isFar }: Process): AgentHandle => ({
    runner: isFar ? "far" : "near",
    agentId,
    generation,
    data: {},
  });
  const ofHandle = ({ agentId, generation }: AgentHandle) => processes.get(nameOf(agentId, generation));

  function end(process: Process, exitCode: number, said = ""): void {
    if (!process.isAlive) return;
    process.isAlive = false;
    process.exitCode = exitCode;
    process.said = said;
    process.waiting = [];
    world.touch();
  }

  /** What a process does it does while it lives and is awake. */
  function act(process: Process, action: () => void): void {
    if (!process.isAlive) return;
    if (process.isHung) process.waiting.push(action);
    else action();
  }

  const later = (process: Process, delayMs: number, action: () => void) =>
    time.after(delayMs, () => act(process, action), ownerOf(process));

  function goesOn(process: Process): boolean {
    const isOwn = world.isDropped("self-fence") || !process.isFar;
    if (isOwn || mayHolderGoOn(process.renewedAtMs, time.nowMs(), leaseMs)) return true;
    end(process, 10, "my lease may be over");
    return false;
  }

  function checkAlone(process: Process): void {
    for (const other of processes.values()) {
      if (other === process || !other.isAlive || other.isHung || !other.isConfirmed) continue;
      if (other.ticketId !== process.ticketId || other.role !== process.role) continue;
      if (
        other.isFar &&
        !world.isDropped("self-fence") &&
        !mayHolderGoOn(other.renewedAtMs, time.nowMs(), leaseMs)
      )
        continue;
      world.violate(
        `${other.agentId} and ${process.agentId} both work as ${process.role} on ${process.ticketId}`,
      );
    }
  }

  const isLost = (process: Process) =>
    (process.isFar && network.isCut) || random.chance(process.isFar ? network.lossPercent : 1);
  const delayMs = () => (random.chance(1) ? random.between(1, 45) * minute : random.between(10, 2_000));

  /** Sends until it is answered; what arrives has its effect once. A message on its way is not stopped by its sender's end. */
  function ask(process: Process, effect: () => boolean, answered: (isAccepted: boolean) => void): void {
    let result: boolean | undefined;
    let isAnswered = false;
    const answer = (isAccepted: boolean, sentAtMs: number) => {
      if (isAnswered) return;
      isAnswered = true;
      // It is renewed as of when that request was sent, however long the answer was on its way.
      process.renewedAtMs = Math.max(process.renewedAtMs, sentAtMs);
      if (goesOn(process)) answered(isAccepted);
    };
    const send = () => {
      if (isAnswered || !goesOn(process)) return;
      const sentAtMs = time.nowMs();
      process.outputs += 1;
      process.lastOutputMs = sentAtMs;
      if (!isLost(process)) {
        time.after(delayMs(), () => {
          result ??= effect();
          if (result) process.beats += 1;
          const isAccepted = result;
          if (!isLost(process)) later(process, random.between(10, 500), () => answer(isAccepted, sentAtMs));
        });
      }
      later(process, 20_000, send);
    };
    send();
  }

  /** As the holder of the ticket, or as whoever has the place of its role. */
  function write(process: Process, change: (entry: StoredTicket) => void): boolean {
    const { agentId, generation, role, ticketId, epoch } = process;
    if (role === "worker") return store.writeFenced(agentId, ticketId, epoch, change);
    const isCurrent = registry.isCurrent(agentId, generation);
    if (!isCurrent && !world.isDropped("fence")) return false;
    if (!isCurrent) world.violate(`${agentId} wrote to ${ticketId} although its session was over`);
    const entry = store.stored(ticketId);
    if (entry.ticket.state !== "review") return false;
    change(entry);
    return true;
  }

  function begin(process: Process): void {
    ask(
      process,
      () => write(process, () => undefined),
      (isOwn) => {
        if (!isOwn) return end(process, 10, "fenced");
        process.isConfirmed = true;
        const entry = store.stored(process.ticketId);
        process.step = world.isDropped("checkpoint") ? 0 : entry.done;
        checkAlone(process);
        work(process);
      },
    );
  }

  function work(process: Process): void {
    const entry = store.stored(process.ticketId);
    later(process, random.between(30_000, 4 * minute), () => {
      if (!goesOn(process)) return;
      checkAlone(process);
      process.tokens += Math.ceil((entry.nature === "greedy" ? 4 : 0.8) * (expectedTokens / entry.steps));
      if (world.limit.untilMs > time.nowMs()) {
        process.limitedUntilMs = world.limit.untilMs;
        const seconds = Math.ceil((world.limit.untilMs - time.nowMs()) / 1_000);
        return end(process, 1, `Usage limit reached. Try again in ${seconds} seconds.`);
      }
      if (entry.nature === "poison" && random.chance(90)) return end(process, 1, "it breaks");
      if (process.role === "reviewer") return review(process, entry);
      if (entry.nature === "unclear") return giveUp(process);
      if (process.step < entry.done)
        world.violate(`${process.agentId} did a step of ${process.ticketId} again`);
      const next = process.step + 1;
      ask(
        process,
        () =>
          write(process, (stored) => {
            stored.done = Math.max(stored.done, next);
          }),
        (isOwn) => {
          if (!isOwn) return end(process, 10, "fenced");
          process.step = next;
          if (next >= entry.steps) handIn(process);
          else work(process);
        },
      );
    });
  }

  function giveUp(process: Process): void {
    ask(
      process,
      () =>
        write(process, ({ ticket }) =>
          store.requireAction(ticket.id, "the requirements contradict each other"),
        ),
      () => end(process, 0),
    );
  }

  function handIn(process: Process): void {
    ask(
      process,
      () =>
        write(process, (entry) => {
          if (entry.ticket.state !== "in-progress") return;
          process.hasMoved = true;
          entry.commits += 1;
          store.move(entry, "review");
          if (network.lostHooks > 0) network.lostHooks -= 1;
          else world.hooks.push({ ticketId: entry.ticket.id, role: "reviewer" });
          if (network.rivals === 0) return;
          network.rivals -= 1;
          world.onRival?.(entry.ticket.id, "reviewer");
        }),
      (isOwn) => end(process, isOwn ? 0 : 10),
    );
  }

  function review(process: Process, entry: StoredTicket): void {
    const isRejected = entry.nature === "stubborn" || random.chance(15);
    const findings = entry.nature === "stubborn" ? ["It is not done"] : [`Finding ${entry.commits}`];
    ask(
      process,
      () =>
        write(process, (stored) => {
          process.hasMoved = true;
          if (!isRejected) return store.move(stored, "done");
          stored.rounds.push({ commit: String(stored.commits), findings });
          stored.done = stored.steps - 1;
          store.move(stored, "in-progress");
        }),
      (isOwn) => end(process, isOwn ? 0 : 10),
    );
  }

  const runner: AgentRunner = {
    contract: 1,
    name: "near",
    supports: {
      attach: false,
      resume: true,
      structuredState: true,
      ask: false,
      cost: false,
      permissions: false,
    },
    async start(order) {
      const { agentId, generation, role, ticketId = "" } = order;
      const name = nameOf(agentId, generation);
      const known = processes.get(name);
      if (known !== undefined) return handleOf(known);
      const epoch = Number(order.environment["EPOCH"]);
      const process: Process = {
        agentId,
        generation,
        role,
        ticketId,
        epoch,
        isFar: random.chance(30),
        isAlive: true,
        isHung: false,
        isConfirmed: false,
        hasMoved: false,
        exitCode: 0,
        said: "",
        outputs: 0,
        lastOutputMs: time.nowMs(),
        beats: 0,
        renewedAtMs: time.nowMs(),
        tokens: 0,
        step: 0,
        waiting: [],
      };
      const isLate = network.lateStarts > 0;
      if (isLate) network.lateStarts -= 1;
      const token = `${ticketId} ${epoch}`;
      const former = role === "worker" ? dispatched.get(token) : undefined;
      if (former !== undefined && former !== name)
        world.violate(`${token} was given to ${former} and to ${name}`);
      if (role === "worker") dispatched.set(token, name);
      const live = () => {
        processes.set(name, process);
        process.renewedAtMs = time.nowMs();
        process.lastOutputMs = time.nowMs();
        begin(process);
      };
      if (isLate) time.after(random.between(1, 50) * minute, live, ownerOf(process));
      else {
        live();
        onStart(process);
      }
      if (isLate || network.lostStarts > 0) {
        if (!isLate) network.lostStarts -= 1;
        throw new WorkflowError("RUNNER_FAILED", "no answer", { runner: "near" });
      }
      return handleOf(process);
    },
    discover: async () =>
      [...processes.values()]
        .filter(({ isAlive, isFar }) => isAlive && !(isFar && network.isCut))
        .map(handleOf),
    async observe(handle) {
      const process = ofHandle(handle);
      const fact: Evidence["fact"] =
        process === undefined
          ? { kind: "lost" }
          : process.isAlive
            ? { kind: "busy" }
            : { kind: "exited", code: process.exitCode };
      return [{ source: "protocol", fact, atMs: time.nowMs(), generation: handle.generation }];
    },
    async stop(handle) {
      const process = ofHandle(handle);
      const isOutOfReach = process?.isAlive === true && process.isFar && network.isCut;
      if (process !== undefined && !isOutOfReach) end(process, 143);
      return { stopped: !isOutOfReach, survivors: [], signalled: 1 };
    },
    send: async (_handle, { id }) => ({ status: "unknown", messageId: id, detail: "" }),
    output: async (handle) => ofHandle(handle)?.said ?? "",
    interrupt: async () => undefined,
  };

  return {
    runner,
    processes,
    processOf: (agentId, generation) => processes.get(nameOf(agentId, generation)),
    end,
    hang(process, forMs) {
      process.isHung = true;
      if (forMs === Number.POSITIVE_INFINITY) return;
      time.after(forMs, () => {
        if (!process.isAlive) return;
        process.isHung = false;
        const actions = process.waiting;
        process.waiting = [];
        for (const action of actions) act(process, action);
      });
    },
  };
}
