import type { Connection } from "../connection.js";
import { judge, type PermissionRule } from "../permissions.js";
import { type Ask, describeAsk, type SessionView } from "./session-view.js";

/** A request that a person was told of, with the moment until which they may answer (monotonic, milliseconds). */
interface Raised {
  readonly untilMs: number;
}

export interface Asks {
  /** Answers what policy or time decide; gives the ids of those answered. */
  settle(view: SessionView, connection: Connection): Promise<readonly string[]>;
  /** The oldest request that a person must answer. */
  waiting(view: SessionView): Ask | undefined;
}

/**
 * No request of a session or of its descendants stays open for ever: a rule answers it, or a person, or the deadline, and whoever asked is told
 * why. Nothing is allowed because nobody answered.
 */
export function createAsks(settings: {
  readonly policy: readonly PermissionRule[];
  readonly deadlineMs: number;
  readonly nowMs: () => number;
  readonly say: (line: string) => void;
}): Asks {
  const { policy, deadlineMs, nowMs, say } = settings;
  const raised = new Map<string, Raised>();
  return {
    async settle(view, connection) {
      for (const id of raised.keys()) if (!view.asks.has(id)) raised.delete(id);
      const answered: string[] = [];
      for (const [id, ask] of view.asks) {
        const known = raised.get(id);
        if (known !== undefined) {
          if (nowMs() < known.untilMs) continue;
          say(`[${ask.kind}] nobody answered: ${describeAsk(ask)}`);
          await reject(connection, ask, unanswered(deadlineMs));
          answered.push(id);
          continue;
        }
        const verdict = ask.kind === "permission" ? judge(ask.request, policy) : ({ kind: "raise" } as const);
        if (verdict.kind === "raise") {
          raised.set(id, { untilMs: nowMs() + deadlineMs });
          say(`[${ask.kind}] ${describeAsk(ask)} (request ${id})`);
          continue;
        }
        if (ask.kind !== "permission") continue;
        say(`[permission] ${verdict.kind === "allow" ? "allowed" : "denied"} by a rule: ${describeAsk(ask)}`);
        if (verdict.kind === "allow") await connection.replyToPermission(id, true);
        else await connection.replyToPermission(id, false, verdict.reason);
        answered.push(id);
      }
      return answered;
    },
    waiting: (view) => [...view.asks].find(([id]) => raised.has(id))?.[1],
  };
}

async function reject(connection: Connection, ask: Ask, reason: string): Promise<void> {
  if (ask.kind === "permission") return connection.replyToPermission(ask.request.id, false, reason);
  // A rejected question ends the turn without a word: an answer lets the model go on.
  await connection.replyToQuestion(
    ask.request.id,
    ask.request.questions.map(() => [reason]),
  );
}

function unanswered(deadlineMs: number): string {
  const minutes = Math.max(1, Math.round(deadlineMs / 60_000));
  return `Nobody answered within ${minutes} min. Go on without it if you can; else say what you need, and stop.`;
}
