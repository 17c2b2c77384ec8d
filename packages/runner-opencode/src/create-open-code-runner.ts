import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSessionRunner, findProgram, sessionOf, spawnKeeper } from "@wiggum/runner-process/sessions";
import type { AgentHandle, AgentRunner, Evidence, Reply } from "@wiggum/workflow";
import { answerRequest } from "./answer-request.js";
import { attachCommand } from "./attach-command.js";
import { runnerName, unsupported } from "./errors.js";
import { openCodeCommand } from "./open-code-command.js";
import { type OpenCodeRunnerOptions, parseOptions } from "./options.js";
import { planSession } from "./plan-session.js";
import { createServerRunner } from "./server/keep-server.js";
import {
  type AttendantPlan,
  type OpenCodeSessionRecord,
  readDeliveries,
  readPlan,
  readRecord,
  readState,
  sessionFiles,
  writeJson,
} from "./session-files.js";
import { endServersIn, stopSession } from "./stop-session.js";

/** An `AgentRunner` with what only OpenCode has. */
export interface OpenCodeRunner extends AgentRunner {
  readonly answer: NonNullable<AgentRunner["answer"]>;
  readonly attach: NonNullable<AgentRunner["attach"]>;
  readonly cost: NonNullable<AgentRunner["cost"]>;
  readonly tokens: NonNullable<AgentRunner["tokens"]>;
  readonly follow: NonNullable<AgentRunner["follow"]>;
  /** Tokens, cost, todo list and transcript of an agent's session; absent as long as it has none. Also after its end. */
  session(handle: AgentHandle): Promise<OpenCodeSessionRecord | undefined>;
  /** Ends the shared server, with whatever its sessions still do. Stop the agents first. */
  endServer(): Promise<void>;
}

/** A state that was told so long ago says nothing any more. */
const staleMs = 30_000;

/**
 * Agents as sessions of an OpenCode server. Each has a process of its own that attends its session and keeps what is known of it in the
 * agent's state directory, so any process of this host can go on with it. A command whose program is not OpenCode runs as a child
 * process, without what only OpenCode can do.
 */
export function createOpenCodeRunner(options: OpenCodeRunnerOptions): OpenCodeRunner {
  const settings = parseOptions(options);
  const { clock, waits } = settings;
  const inner = createSessionRunner({ name: runnerName, launchKeeper: spawnKeeper, clock, ...waits });
  const servers = createServerRunner(waits);
  const folderOf = (handle: AgentHandle) => sessionOf(handle, runnerName).stateDirectory;

  /** @throws RUNNER_UNSUPPORTED it is another program's session */
  async function requirePlan(handle: AgentHandle, method: string): Promise<AttendantPlan> {
    const plan = await readPlan(folderOf(handle));
    if (plan !== undefined) return plan;
    throw unsupported(method, "It runs another program than OpenCode: 'wiggum logs' shows what that prints.");
  }

  return {
    ...inner,
    supports: {
      attach: true,
      terminal: false,
      resume: true,
      structuredState: true,
      ask: true,
      cost: true,
      permissions: true,
    },

    async start(order) {
      const command = openCodeCommand(order.command);
      await findProgram(order);
      // Whoever looks for sessions later looks whether it is there.
      await mkdir(settings.directory, { recursive: true, mode: 0o700 });
      if (command === undefined) {
        if (order.resume !== undefined)
          throw unsupported("start with resume", "Start a new session without `resume`.");
        return inner.start(order);
      }
      const { resume: _, profile: __, ...rest } = order;
      const attended = {
        ...rest,
        command: [...settings.attendant, order.stateDirectory],
        standardInput: "",
      };
      // An older generation must leave no trace, a second start must change nothing.
      if ((await readPlan(order.stateDirectory)) === undefined) {
        const plan = await planSession(order, command, settings);
        await mkdir(order.stateDirectory, { recursive: true, mode: 0o700 });
        await writeJson(sessionFiles(order.stateDirectory).plan, plan);
      }
      return inner.start(attended);
    },

    async observe(handle) {
      const known = await inner.observe(handle);
      const [life, ...others] = known;
      if (life?.fact.kind !== "running") return known;
      const state = await readState(folderOf(handle));
      if (state === undefined) return known;
      const ageMs = clock.now().getTime() - Date.parse(state.heardAt);
      // Whoever attends it looks at its server all the time: what was said then still holds.
      if (!(ageMs < staleMs)) return known;
      const { atMs, generation } = life;
      const said: Evidence = { source: "protocol", fact: state.fact, atMs, generation };
      return [life, said, ...others];
    },

    async glance(handle) {
      const known = await inner.glance?.(handle);
      if (known === undefined) return undefined;
      const state = await readState(folderOf(handle)).catch(() => undefined);
      if (state === undefined) return known;
      // That it was told anew is no news; that it is told no more is.
      const isStale = !(clock.now().getTime() - Date.parse(state.heardAt) < staleMs);
      return `${known} ${isStale} ${JSON.stringify(state.fact)}`;
    },

    async send(handle, message) {
      const queued = await inner.send(handle, message);
      const folder = folderOf(handle);
      if (queued.status !== "queued" || (await readPlan(folder)) === undefined) return queued;
      const giveUpAtMs = performance.now() + settings.deliveryWaitMs;
      for (;;) {
        const taken = (await readDeliveries(folder)).find(({ id }) => id === message.id);
        if (taken !== undefined) {
          const proof = `its session has it as ${taken.openCodeMessageId}`;
          return { status: "delivered", messageId: message.id, proof };
        }
        if (performance.now() > giveUpAtMs) {
          // Read as soon as the session is idle, and recorded then.
          return { status: "queued", messageId: message.id, where: queued.where };
        }
        await sleep(100);
      }
    },

    async answer(handle, requestId, reply: Reply) {
      await inner.observe(handle);
      await answerRequest(await requirePlan(handle, "answer"), handle, requestId, reply, servers);
    },

    async attach(handle) {
      return attachCommand(await requirePlan(handle, "attach"), handle, servers);
    },

    async cost(handle) {
      const folder = folderOf(handle);
      if ((await readPlan(folder)) === undefined) return inner.cost?.(handle);
      const record = await readRecord(folder);
      // A model that the configuration gives no price costs 0 there: that is not known, and not free.
      return record === undefined || record.cost === 0 ? undefined : record.cost;
    },

    async tokens(handle) {
      const folder = folderOf(handle);
      if ((await readPlan(folder)) === undefined) return inner.tokens?.(handle);
      const used = Object.values((await readRecord(folder))?.tokens ?? {});
      // None are known before the first answer: what was reserved for the session counts until then.
      return used.reduce((sum, count) => sum + count, 0) || undefined;
    },

    async stop(handle) {
      const plan = await readPlan(folderOf(handle));
      if (plan === undefined) return inner.stop(handle);
      return stopSession(handle, plan, { inner, servers });
    },

    follow: (handle, signal) => inner.follow?.(handle, signal) ?? noText(),
    session: (handle) => readRecord(folderOf(handle)),
    endServer: () => endServersIn(join(settings.directory, "servers"), servers),
  };
}

async function* noText(): AsyncIterable<string> {}
