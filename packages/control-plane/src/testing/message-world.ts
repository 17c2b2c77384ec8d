import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtinTypes, createJudge, createMemoryBackend, type Ticket } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import type { AgentHandle, AgentRunner, Delivery, EvidenceFact, Message, Reply } from "@wiggum/workflow";
import { onTestFinished } from "vitest";
import { sendKept } from "../kept-messages.js";
import { type ProjectRoot, projectPaths } from "../project-paths.js";
import { createAgentRegistry } from "../registry.js";
import { systemClock } from "../system-clock.js";
import { newUlid } from "../ulid.js";
import { memoryTickets } from "./memory-tickets.js";

/** One agent with a ticket, and a runner whose answers the test decides. */
export function createMessageWorld({
  ticketId,
  agentId,
}: {
  readonly ticketId: string;
  readonly agentId: string;
}) {
  const root = mkdtempSync(join(tmpdir(), "wiggum-kept-")) as ProjectRoot;
  const paths = projectPaths(root);
  mkdirSync(paths.controlDirectory);
  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
  });
  onTestFinished(async () => {
    await registry.close();
    rmSync(root, { recursive: true, force: true });
  });
  const backend = createMemoryBackend({ judge: createJudge(builtinTypes) });
  const { tickets } = memoryTickets(backend);
  const put = async (values: Partial<Ticket>) => {
    const before = (await tickets.list({ ids: [ticketId] })).tickets[0];
    await backend.commit({
      operationId: newUlid(),
      actor: { kind: "person", id: "test" },
      subject: `Change ticket: ${ticketId}`,
      at: "2026-01-02T03:04:05Z",
      changes: [{ id: ticketId, expected: before?.revision ?? null, next: sampleTicket(ticketId, values) }],
      override: "test",
    });
  };
  const got: string[] = [];
  const texts: string[] = [];
  const state = {
    root,
    put,
    got,
    texts,
    answers: (): Partial<Delivery> => ({ status: "delivered", proof: "seen" }),
    /** What the session is seen to do. */
    fact: { kind: "busy" } as EvidenceFact,
    /** What was given as the answer to a request; throws what the test says. */
    replies: [] as { readonly requestId: string; readonly reply: Reply }[],
    onReply: async (): Promise<void> => undefined,
    text: async () => (await tickets.show(ticketId)).ticket.body,
    tickets,
    parts: {
      paths,
      registry,
      tickets,
      clock: systemClock,
      newId: () => newUlid(),
      // A port of the test's own: what it answers is what the test is about.
      runner: {
        name: "test",
        async send(_: unknown, message: Message) {
          got.push(message.id);
          texts.push(message.text);
          return { messageId: message.id, ...state.answers() } as Delivery;
        },
        async observe({ generation }: AgentHandle) {
          return [{ source: "protocol", fact: state.fact, atMs: systemClock.monotonicMs(), generation }];
        },
        async answer(_: unknown, requestId: string, reply: Reply) {
          state.replies.push({ requestId, reply });
          await state.onReply();
        },
      } as unknown as AgentRunner,
    },
    file: (id = "") => {
      const folder = join(paths.messages, agentId);
      return join(
        folder,
        id === "" ? (readdirSync(folder).find((name) => name.endsWith(".json")) ?? "") : `${id}.json`,
      );
    },
    async send(text: string) {
      const agent = await registry.read(agentId);
      if (agent === undefined) throw new Error("there is no agent");
      return sendKept(state.parts, agent, { from: "person", text });
    },
    async start() {
      const isThere = (await registry.read(agentId)) !== undefined;
      if (isThere) await state.end();
      const place = await registry.reserve({
        role: "worker",
        ticketId,
        usesSlot: () => true,
        isTaken: () => false,
        isSupervised: false,
        ...(isThere ? { resume: agentId } : {}),
      });
      const { generation } = place;
      await registry.recordStart(place.spawnId, {
        runner: "test",
        handle: { runner: "test", agentId, generation, data: {} },
        epoch: 1,
      });
      await registry.finishSpawn(place.spawnId);
    },
    async end() {
      const generation = (await registry.read(agentId))?.session?.generation ?? 1;
      await registry.recordEnd(agentId, generation, { reason: "lost" });
    },
    async retire() {
      await state.end();
      await registry.retire(agentId);
    },
  };
  return state;
}
