import type { FailedSpawn, SessionFacts } from "@wiggum/workflow";
import { cutOff } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { createFailedAttempts } from "./failed-attempts.js";
import type { TicketJourney } from "./ticket-journeys.js";

const startMs = Date.parse("2026-01-02T03:04:00Z");
const at = (seconds: number) => new Date(startMs + seconds * 1_000);
const entered = (seconds: number, movedBy?: string): TicketJourney => ({
  state: "ready",
  enteredAtMs: at(seconds).getTime(),
  rounds: 0,
  idleRounds: 0,
  hasMoved: (agentId) => agentId === movedBy,
});

function attempts() {
  const sessions: (SessionFacts & { agentId: string; role: string })[] = [];
  const clock = { seconds: 0 };
  let kept: readonly FailedSpawn[] = [];
  const registry = {
    sessionsOf: async () => sessions,
    recordFailedSpawn: async (spawn: FailedSpawn) => {
      kept = [...kept, spawn];
    },
    failedSpawns: async (ticketId?: string) => kept.filter((spawn) => spawn.ticketId === ticketId),
    forgetFailedSpawns: async (ticketId: string, role: string) => {
      kept = kept.filter((spawn) => spawn.ticketId !== ticketId || spawn.role !== role);
    },
  };
  const isBusy = (error: unknown) => error instanceof Error && error.message === "busy";
  /** Another process over the same registry. */
  const restarted = () => createFailedAttempts(registry, () => at(clock.seconds), isBusy);
  const failed = restarted();
  const end = (agentId: string, from: number, to: number | undefined, how: Partial<SessionFacts> = {}) =>
    sessions.push({
      agentId,
      role: agentId.split("-")[0] ?? "",
      generation: 1,
      runner: "test",
      startedAt: at(from).toISOString(),
      endedAt: to === undefined ? undefined : at(to).toISOString(),
      ...how,
    });
  return { failed, restarted, clock, end };
}

test("sessions that ended in this state count per role, with the reason of the newest", async () => {
  const { failed, end } = attempts();
  end("worker-0", 1, 5, { endReason: "exited", exitCode: 3 });
  end("worker-0", 11, 20, { endReason: "lost" });
  end("worker-1", 21, 30, { endReason: "exited", exitCode: 7 });
  end("qa-0", 21, 25);
  end("worker-2", 31, undefined);
  expect(await failed.of("tk-1", entered(10))).toEqual({
    counts: { worker: 2, qa: 1 },
    lastMs: at(30).getTime(),
    last: "exited, exit code 7",
  });
});

test("a session that handed in has not failed, even if it ended after the ticket came back", async () => {
  const { failed, end } = attempts();
  end("worker-0", 1, 20, { endReason: "exited", exitCode: 0 });
  expect(await failed.of("tk-1", entered(10, "worker-0"))).toEqual({ counts: {} });
  expect((await failed.of("tk-1", entered(10, "worker-1"))).counts).toEqual({ worker: 1 });
});

test("a spawn that was refused without a session is remembered until the ticket moves", async () => {
  const { failed, restarted, clock } = attempts();
  for (const seconds of [20, 30]) {
    clock.seconds = seconds;
    const refused = failed.watch("tk-1", "worker", entered(10), () => Promise.reject(new Error("no way")));
    await expect(refused).rejects.toThrow("no way");
  }
  expect(await failed.of("tk-1", entered(10))).toEqual({
    counts: { worker: 2 },
    lastMs: at(30).getTime(),
    last: "no way",
  });
  // A supervisor that is started again counts on, and waits on.
  expect(await restarted().of("tk-1", entered(10))).toEqual(await failed.of("tk-1", entered(10)));
  expect((await failed.of("tk-2", entered(10))).counts).toEqual({});
  expect((await failed.of("tk-1", entered(40))).counts).toEqual({});
});

test("what passes by itself does not count, nor twice what the registry tells of", async () => {
  const { failed, end } = attempts();
  const busy = failed.watch("tk-1", "worker", entered(10), () => Promise.reject(new Error("busy")));
  await expect(busy).rejects.toThrow("busy");
  const broken = failed.watch("tk-1", "worker", entered(10), async () => {
    end("worker-0", 20, 21, { endReason: "spawn failed: set-up" });
    throw new Error("set-up");
  });
  await expect(broken).rejects.toThrow("set-up");
  expect(await failed.of("tk-1", entered(10))).toMatchObject({
    counts: { worker: 1 },
    last: "spawn failed: set-up",
  });
});

test("once an agent was started, what was refused before is forgotten", async () => {
  const { failed } = attempts();
  const refused = failed.watch("tk-1", "worker", entered(10), () => Promise.reject(new Error("no way")));
  await expect(refused).rejects.toThrow("no way");
  expect(await failed.watch("tk-1", "worker", entered(10), async () => "agent")).toBe("agent");
  expect(await failed.of("tk-1", entered(10))).toEqual({ counts: {} });
});

test("a start that was cut off because the supervisor was killed is nobody's failure", async () => {
  const { failed, end } = attempts();
  end("worker-0", 20, 21, { endReason: cutOff });
  // What a person ended, neither.
  end("worker-2", 20, 21, { endReason: "teardown" });
  end("worker-3", 20, 21, { endReason: "killed", exitCode: 143 });
  end("worker-1", 22, 23, { endReason: "exited", exitCode: 1 });
  expect((await failed.of("tk-1", entered(10))).counts).toEqual({ worker: 1 });
});
